"""Bare conditions, in Python syntax: `proceed == True`, `amount >= charge and not held`.

Python's own parser reads them and nothing of Python runs them: the few kinds of nodes below become closures,
every other kind is refused. A variable that is not set, and an entry that an object lacks, are errors.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from workflows.errors import ExpressionError
from workflows.expressions.coercion import CoercionError, bounded, kind
from workflows.expressions.expression import Compiled
from workflows.expressions.template import check_length
from workflows.values import JsonValue

MAX_DEPTH = 80

_Closure: TypeAlias = Callable[[Mapping[str, JsonValue]], Any]
_Function: TypeAlias = Callable[..., Any]

_COMPARISONS: dict[type[ast.cmpop], _Function] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda item, items: item in items,
    ast.NotIn: lambda item, items: item not in items,
}
_ARITHMETIC: dict[type[ast.operator], _Function] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_SIGNS: dict[type[ast.unaryop], _Function] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
_CONSTANTS = {"true": "True", "false": "False", "null": "None"}
_INSTEAD = "in a bare condition; compute the value in a script task before"
_REFUSALS: dict[type[ast.AST], str] = {
    ast.Call: f"nothing can be called {_INSTEAD}",
    ast.Pow: f"** is not available {_INSTEAD}",
    ast.FloorDiv: f"// is not available {_INSTEAD}",
    ast.NamedExpr: "nothing can be assigned in a condition; compare with ==",
    ast.Slice: f"slices are not available {_INSTEAD}",
}


def compile_bare(source: str) -> Compiled:
    """Compile a condition in Python syntax; raise `ExpressionError` for what is not allowed in it."""
    check_length(source)
    try:
        tree = ast.parse(_one_line(source), mode="eval")
    except SyntaxError as error:
        reason = f"this is no condition: {error.msg}; write for example amount >= charge and not held"
        raise ExpressionError(source, reason, _indent(source) + max((error.offset or 1) - 1, 0)) from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError(source, "this is no condition: it nests too deep or has a null byte") from None
    compiler = _Compiler(source)
    evaluate = compiler.closure(tree.body, 0)
    return Compiled(source, "bare", frozenset(compiler.names), evaluate)


class _Compiler:
    """Turns the nodes of one condition into closures; `names` are the variables met so far."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.names: set[str] = set()

    def closure(self, node: ast.expr, depth: int) -> _Closure:
        if depth > MAX_DEPTH:
            raise self._error(f"a condition nests at most {MAX_DEPTH} deep", node)
        below = depth + 1
        match node:
            case ast.Constant(value=value):
                return self._constant(value, node)
            case ast.Name(id=name):
                return self._variable(name, node)
            case ast.Compare():
                return self._comparison(node, below)
            case ast.Attribute() | ast.Subscript():
                return self._entry(node, below)
            case _:
                return self._operation(node, below)

    def _operation(self, node: ast.expr, depth: int) -> _Closure:
        match node:
            case ast.BoolOp(op=op, values=values):
                return _logic([self.closure(value, depth) for value in values], stop_at=isinstance(op, ast.Or))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                compute = self._guarded(_arithmetic(_ARITHMETIC[type(op)]), node)
                first, second = self.closure(left, depth), self.closure(right, depth)
                return lambda variables: compute(first(variables), second(variables))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                value = self.closure(operand, depth)
                return lambda variables: not value(variables)
            case ast.UnaryOp(op=op, operand=operand) if type(op) in _SIGNS:
                sign, value = self._guarded(_SIGNS[type(op)], node), self.closure(operand, depth)
                return lambda variables: sign(value(variables))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                condition, then, otherwise = (self.closure(part, depth) for part in (test, body, orelse))
                return lambda variables: (then if condition(variables) else otherwise)(variables)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                closures = [self.closure(item, depth) for item in items]
                return lambda variables: [item(variables) for item in closures]
            case ast.BinOp(op=op):
                raise self._error(_refusal(op), node)
            case _:
                raise self._error(_refusal(node), node)

    def _constant(self, value: object, node: ast.expr) -> _Closure:
        if isinstance(value, float) and not math.isfinite(value):
            raise self._error("the number is too large", node)
        if value is not None and not isinstance(value, bool | int | float | str):
            raise self._error("a constant is text, a number, True, False or None", node)
        return lambda _variables: value

    def _variable(self, name: str, node: ast.expr) -> _Closure:
        if name in _CONSTANTS:
            raise self._error(f"write {_CONSTANTS[name]}, not {name}: bare conditions have Python's syntax", node)
        self.names.add(name)

        def variable(variables: Mapping[str, JsonValue]) -> JsonValue:
            try:
                return variables[name]
            except KeyError:
                raise self._error(f"variable {name!r} is not set here", node) from None

        return variable

    def _comparison(self, node: ast.Compare, depth: int) -> _Closure:
        for op, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.Is | ast.IsNot) and not _is_singleton(right):
                raise self._error("'is' compares with None, True and False only; write ==", node)
        first = self.closure(node.left, depth)
        links = [
            (self._guarded(_COMPARISONS[type(op)], node), self.closure(right, depth))
            for op, right in zip(node.ops, node.comparators, strict=True)
        ]

        def comparison(variables: Mapping[str, JsonValue]) -> bool:
            left = first(variables)
            for compare, operand in links:
                right = operand(variables)
                if not compare(left, right):
                    return False
                left = right
            return True

        return comparison

    def _entry(self, node: ast.Attribute | ast.Subscript, depth: int) -> _Closure:
        read = self._guarded(_read, node)
        owner = self.closure(node.value, depth)
        if isinstance(node, ast.Attribute):
            attribute = node.attr
            return lambda variables: read(owner(variables), attribute)
        key = self.closure(node.slice, depth)
        return lambda variables: read(owner(variables), key(variables))

    def _guarded(self, function: _Function, node: ast.expr) -> _Function:
        def guarded(*values: object) -> object:
            try:
                return function(*values)
            except (CoercionError, TypeError, ArithmeticError) as error:
                raise self._error(str(error), node) from None
            except LookupError as error:
                raise self._error(f"there is no entry {error.args[0]!r} here", node) from None

        return guarded

    def _error(self, reason: str, node: ast.expr) -> ExpressionError:
        before = _one_line(self._source).encode()[: node.col_offset].decode()
        return ExpressionError(self._source, reason, _indent(self._source) + len(before))


def _logic(values: list[_Closure], *, stop_at: bool) -> _Closure:
    def logic(variables: Mapping[str, JsonValue]) -> object:
        result: object = None
        for value in values:
            result = value(variables)
            if bool(result) is stop_at:
                break
        return result

    return logic


def _arithmetic(compute: _Function) -> _Function:
    """Return `compute` for two numbers, or for two texts or lists that are added."""

    def operation(left: object, right: object) -> object:
        if isinstance(left, int | float) and isinstance(right, int | float):
            return bounded(compute(left, right))
        if compute is operator.add and isinstance(left, str | list) and type(left) is type(right):
            return compute(left, right)
        raise TypeError(f"{kind(left)} and {kind(right)} can't be computed with each other")

    return operation


def _read(owner: object, key: object) -> object:
    if isinstance(owner, dict) and isinstance(key, str):
        return owner[key]
    if isinstance(owner, list | str) and isinstance(key, int):
        if not -len(owner) <= key < len(owner):
            raise LookupError(key)
        return owner[key]
    raise TypeError(f"{kind(owner)} has no entry {key!r}")


def _is_singleton(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


def _refusal(node: ast.AST) -> str:
    other = f"{type(node).__name__} is not available {_INSTEAD}"
    return _REFUSALS.get(type(node), other)


def _one_line(source: str) -> str:
    """Return `source` without the line ends that Python would stop at; every character keeps its place."""
    return source.strip().replace("\r", " ").replace("\n", " ")


def _indent(source: str) -> int:
    return len(source) - len(source.lstrip())
