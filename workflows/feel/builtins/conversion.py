"""Conversion functions between kinds; those to dates and times are in `temporal`, to ranges in `ranges`."""

import json
import re
from decimal import Decimal

from workflows.feel.builtins.registry import builtin
from workflows.feel.frames import Evaluation
from workflows.feel.numbers import parse_number
from workflows.feel.text import to_plain, to_text
from workflows.feel.values import FeelValue, to_feel

_NUMERAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_SEPARATORS = (" ", ",", ".")


@builtin("string", "from: any", evaluation=True)
def string(evaluation: Evaluation, value: FeelValue) -> FeelValue:
    return None if value is None else to_text(evaluation, value)


@builtin("number", "from: string | number")
def number(value: str | Decimal) -> FeelValue:
    if isinstance(value, Decimal):
        return value
    return parse_number(value) if _NUMERAL.fullmatch(value) else None


@builtin("number", "from: string", "grouping separator?: string?", "decimal separator?: string?")
def number_with_separators(value: str, grouping: str | None, decimal: str | None) -> FeelValue:
    """Read a number with separators: a space, comma or period for groups, a comma or period for decimals."""
    if grouping not in (None, *_SEPARATORS) or decimal not in (None, ",", ".") or (grouping and grouping == decimal):
        return None
    if grouping:
        value = value.replace(grouping, "")
    if decimal == ",":
        if "." in value:
            return None
        value = value.replace(",", ".")
    return number(value)


@builtin("context", "entries: list | context")
def context(entries: list[FeelValue] | dict[str, FeelValue]) -> FeelValue:
    built: dict[str, FeelValue] = {}
    for entry in entries if isinstance(entries, list) else [entries]:
        if not isinstance(entry, dict) or "value" not in entry:
            return None
        key = entry.get("key")
        if not isinstance(key, str) or key in built:
            return None
        built[key] = entry["value"]
    return built


@builtin("from json", "value: string", evaluation=True)
def from_json(evaluation: Evaluation, value: str) -> FeelValue:
    evaluation.spend(len(value))  # each character may be an item
    try:
        return to_feel(json.loads(value, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_constant))
    except ValueError:
        return None


@builtin("to json", "value: any", evaluation=True)
def to_json(evaluation: Evaluation, value: FeelValue) -> FeelValue:
    text = json.dumps(to_plain(evaluation, value), ensure_ascii=False, separators=(",", ":"))
    evaluation.spend_text(len(text))
    return text


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
