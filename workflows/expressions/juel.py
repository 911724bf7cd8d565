"""The JUEL subset: `${...}` and `#{...}` of Camunda 7, alone or inside a text, compiled to closures.

A lone expression gives its value; a text with expressions gives a string. `juel.lark` is the grammar,
`coercion` the rules for values of unlike types. A variable that is not set is an error, except below `empty`
and beside `null` in a comparison; a property that an object lacks, and an index beyond a list, are null.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeVar, cast

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from workflows.errors import ExpressionError
from workflows.expressions.coercion import (
    OPERATIONS,
    CoercionError,
    is_empty,
    kind,
    negative,
    to_boolean,
    to_number,
    to_text,
)
from workflows.expressions.expression import Compiled
from workflows.expressions.template import Segment, split
from workflows.values import JsonValue

BUSINESS_KEY = "execution.businessKey"
"""The variable under which an evaluation finds the business key of its process instance (a string or None).

No diagram can name a variable so. An expression that reads it has it among its `names`.
"""

MAX_DEPTH = 80

_Closure: TypeAlias = Callable[[Mapping[str, JsonValue]], object]
_Node: TypeAlias = Tree[Token]
_T = TypeVar("_T")

PARSER = Lark.open("juel.lark", rel_to=__file__, parser="lalr", propagate_positions=True)
"""Reads what stands between the braces of an expression, for all that make something of it."""
_AVAILABLE = "execution.getVariable('name'), execution.processBusinessKey and execution.getProcessBusinessKey()"
_HINTS = (
    ("->", "lambda expressions do not exist here; use FEEL, or a script task before"),
    ("+=", "there is no +=; join texts as ${a}${b}"),
    ("=", "nothing can be assigned here; compare with ==, set variables by an output mapping or a script"),
    ("{", "there are no list or map literals here; use FEEL, or a script task before"),
    ("[", "there are no list literals here; use FEEL, or a script task before"),
    (":", "function namespaces do not exist here; use FEEL, or a script task before"),
    ("instanceof", "instanceof does not exist here; use FEEL's `instance of`"),
)


def compile_juel(source: str) -> Compiled:
    """Compile a text with `${...}` or `#{...}` in it; raise `ExpressionError` where it can't be read."""
    names: set[str] = set()
    parts: list[_Closure] = []
    for segment in split(source):
        if segment.is_expression:
            parts.append(_Compiler(source, segment, names).compile())
        else:
            parts.append(_constant(segment.text))
    evaluate = parts[0] if len(parts) == 1 else _joined(source, parts)
    return Compiled(source, "juel", frozenset(names), evaluate)


class _Compiler:
    """Turns one `${...}` into a closure, noting the variables it reads in `names`."""

    def __init__(self, source: str, segment: Segment, names: set[str]) -> None:
        self._source = source
        self._segment = segment
        self._names = names

    def compile(self) -> _Closure:
        try:
            tree = PARSER.parse(self._segment.text)
        except UnexpectedCharacters as error:
            raise self._unreadable(cast("int", error.pos_in_stream)) from None
        except UnexpectedToken as error:
            ended = error.token.type == "$END"
            raise self._unreadable(len(self._segment.text) if ended else error.token.start_pos or 0) from None
        return self._closure(tree, 0)

    def _closure(self, node: _Node, depth: int, *, optional: bool = False) -> _Closure:
        """Return the closure of `node`; `optional` says that a variable at its root may be missing."""
        if depth > MAX_DEPTH:
            raise self._error(f"an expression nests at most {MAX_DEPTH} deep", node)
        match node.data:
            case "number" | "string" | "true" | "false" | "null":
                return _constant(self._literal(node))
            case "variable":
                return self._variable(node, optional=optional)
            case "property" | "index":
                return self._access(node, depth, optional=optional)
            case "method" | "function":
                return self._call(node)
            case "binary":
                return self._binary(node, depth)
            case _:
                return self._logic(node, depth)

    def _literal(self, node: _Node) -> JsonValue:
        match node.data:
            case "number":
                return self._guarded(to_number, node)(_word(node, 0))
            case "string":
                return re.sub(r"\\(.)", r"\1", _word(node, 0)[1:-1])
            case constant:
                return {"true": True, "false": False, "null": None}[str(constant)]

    def _variable(self, node: _Node, *, optional: bool) -> _Closure:
        name = _word(node, 0)
        if name == "execution":
            raise self._error(f"of 'execution' only {_AVAILABLE} are available", node)
        self._names.add(name)
        if optional:
            return lambda variables: variables.get(name)
        return self._required(name, f"variable {name!r} is not set here", node)

    def _required(self, name: str, reason: str, node: _Node) -> _Closure:
        missing = self._error(reason, node)

        def variable(variables: Mapping[str, JsonValue]) -> object:
            try:
                return variables[name]
            except KeyError:
                raise ExpressionError(missing.source, missing.reason, missing.position) from None

        return variable

    def _access(self, node: _Node, depth: int, *, optional: bool) -> _Closure:
        target = _child(node, 0)
        if _is_execution(target):
            return self._of_execution(node)
        owner = self._closure(target, depth + 1, optional=optional)
        key = _constant(_word(node, 1)) if node.data == "property" else self._closure(_child(node, 1), depth + 1)
        read = self._guarded2(_entry, node)
        return lambda variables: read(owner(variables), key(variables))

    def _of_execution(self, node: _Node) -> _Closure:
        if node.data == "property" and _word(node, 1) == "processBusinessKey":
            return self._business_key(node)
        raise self._error(f"of 'execution' only {_AVAILABLE} are available", node)

    def _business_key(self, node: _Node) -> _Closure:
        self._names.add(BUSINESS_KEY)
        return self._required(BUSINESS_KEY, "the business key is not known here", node)

    def _call(self, node: _Node) -> _Closure:
        if node.data == "method" and _is_execution(_child(node, 0)):
            method, arguments = _word(node, 1), _child(node, 2).children
            if method == "getProcessBusinessKey" and not arguments:
                return self._business_key(node)
            if method == "getVariable" and [_kind_of(argument) for argument in arguments] == ["string"]:
                return self._get_variable(_child(_child(node, 2), 0))
        called = _word(node, 1) if node.data == "method" else _word(node, 0)
        raise self._error(
            f"{called}() can't be called here: only {_AVAILABLE} are available; read properties as a.b, "
            "and compute anything else in a script task before",
            node,
        )

    def _get_variable(self, argument: _Node) -> _Closure:
        name = str(self._literal(argument))
        self._names.add(name)
        return lambda variables: variables.get(name)

    def _binary(self, node: _Node, depth: int) -> _Closure:
        operator = _word(node, 1)
        first, second = _child(node, 0), _child(node, 2)
        compares = operator in {"==", "!=", "eq", "ne"}
        left = self._closure(first, depth + 1, optional=compares and second.data == "null")
        right = self._closure(second, depth + 1, optional=compares and first.data == "null")
        compute = self._guarded2(OPERATIONS[operator], node)
        return lambda variables: compute(left(variables), right(variables))

    def _logic(self, node: _Node, depth: int) -> _Closure:
        optional = node.data == "empty"
        closures = [self._closure(_child(node, at), depth + 1, optional=optional) for at in range(len(node.children))]
        boolean = self._guarded(to_boolean, node)
        first = closures[0]
        match node.data:
            case "empty":
                return lambda variables: is_empty(first(variables))
            case "negation":
                return lambda variables: not boolean(first(variables))
            case "minus":
                minus = self._guarded(negative, node)
                return lambda variables: minus(first(variables))
            case "both":
                return lambda variables: all(boolean(closure(variables)) for closure in closures)
            case "either":
                return lambda variables: any(boolean(closure(variables)) for closure in closures)
            case _:
                _, then, otherwise = closures
                return lambda variables: (then if boolean(first(variables)) else otherwise)(variables)

    def _guarded(self, function: Callable[[object], _T], node: _Node) -> Callable[[object], _T]:
        def guarded(value: object) -> _T:
            try:
                return function(value)
            except CoercionError as error:
                raise self._error(str(error), node) from None

        return guarded

    def _guarded2(
        self, function: Callable[[object, object], object], node: _Node
    ) -> Callable[[object, object], object]:
        def guarded(left: object, right: object) -> object:
            try:
                return function(left, right)
            except CoercionError as error:
                raise self._error(str(error), node) from None

        return guarded

    def _error(self, reason: str, node: _Node) -> ExpressionError:
        return ExpressionError(self._source, reason, self._segment.position + node.meta.start_pos)

    def _unreadable(self, at: int) -> ExpressionError:
        rest = self._segment.text[at:]
        reason = f"{rest[0]!r} can't be read here" if rest else "the expression ends too early"
        for start, hint in _HINTS:
            if rest.startswith(start):
                reason = hint
                break
        return ExpressionError(self._source, reason, self._segment.position + at)


def _constant(value: JsonValue) -> _Closure:
    return lambda _variables: value


def _joined(source: str, parts: list[_Closure]) -> _Closure:
    def joined(variables: Mapping[str, JsonValue]) -> str:
        try:
            return "".join(to_text(part(variables)) for part in parts)
        except CoercionError as error:
            raise ExpressionError(source, str(error)) from None

    return joined


def _entry(owner: object, key: object) -> object:
    if owner is None or key is None:
        return None
    if isinstance(owner, dict):
        return owner.get(key) if isinstance(key, str) else None
    if isinstance(owner, list):
        index = to_number(key)
        return owner[int(index)] if 0 <= index < len(owner) else None
    raise CoercionError(f"{kind(owner)} has no property {key!r}")


def _child(node: _Node, index: int) -> _Node:
    child = node.children[index]
    assert isinstance(child, Tree)  # noqa: S101  the grammar gives no token in this place
    return child


def _word(node: _Node, index: int) -> str:
    return str(node.children[index])


def _kind_of(node: _Node | Token) -> str:
    return str(node.data) if isinstance(node, Tree) else ""


def _is_execution(node: _Node) -> bool:
    return node.data == "variable" and _word(node, 0) == "execution"
