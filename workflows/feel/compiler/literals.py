"""Values that stand in the source: literals, lists, contexts, ranges; and names."""

from workflows.feel.builtins import find_function
from workflows.feel.comparison import comparable
from workflows.feel.compiler.registry import Lexical, Run, compile_all, compile_node, compiles
from workflows.feel.frames import Frame
from workflows.feel.tree import (
    ContextLiteral,
    ListLiteral,
    Literal,
    Name,
    RangeLiteral,
    UnaryComparison,
)
from workflows.feel.values import FeelValue, Range


@compiles(Literal)
def literal(node: Literal, _lexical: Lexical) -> Run:
    value = node.value
    return lambda _frame: value


@compiles(Name)
def name(node: Name, lexical: Lexical) -> Run:
    wanted = node.name
    function = find_function(wanted)
    if wanted not in lexical.bound and function is None:
        lexical.free.add(wanted)
    if wanted not in lexical.bound and not lexical.dynamic:
        return _variable(wanted) if function is None else _variable_or_function(wanted, function)

    def look_up(frame: Frame) -> FeelValue:
        around: Frame | None = frame
        while around is not None:
            if wanted in around.names:
                return around.names[wanted]
            around = around.parent
        value = frame.root.read(wanted)
        return function if value is None else value

    return look_up


def _variable(wanted: str) -> Run:
    return lambda frame: frame.root.read(wanted)


def _variable_or_function(wanted: str, function: FeelValue) -> Run:
    def read(frame: Frame) -> FeelValue:
        value = frame.root.read(wanted)
        return function if value is None else value

    return read


@compiles(ListLiteral)
def list_literal(node: ListLiteral, lexical: Lexical) -> Run:
    items = compile_all(node.items, lexical)
    return lambda frame: [item(frame) for item in items]


@compiles(ContextLiteral)
def context_literal(node: ContextLiteral, lexical: Lexical) -> Run:
    """Compile a context; each entry sees those before it, and functions see all, so that they may recur."""
    duplicate = next((key for index, key in enumerate(node.keys) if key in node.keys[:index]), None)
    if duplicate is not None:
        raise lexical.error(f"the context has two entries named {duplicate!r}")
    inner = lexical.binding(*node.keys)
    entries = list(zip(node.keys, compile_all(node.values, inner), strict=True))

    def build(frame: Frame) -> FeelValue:
        context: dict[str, FeelValue] = {}
        around = Frame(context, frame)
        for key, value in entries:
            context[key] = value(around)
        return context

    return build


@compiles(RangeLiteral)
def range_literal(node: RangeLiteral, lexical: Lexical) -> Run:
    start, end = compile_node(node.start, lexical), compile_node(node.end, lexical)
    included = node.start_included, node.end_included
    if isinstance(node.start, Literal) and isinstance(node.end, Literal):
        constant = _range(node.start.value, node.end.value, *included)
        return lambda _frame: constant
    return lambda frame: _range(start(frame), end(frame), *included)


def _range(low: FeelValue, high: FeelValue, start_included: bool, end_included: bool) -> Range | None:
    return Range(low, high, start_included, end_included) if comparable(low, high) else None


@compiles(UnaryComparison)
def unary_comparison(node: UnaryComparison, lexical: Lexical) -> Run:
    """Compile a comparison without a left side where a value is asked for: the range of what passes it."""
    operand, operator = compile_node(node.operand, lexical), node.operator

    def build(frame: Frame) -> FeelValue:
        limit = operand(frame)
        if not comparable(limit, limit) or operator == "!=":
            return None
        if operator == "=":
            return Range(limit, limit, start_included=True, end_included=True)
        included = operator in ("<=", ">=")
        if operator in ("<", "<="):
            return Range(None, limit, start_included=False, end_included=included, start_unbounded=True)
        return Range(limit, None, start_included=included, end_included=False, end_unbounded=True)

    return build
