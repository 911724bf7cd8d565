"""What a form says as constants, checked when the form is read: defaults, limits, formats of dates."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from workflows.diagrams.forms.model import FieldType, FormField
from workflows.diagrams.forms.rules import Page, bound, length
from workflows.diagrams.forms.texts import Rejected, parse
from workflows.diagrams.report import Place, Report
from workflows.errors import ExpressionError
from workflows.expressions.expression import Expression, Literal

_NO_PAGE = Page({}, datetime(2000, 1, 1, tzinfo=UTC))
_JAVA_LETTERS = {
    "dd": "%d", "d": "%d", "MM": "%m", "M": "%m", "MMM": "%b", "MMMM": "%B", "yyyy": "%Y", "yy": "%y", "y": "%Y",
    "HH": "%H", "H": "%H", "hh": "%I", "h": "%I", "mm": "%M", "m": "%M", "ss": "%S", "s": "%S", "a": "%p",
    "EEE": "%a", "EEEE": "%A", "Z": "%z", "X": "%z", "XX": "%z", "XXX": "%z",
}  # fmt: skip
_JAVA_PARTS = re.compile(r"'([^']*)'|(([A-Za-z])\3*)|(.)")
_LIMITED = {FieldType.INTEGER, FieldType.NUMBER, FieldType.DATE, FieldType.DATETIME, FieldType.TIME}


def java_date_format(pattern: str) -> str | None:
    """Return a Java `SimpleDateFormat` pattern in the letters of `strptime`, None if it has unknown letters."""
    parts: list[str] = []
    for quoted, letters, _, other in _JAVA_PARTS.findall(pattern):
        if letters and letters not in _JAVA_LETTERS:
            return None
        parts.append(_JAVA_LETTERS[letters] if letters else (quoted or other).replace("%", "%%"))
    return "".join(parts)


def checked_default(field: FormField, place: Place, report: Report) -> FormField:
    """Return the field with a constant default as a typed value; constants that do not fit go to `report`."""
    for name, limit in (("min", field.min), ("max", field.max)):
        if isinstance(limit, Literal):
            if field.type not in _LIMITED:
                report.add(place, f"A {field.type.value} field can't have a {name}.", "Remove the limit.")
            else:
                _check(name, limit, field, place, report)
    for name, limit in (("minimum length", field.min_length), ("maximum length", field.max_length)):
        if isinstance(limit, Literal):
            _check_length(name, limit, field, place, report)
    return _typed_default(field, place, report)


def _check(name: str, limit: Expression, field: FormField, place: Place, report: Report) -> None:
    try:
        bound(field, limit, _NO_PAGE)
    except ExpressionError as error:
        report.add(place, f"The {name} of the field is {error.source!r}.", f"Correct it: {error.reason}.")


def _check_length(name: str, limit: Expression, field: FormField, place: Place, report: Report) -> None:
    try:
        least = length(field, limit, _NO_PAGE)
    except ExpressionError as error:
        report.add(place, f"The {name} of the field is {error.source!r}.", f"Correct it: {error.reason}.")
        return
    if least is not None and least < 0:
        report.add(place, f"The {name} of the field is negative.", "Write a number from 0.")


def _typed_default(field: FormField, place: Place, report: Report) -> FormField:
    default = field.default
    if not isinstance(default, Literal) or not isinstance(default.value, str) or field.type is FieldType.TEXT:
        return field
    if not isinstance(field.options, tuple):
        return field
    try:
        value = parse(field, (default.value,), field.options, _NO_PAGE.now)
    except Rejected as rejected:
        report.add(place, f"The default {default.value!r} is no value of the field.", f"Correct it: {rejected}")
        return field
    return replace(field, default=Literal(value))
