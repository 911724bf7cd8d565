"""JUEL to FEEL.

What JUEL does and FEEL does not: it takes text for the number that it spells, and null for 0. FEEL gives null there,
which no condition accepts, so that an instance stops with an incident instead of going a wrong way.
"""

import re
from typing import cast

from lark import Token, Tree

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
from workflows.conversion.words import BUSINESS_KEY
from workflows.expressions.juel import PARSER
from workflows.expressions.template import Segment, split

_Node = Tree[Token]
_COMPARISONS = {
    "==": "=", "eq": "=", "!=": "!=", "ne": "!=", "<": "<", "lt": "<", "<=": "<=", "le": "<=", ">": ">", "gt": ">",
    ">=": ">=", "ge": ">=",
}  # fmt: skip
_SUMS = {"+": "+", "-": "-"}
_PRODUCTS = {"*": "*", "/": "/", "div": "/"}
_NULL = literal(None)
_EMPTY = literal("")


def from_juel(source: str) -> Feel:
    """Translate a text with `${...}` in it, which has been compiled before; raise `Untranslatable`."""
    segments = split(source)
    if len(segments) == 1 and segments[0].is_expression:
        return _from(_parsed(segments[0]))
    return chain("+", Binding.SUM, *map(_part, segments))


def _part(segment: Segment) -> Feel:
    """Return a part of a text; null is no text at all."""
    if not segment.is_expression:
        return literal(segment.text)
    tree = _parsed(segment)
    value = _from(tree)
    if tree.data == "string":
        return value
    is_null = operation("=", Binding.COMPARISON, value, _NULL)
    return conditional(is_null, _EMPTY, call("string", value))


def _parsed(segment: Segment) -> _Node:
    return PARSER.parse(segment.text)


def _from(node: _Node) -> Feel:
    match str(node.data):
        case "number" | "string" | "true" | "false" | "null":
            return _literal(node)
        case "variable":
            return name(_word(node, 0))
        case "property" | "index" | "method":
            return _ACCESS[str(node.data)](node)
        case "binary":
            return _binary(node)
        case _:
            return _logic(node)


def _literal(node: _Node) -> Feel:
    match str(node.data):
        case "number":
            text = _word(node, 0)
            return literal(int(text) if text.isdecimal() else float(text))
        case "string":
            return literal(re.sub(r"\\(.)", r"\1", _word(node, 0)[1:-1]))
        case constant:
            return literal({"true": True, "false": False, "null": None}[constant])


def _property(node: _Node) -> Feel:
    owner = _child(node, 0)
    if _is_execution(owner):
        return name(BUSINESS_KEY)
    return entry(_from(owner), _word(node, 1))


def _index(node: _Node) -> Feel:
    owner, key = _from(_child(node, 0)), _child(node, 1)
    match str(key.data):
        case "string":
            return entry(owner, re.sub(r"\\(.)", r"\1", _word(key, 0)[1:-1]))
        case "number" if _word(key, 0).isdecimal():
            return item(owner, int(_word(key, 0)))
    reason = "an index that is computed may count items, which FEEL counts from 1, or name an entry"
    raise Untranslatable(reason, "Write the index as a constant, or choose the item in a script task before.")


def _method(node: _Node) -> Feel:
    """`execution.getVariable('name')` or `execution.getProcessBusinessKey()`: no other call can be compiled."""
    arguments = [_child(_child(node, 2), at) for at in range(len(_child(node, 2).children))]
    return name(_word(arguments[0], 0)[1:-1] if arguments else BUSINESS_KEY)


_ACCESS = {"property": _property, "index": _index, "method": _method}


def _binary(node: _Node) -> Feel:
    operator, left, right = _word(node, 1), _from(_child(node, 0)), _from(_child(node, 2))
    if operator in _COMPARISONS:
        return operation(_COMPARISONS[operator], Binding.COMPARISON, left, right)
    if operator in _SUMS:
        return operation(_SUMS[operator], Binding.SUM, left, right)
    if operator in _PRODUCTS:
        return operation(_PRODUCTS[operator], Binding.PRODUCT, left, right)
    return _remainder(left, right)


def _remainder(left: Feel, right: Feel) -> Feel:
    """JUEL's remainder has the sign of the dividend, FEEL's that of the divisor."""
    divisor = call("abs", right)
    below = operation("<", Binding.COMPARISON, left, literal(0))
    minus = Feel(f"-{left.at(Binding.PRIMARY)}", Binding.SIGN)
    negative = Feel(f"-{call('modulo', minus, divisor).text}", Binding.SIGN)
    return conditional(below, negative, call("modulo", left, divisor))


def _logic(node: _Node) -> Feel:
    operands = [_from(_child(node, at)) for at in range(len(node.children))]
    match str(node.data):
        case "empty":
            return is_empty(operands[0])
        case "negation":
            return call("not", operands[0])
        case "minus":
            return Feel(f"-{operands[0].at(Binding.PRIMARY)}", Binding.SIGN)
        case "both":
            return chain("and", Binding.AND, *operands)
        case "either":
            return chain("or", Binding.OR, *operands)
        case _:
            return conditional(operands[0], operands[1], operands[2])


def is_empty(value: Feel) -> Feel:
    """Ask whether a value is null, or a text, list or object without anything in it."""
    inner = value.at(Binding.SUM)
    return Feel(
        f'{inner} = null or {inner} instance of string and {inner} = ""'
        f" or {inner} instance of list and count({value.text}) = 0"
        f" or {inner} instance of context and count(get entries({value.text})) = 0",
        Binding.OR,
    )


def _child(node: _Node, index: int) -> _Node:
    return cast("_Node", node.children[index])


def _word(node: _Node, index: int) -> str:
    return str(node.children[index])


def _is_execution(node: _Node) -> bool:
    return node.data == "variable" and _word(node, 0) == "execution"
