"""JUEL to FEEL.

What JUEL does and FEEL does not: it takes text for the number that it spells, and null for 0. FEEL gives null there,
which no condition accepts, so that an instance stops with an incident instead of going a wrong way. What FEEL does and
JUEL does not: it takes the entry of a number or text for null. There an assertion makes the incident.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from lark import Token, Tree

from workflows.conversion.feel import (
    Binding,
    Feel,
    Untranslatable,
    asserted,
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
_EQUALITIES = frozenset({"=", "!="})
_REFLEXIVE = frozenset({"<=", ">="})
_SUMS = {"+": "+", "-": "-"}
_PRODUCTS = {"*": "*", "/": "/", "div": "/"}
_ACCESSES = frozenset({"property", "index"})
_NULL = literal(None)
_EMPTY = literal("")


def from_juel(source: str, known: frozenset[str]) -> Feel:
    """Translate a text with `${...}` in it, which has been compiled before; raise `Untranslatable`. `known` are
    variables that are set, if only to null."""
    translation, segments = _Translation(known), split(source)
    if len(segments) == 1 and segments[0].is_expression:
        return translation.of(_parsed(segments[0]))
    return chain("+", Binding.SUM, *map(translation.part, segments))


@dataclass(frozen=True, slots=True)
class _Translation:
    """Makes FEEL of what has been parsed; `known` are variables that are set, if only to null."""

    known: frozenset[str]

    def part(self, segment: Segment) -> Feel:
        """Return a part of a text; null is no text at all."""
        if not segment.is_expression:
            return literal(segment.text)
        tree = _parsed(segment)
        value = self._operand(tree)
        if tree.data == "string":
            return value
        is_null = operation("=", Binding.COMPARISON, value, _NULL)
        return self._asserting(conditional(is_null, _EMPTY, call("string", value)), tree)

    def of(self, node: _Node) -> Feel:
        match str(node.data):
            case "number" | "string" | "true" | "false" | "null":
                return _literal(node)
            case "variable":
                return name(_word(node, 0))
            case "property" | "index":
                return self._asserting(self._path(node), node)
            case "method":
                return _method(node)
            case "binary":
                return self._binary(node)
            case _:
                return self._logic(node)

    def _asserting(self, made: Feel, *used: _Node) -> Feel:
        """Let what has been made of entries and items be an incident where something on the way can't have them.

        Null has none, but may be asked.
        """
        ways = {(self._path(owner).text, kind) for node in used for owner, kind in _owners(node)}
        if not ways:
            return made
        kinds = [Feel(f"{text} = null or {text} instance of {kind}", Binding.OR) for text, kind in sorted(ways)]
        read = " and ".join(self._path(node).text for node in used if str(node.data) in _ACCESSES)
        held = kinds[0] if len(kinds) == 1 else chain("and", Binding.AND, *kinds)
        return asserted(made, held, f"{read} can't be read".replace('"', "'"))

    def _path(self, node: _Node) -> Feel:
        """Return what is read, in brackets where its kind can't be asked for without."""
        match str(node.data):
            case "property":
                owner = _child(node, 0)
                return name(BUSINESS_KEY) if _is_execution(owner) else entry(self._path(owner), _word(node, 1))
            case "index":
                return self._index(node)
            case _:
                value = self.of(node)
                return Feel(value.at(Binding.PRIMARY))

    def _index(self, node: _Node) -> Feel:
        owner, key = self._path(_child(node, 0)), _child(node, 1)
        match str(key.data):
            case "string":
                return entry(owner, re.sub(r"\\(.)", r"\1", _word(key, 0)[1:-1]))
            case "number" if _word(key, 0).isdecimal():
                return item(owner, int(_word(key, 0)))
        reason = "an index that is computed may count items, which FEEL counts from 1, or name an entry"
        raise Untranslatable(reason, "Write the index as a constant, or choose the item in a script task before.")

    def _binary(self, node: _Node) -> Feel:
        operator = _word(node, 1)
        if operator in _COMPARISONS:
            return self._asserting(self._comparison(node, _COMPARISONS[operator]), _child(node, 0), _child(node, 2))
        left, right = self.of(_child(node, 0)), self.of(_child(node, 2))
        if operator in _SUMS:
            return operation(_SUMS[operator], Binding.SUM, left, right)
        if operator in _PRODUCTS:
            return operation(_PRODUCTS[operator], Binding.PRODUCT, left, right)
        return _remainder(left, right)

    def _comparison(self, node: _Node, operator: str) -> Feel:
        """Nothing is before or behind null. What is not set is null for FEEL too, but has to be an incident."""
        operands = [(each, self._operand(each)) for each in (_child(node, 0), _child(node, 2))]
        compared = operation(operator, Binding.COMPARISON, operands[0][1], operands[1][1])
        known = [operand for each, operand in operands if self._is_set(each)]
        if operator in _EQUALITIES or not known:
            return compared
        there = [operation("!=", Binding.COMPARISON, each, _NULL) for each in known]
        both = chain("and", Binding.AND, *there, compared)
        if len(known) < len(operands) or operator not in _REFLEXIVE:
            return both
        neither = chain("and", Binding.AND, *(operation("=", Binding.COMPARISON, each, _NULL) for each in known))
        return chain("or", Binding.OR, neither, both)

    def _is_set(self, node: _Node) -> bool:
        """Whether the variable that is read, or read from, is set; a method asks for it in any case."""
        match str(node.data):
            case "method":
                return True
            case "variable":
                return _word(node, 0) in self.known
            case "property" | "index":
                return self._is_set(_child(node, 0))
        return False

    def _operand(self, node: _Node) -> Feel:
        return self._path(node) if str(node.data) in _ACCESSES else self.of(node)

    def _logic(self, node: _Node) -> Feel:
        if node.data == "empty":
            return self._asserting(is_empty(self._operand(_child(node, 0))), _child(node, 0))
        operands = [self.of(_child(node, at)) for at in range(len(node.children))]
        match str(node.data):
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


def _parsed(segment: Segment) -> _Node:
    return PARSER.parse(segment.text)


def _literal(node: _Node) -> Feel:
    match str(node.data):
        case "number":
            text = _word(node, 0)
            return literal(int(text) if text.isdecimal() else float(text))
        case "string":
            return literal(re.sub(r"\\(.)", r"\1", _word(node, 0)[1:-1]))
        case constant:
            return literal({"true": True, "false": False, "null": None}[constant])


def _owners(node: _Node) -> Iterator[tuple[_Node, str]]:
    """Yield what is read from on the way, from the outside in, and which kind of value it has to be."""
    if str(node.data) not in _ACCESSES or _is_execution(_child(node, 0)):
        return
    owner = _child(node, 0)
    yield from _owners(owner)
    by_name = node.data == "property" or _child(node, 1).data == "string"
    yield owner, "context" if by_name else "list"


def _method(node: _Node) -> Feel:
    """`execution.getVariable('name')` or `execution.getProcessBusinessKey()`: no other call can be compiled."""
    arguments = [_child(_child(node, 2), at) for at in range(len(_child(node, 2).children))]
    return name(_word(arguments[0], 0)[1:-1] if arguments else BUSINESS_KEY)


def _remainder(left: Feel, right: Feel) -> Feel:
    """JUEL's remainder has the sign of the dividend, FEEL's that of the divisor."""
    divisor = call("abs", right)
    below = operation("<", Binding.COMPARISON, left, literal(0))
    minus = Feel(f"-{left.at(Binding.PRIMARY)}", Binding.SIGN)
    negative = Feel(f"-{call('modulo', minus, divisor).text}", Binding.SIGN)
    return conditional(below, negative, call("modulo", left, divisor))


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
