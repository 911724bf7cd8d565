"""From lark's rules to the tree: one method per rule of ``grammar.lark``, called while parsing."""

from lark import Token, Transformer, v_args

from workflows.feel import tree
from workflows.feel.numbers import parse_number
from workflows.feel.temporal.parsing import parse_temporal
from workflows.feel.tree import Node

_OPERATORS = {"PLUS": "+", "MINUS": "-", "TIMES": "*", "DIVIDE": "/", "POWER": "**"}


@v_args(inline=True)
class TreeBuilder(Transformer[Token, Node]):
    """Builds `tree` nodes; only shapes, no meaning."""

    def expression_source(self, element: Node) -> Node:
        return element

    def unary_tests_source(self, *tests: Node) -> Node:
        return tree.UnaryTests(tests, negated=False)

    def negated_tests(self, *tests: Node) -> Node:
        return tree.UnaryTests(tests, negated=True)

    # Literals and names

    def number(self, token: Token) -> Node:
        return tree.Literal(parse_number(token))

    def string(self, token: Token) -> Node:
        return tree.Literal(str(token))

    def at_literal(self, token: Token) -> Node:
        return tree.Literal(parse_temporal(str(token)))

    def true(self, _token: Token) -> Node:
        return tree.Literal(value=True)

    def false(self, _token: Token) -> Node:
        return tree.Literal(value=False)

    def null(self, _token: Token) -> Node:
        return tree.Literal(None)

    def name(self, token: Token) -> Node:
        return tree.Name(str(token))

    # Operators

    def comparator(self, token: Token) -> str:
        return str(token)

    def disjunction(self, *operands: Node) -> Node:
        return tree.Logic(decisive=True, operands=operands)

    def conjunction(self, *operands: Node) -> Node:
        return tree.Logic(decisive=False, operands=operands)

    def comparison(self, left: Node, operator: str, right: Node) -> Node:
        return tree.Comparison(operator, left, right)

    def unary_comparison(self, operator: str, operand: Node) -> Node:
        return tree.UnaryComparison(operator, operand)

    def between(self, operand: Node, low: Node, high: Node) -> Node:
        return tree.Between(operand, low, high)

    def membership(self, operand: Node, tests: Node) -> Node:
        several = tests.tests if isinstance(tests, tree.UnaryTests) else (tests,)
        return tree.Membership(operand, several)

    def tests(self, *tests: Node) -> Node:
        return tree.UnaryTests(tests, negated=False)

    def arithmetic(self, first: Node, *rest: Token | Node) -> Node:
        operations = [
            tree.Operation(_OPERATORS[operator.type], operand)
            for operator, operand in zip(rest[::2], rest[1::2], strict=True)
            if isinstance(operator, Token) and isinstance(operand, Node)
        ]
        return tree.Arithmetic(first, tuple(operations))

    def negation(self, operand: Node) -> Node:
        return tree.Negation(operand)

    def instance_of(self, operand: Node, type_: tree.TypeNode) -> Node:
        return tree.InstanceOf(operand, type_)

    # Access

    def path(self, operand: Node, name: Token) -> Node:
        return tree.Path(operand, str(name))

    def filter(self, operand: Node, condition: Node) -> Node:
        return tree.Filter(operand, condition)

    def invocation(self, function: Node, *arguments: Node) -> Node:
        return tree.Invocation(function, arguments)

    def named_argument(self, name: Token, value: Node) -> tuple[str, Node]:
        return str(name), value

    def named_invocation(self, function: Node, *arguments: tuple[str, Node]) -> Node:
        names = tuple(name for name, _ in arguments)
        return tree.NamedInvocation(function, names, tuple(value for _, value in arguments))

    # Collections

    def list_literal(self, *items: Node) -> Node:
        return tree.ListLiteral(items)

    def entry(self, key: Token, value: Node) -> tuple[str, Node]:
        return str(key), value

    def context_literal(self, *entries: tuple[str, Node]) -> Node:
        return tree.ContextLiteral(tuple(key for key, _ in entries), tuple(value for _, value in entries))

    def range_closed(self, start: Node, end: Node) -> Node:
        return tree.RangeLiteral(start, end, start_included=True, end_included=True)

    def range_closed_open(self, start: Node, end: Node) -> Node:
        return tree.RangeLiteral(start, end, start_included=True, end_included=False)

    def range_open_closed(self, start: Node, end: Node) -> Node:
        return tree.RangeLiteral(start, end, start_included=False, end_included=True)

    def range_open(self, start: Node, end: Node) -> Node:
        return tree.RangeLiteral(start, end, start_included=False, end_included=False)

    # Control

    def conditional(self, condition: Node, then: Node, otherwise: Node) -> Node:
        return tree.Conditional(condition, then, otherwise)

    def iterator(self, name: Token, domain: Node) -> Node:
        return tree.Iterator(str(name), domain)

    def range_iterator(self, name: Token, domain: Node, end: Node) -> Node:
        return tree.Iterator(str(name), domain, end)

    def for_loop(self, *parts: Node) -> Node:
        return tree.For(_iterators(parts), parts[-1])

    def some(self, *parts: Node) -> Node:
        return tree.Quantified(decisive=True, iterators=_iterators(parts), condition=parts[-1])

    def every(self, *parts: Node) -> Node:
        return tree.Quantified(decisive=False, iterators=_iterators(parts), condition=parts[-1])

    def parameter(self, name: Token, type_: tree.TypeNode | None = None) -> Node:
        return tree.Parameter(str(name), type_)

    def function_definition(self, *parts: Node) -> Node:
        parameters = tuple(part for part in parts[:-1] if isinstance(part, tree.Parameter))
        return tree.FunctionDefinition(parameters, parts[-1])

    # Types

    def named_type(self, name: Token) -> Node:
        return tree.TypeNode(str(name), name.start_pos or 0)

    def generic_type(self, name: Token, _lt: Token, *arguments: tree.TypeNode | Token) -> Node:
        return tree.TypeNode(str(name), name.start_pos or 0, _types(arguments))

    def type_entry(self, name: Token, type_: tree.TypeNode) -> tuple[str, tree.TypeNode]:
        return str(name), type_

    def context_type(self, name: Token, _lt: Token, *entries: tuple[str, tree.TypeNode] | Token) -> Node:
        pairs = [entry for entry in entries if isinstance(entry, tuple)]
        return tree.TypeNode(
            str(name),
            name.start_pos or 0,
            tuple(type_ for _, type_ in pairs),
            tuple(key for key, _ in pairs),
        )

    def any_function(self) -> Node:
        return tree.TypeNode("function", 0)

    def function_type(self, lt: Token, *parts: tree.TypeNode | Token) -> Node:
        return tree.TypeNode("function", lt.start_pos or 0, _types(parts))


def _iterators(parts: tuple[Node, ...]) -> tuple[tree.Iterator, ...]:
    return tuple(part for part in parts[:-1] if isinstance(part, tree.Iterator))


def _types(parts: tuple[tree.TypeNode | Token, ...]) -> tuple[tree.TypeNode, ...]:
    return tuple(part for part in parts if isinstance(part, tree.TypeNode))
