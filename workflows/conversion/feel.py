"""Writing FEEL: pieces of text that know how tightly they bind, so that they can be put together."""

import json
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Final

from workflows.feel.names import KEYWORDS
from workflows.values import JsonValue

_PLAIN = re.compile(r"[^\W\d]\w*")
_RESERVED: Final = KEYWORDS | {"not", "instance", "of"}


class Binding(IntEnum):
    """How tightly the outermost operator of a piece binds; a piece in the place of a tighter one needs brackets."""

    OPEN = 0
    OR = 1
    AND = 2
    COMPARISON = 3
    SUM = 4
    PRODUCT = 5
    SIGN = 6
    PRIMARY = 7


class Untranslatable(Exception):
    """There is no FEEL that means the same; the text says why, the second one what to do instead."""

    def __init__(self, reason: str, mend: str = "Compute the value in a script task before.") -> None:
        super().__init__(reason)
        self.reason = reason
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Feel:
    """A piece of FEEL."""

    text: str
    binding: Binding = Binding.PRIMARY

    def at(self, binding: Binding) -> str:
        """Return the text for a place where something that binds as tightly as `binding` has to stand."""
        return self.text if self.binding >= binding else f"({self.text})"

    @property
    def source(self) -> str:
        """The expression as an attribute of a diagram."""
        return f"={self.text}"


def chain(operator: str, binding: Binding, *operands: Feel) -> Feel:
    """Join operands by an operator that can be chained, as `and`."""
    return Feel(f" {operator} ".join(operand.at(binding) for operand in operands), binding)


def operation(operator: str, binding: Binding, left: Feel, right: Feel) -> Feel:
    """Join two operands by an operator that is applied from left to right, or can't be chained (a comparison)."""
    first = Binding.SUM if binding is Binding.COMPARISON else binding
    return Feel(f"{left.at(first)} {operator} {right.at(Binding(binding + 1))}", binding)


def call(function: str, *arguments: Feel) -> Feel:
    """Call a function that is built in."""
    return Feel(f"{function}({', '.join(argument.text for argument in arguments)})")


def conditional(condition: Feel, then: Feel, otherwise: Feel) -> Feel:
    """Choose one of two pieces."""
    return Feel(f"if {condition.text} then {then.text} else {otherwise.text}", Binding.OPEN)


def asserted(value: Feel, condition: Feel, cause: str) -> Feel:
    """Return a value, where a condition holds; it is an incident where not, with what is the cause."""
    return call("assert", value, condition, literal(cause))


def name(text: str) -> Feel:
    """Return a variable; what FEEL could not read as a name stands between backticks."""
    if _PLAIN.fullmatch(text) and text not in _RESERVED:
        return Feel(text)
    if "`" in text:
        raise Untranslatable(f"the variable {text!r} can't be named in FEEL", "Give the variable another name.")
    return Feel(f"`{text}`")


def entry(owner: Feel, key: str) -> Feel:
    """Return the entry of an object."""
    if _PLAIN.fullmatch(key) and key not in _RESERVED:
        return Feel(f"{owner.at(Binding.PRIMARY)}.{key}")
    return call("get value", owner, literal(key))


def item(owner: Feel, index: int) -> Feel:
    """Return the item of a list, counted from 0, or from the end below 0."""
    return Feel(f"{owner.at(Binding.PRIMARY)}[{index + 1 if index >= 0 else index}]")


def literal(value: JsonValue) -> Feel:
    """Return a constant."""
    match value:
        case None | bool():
            return Feel({None: "null", True: "true", False: "false"}[value])
        case int() | float():
            return _number(value)
        case str():
            return _text(value)
        case list():
            return Feel(f"[{', '.join(literal(inner).text for inner in value)}]")
        case _:
            entries = (f"{_text(key).text}: {literal(inner).text}" for key, inner in value.items())
            return Feel(f"{{{', '.join(entries)}}}")


def _number(value: float) -> Feel:
    if not math.isfinite(value):
        raise Untranslatable(f"{value} is no number of FEEL")
    text = f"{Decimal(str(value)):f}"
    return Feel(text, Binding.SIGN if value < 0 else Binding.PRIMARY)


def _text(value: str) -> Feel:
    if "\\" in value:
        reason = f"the text {value!r} has a backslash, which engines read differently"
        raise Untranslatable(reason, "Write it without, or set the text by a script task.")
    return Feel(json.dumps(value, ensure_ascii=False))


_EQUALITY = re.compile(r"(?P<name>[^\W\d][\w.]*) = (?P<value>true|false|-?[0-9.]+|\"[^\"\\\\]*\")")


def exclusive(one: Feel, other: Feel) -> bool:
    """Say whether two conditions are seen to exclude each other: a name compared with two constants, or a negation."""
    if other.text == call("not", one).text or one.text == call("not", other).text:
        return True
    left, right = _EQUALITY.fullmatch(one.text), _EQUALITY.fullmatch(other.text)
    return left is not None and right is not None and left["name"] == right["name"] and left["value"] != right["value"]
