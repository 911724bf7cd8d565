"""Values to text, and to JSON."""

import json
from datetime import date, time, timedelta
from decimal import Decimal
from math import isfinite

from workflows.feel.frames import Evaluation
from workflows.feel.names import is_name
from workflows.feel.numbers import number_text
from workflows.feel.temporal.text import duration_text, moment_text
from workflows.feel.values import FeelFunction, FeelValue, Range, YearsMonths
from workflows.values import JsonValue, to_json


def to_text(evaluation: Evaluation, value: FeelValue, *, quoted: bool = False) -> str:
    """Return `value` as FEEL writes it; texts inside others stand in quotes."""
    if isinstance(value, str):
        evaluation.spend_text(len(value))
        return json.dumps(value, ensure_ascii=False) if quoted else value
    if isinstance(value, list):
        evaluation.spend(1 + len(value))
        return "[" + ", ".join(to_text(evaluation, item, quoted=True) for item in value) + "]"
    if isinstance(value, dict):
        evaluation.spend(1 + len(value))
        entries = [f"{_key(key)}: {to_text(evaluation, item, quoted=True)}" for key, item in value.items()]
        return "{" + ", ".join(entries) + "}"
    return _scalar(evaluation, value)


def to_plain(evaluation: Evaluation, value: FeelValue) -> JsonValue:
    """Return `value` as a fresh JSON value; raise `ExpressionError` for functions and numbers out of range."""
    evaluation.spend(1)
    if isinstance(value, list):
        return [to_plain(evaluation, item) for item in value]
    if isinstance(value, dict):
        return {key: to_plain(evaluation, item) for key, item in value.items()}
    if isinstance(value, date | time):
        return moment_text(value, zone_in_brackets=True)
    if isinstance(value, timedelta | YearsMonths | Range):
        return _scalar(evaluation, value)
    if isinstance(value, FeelFunction):
        raise evaluation.error("the result holds a function, which no process variable can hold")
    if isinstance(value, Decimal) and not isfinite(float(value)):
        raise evaluation.error(f"the result holds {value:.3e}, a number too large for a process variable")
    return to_json(value)


def _scalar(evaluation: Evaluation, value: FeelValue) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, date | time):
        return moment_text(value)
    if isinstance(value, timedelta | YearsMonths):
        return duration_text(value)
    if isinstance(value, Range):
        return _range(evaluation, value)
    return "function(" + ", ".join(value.parameters) + ")" if isinstance(value, FeelFunction) else ""


def _range(evaluation: Evaluation, value: Range) -> str:
    if value.start_unbounded:
        return f"({'<=' if value.end_included else '<'} {_limit(evaluation, value.end)})"
    if value.end_unbounded:
        return f"({'>=' if value.start_included else '>'} {_limit(evaluation, value.start)})"
    start, end = _limit(evaluation, value.start), _limit(evaluation, value.end)
    return f"{'[' if value.start_included else '('}{start}..{end}{']' if value.end_included else ')'}"


def _limit(evaluation: Evaluation, value: FeelValue) -> str:
    """Return the end of a range as a literal, so that `range` reads the text back."""
    text = to_text(evaluation, value, quoted=True)
    return text if isinstance(value, str | Decimal) else f'@"{text}"'


def _key(key: str) -> str:
    return key if is_name(key) else json.dumps(key, ensure_ascii=False)
