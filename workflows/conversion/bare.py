"""Bare conditions, in Python syntax, to FEEL."""

import ast

from workflows.conversion.feel import (
    Binding,
    Feel,
    Untranslatable,
    call,
    chain,
    conditional,
    entry,
    item,
    literal,
    name,
    operation,
)
from workflows.values import JsonValue

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "=", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "=", ast.IsNot: "!=",
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], tuple[str, Binding]] = {
    ast.Add: ("+", Binding.SUM),
    ast.Sub: ("-", Binding.SUM),
    ast.Mult: ("*", Binding.PRODUCT),
    ast.Div: ("/", Binding.PRODUCT),
}


def from_bare(source: str) -> Feel:
    """Translate a condition, which has been compiled before; raise `Untranslatable`."""
    return _from(ast.parse(source.strip().replace("\r", " ").replace("\n", " "), mode="eval").body)


def _from(node: ast.expr) -> Feel:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return literal(value)
        case ast.Name(id=variable):
            return name(variable)
        case ast.Compare():
            return _comparison(node)
        case ast.Attribute(value=owner, attr=key):
            return entry(_from(owner), key)
        case ast.Subscript(value=owner, slice=key):
            return _subscript(_from(owner), key)
        case _:
            return _operation(node)


def _operation(node: ast.expr) -> Feel:
    match node:
        case ast.BoolOp(op=op, values=values):
            both = isinstance(op, ast.And)
            return chain("and" if both else "or", Binding.AND if both else Binding.OR, *map(_from, values))
        case ast.UnaryOp(op=op, operand=operand):
            return _signed(op, _from(operand))
        case ast.BinOp(left=left, op=op, right=right):
            return _computed(_from(left), op, _from(right))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return conditional(_from(test), _from(body), _from(orelse))
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return Feel(f"[{', '.join(_from(each).text for each in items)}]")
        case _:
            raise AssertionError(f"no condition can hold {type(node).__name__}")


def _signed(op: ast.unaryop, operand: Feel) -> Feel:
    if isinstance(op, ast.Not):
        return call("not", operand)
    return Feel(f"-{operand.at(Binding.PRIMARY)}", Binding.SIGN) if isinstance(op, ast.USub) else operand


def _computed(left: Feel, op: ast.operator, right: Feel) -> Feel:
    if isinstance(op, ast.Mod):
        return call("modulo", left, right)
    operator, binding = _ARITHMETIC[type(op)]
    return operation(operator, binding, left, right)


def _comparison(node: ast.Compare) -> Feel:
    links = []
    left = node.left
    for op, right in zip(node.ops, node.comparators, strict=True):
        links.append(_link(left, op, right))
        left = right
    return links[0] if len(links) == 1 else chain("and", Binding.AND, *links)


def _link(left: ast.expr, op: ast.cmpop, right: ast.expr) -> Feel:
    if not isinstance(op, ast.In | ast.NotIn):
        return operation(_COMPARISONS[type(op)], Binding.COMPARISON, _from(left), _from(right))
    if not isinstance(right, ast.List | ast.Tuple):
        reason = "'in' means another thing for a list, a text and an object, and FEEL has to know which it is"
        raise Untranslatable(reason, "Write the list into the condition, or compare in a script task before.")
    contained = call("list contains", _from(right), _from(left))
    return contained if isinstance(op, ast.In) else call("not", contained)


def _subscript(owner: Feel, key: ast.expr) -> Feel:
    value: JsonValue = None
    match key:
        case ast.Constant(value=str() | int() as found):
            value = found
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as found)):
            value = -found
    if isinstance(value, str):
        return entry(owner, value)
    if isinstance(value, int) and not isinstance(value, bool):
        return item(owner, value)
    reason = "an index that is computed may count items, which FEEL counts from 1, or name an entry"
    raise Untranslatable(reason, "Write the index as a constant, or choose the item in a script task before.")
