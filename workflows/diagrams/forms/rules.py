"""What a value has to keep to, each rule with the sentence to show beside the field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from workflows.diagrams.forms.model import CHOICES, MULTIPLE, FieldType, FormField, InputKind
from workflows.diagrams.forms.texts import read_date, read_datetime
from workflows.errors import ExpressionError
from workflows.expressions.expression import Expression
from workflows.feel.frames import Evaluation
from workflows.values import JsonValue

MOST_PATTERN_TEXT = 1_000
"""Characters that a text may have which a pattern is applied to."""

_Ordered: TypeAlias = Decimal | date | datetime | time
_Rule: TypeAlias = Callable[[FormField, JsonValue, "Page"], str | None]
_TEXTS = frozenset({FieldType.STRING, FieldType.TEXTAREA})
_NUMBERS = frozenset({FieldType.INTEGER, FieldType.NUMBER})
_TIMES = frozenset({FieldType.DATE, FieldType.DATETIME, FieldType.TIME})


@dataclass(frozen=True, slots=True)
class Page:
    """What the expressions of a form see: the variables with what was entered, and the time, in the page's zone."""

    variables: Mapping[str, JsonValue]
    now: datetime

    def evaluate(self, expression: Expression) -> JsonValue:
        """Return the value as JSON; raise `ExpressionError`."""
        return expression.json(self.variables, self.now)

    def holds(self, expression: Expression) -> bool:
        """Return whether the value is true; null and anything else is not."""
        return self.evaluate(expression) is True

    def text(self, expression: Expression) -> str:
        """Return the value for reading."""
        value = self.evaluate(expression)
        return "" if value is None else value if isinstance(value, str) else str(value)


def fault(field: FormField, value: JsonValue, page: Page) -> str | None:
    """Return the sentence that says why `value` is refused, or None."""
    return next((sentence for rule in _RULES if (sentence := rule(field, value, page)) is not None), None)


def bound(field: FormField, expression: Expression | None, page: Page) -> _Ordered | None:
    """Return the value of a `min` or `max` as what the field's values are compared with."""
    value = None if expression is None else page.evaluate(expression)
    if expression is None or value is None or value == "":
        return None
    try:
        return _ordered(field, value, page)
    except (ValueError, InvalidOperation):
        kind = "a number" if field.type in _NUMBERS else f"a {field.type.value}"
        raise ExpressionError(expression.source, f"a limit of field {field.id!r} must be {kind}") from None


def length(field: FormField, expression: Expression | None, page: Page) -> int | None:
    """Return the value of a `min_length` or `max_length`."""
    value = None if expression is None else page.evaluate(expression)
    if expression is None or value is None or value == "":
        return None
    try:
        return int(str(value))
    except ValueError:
        reason = f"a length of field {field.id!r} must be a whole number"
        raise ExpressionError(expression.source, reason) from None


def _ordered(field: FormField, value: JsonValue, page: Page) -> _Ordered:
    text = str(value).strip()
    match field.type:
        case FieldType.DATE:
            return read_date(field, text.split("T")[0])
        case FieldType.DATETIME:
            return read_datetime(text, page.now)
        case FieldType.TIME:
            return time.fromisoformat(text).replace(tzinfo=None)
        case _:
            return Decimal(text)


def _required(field: FormField, value: JsonValue, page: Page) -> str | None:
    missing = value is None or value is False or value == [] or (isinstance(value, str) and not value.strip())
    if not missing or not page.holds(field.required):
        return None
    if field.type is FieldType.BOOLEAN:
        return "Please tick this box to go on."
    if field.type in MULTIPLE:
        return "Please choose at least one of the options."
    if field.type in CHOICES:
        return "Please choose one of the options."
    return "Please fill in this field."


def _least(field: FormField, value: JsonValue, page: Page) -> str | None:
    low = bound(field, field.min, page)
    if low is None or not _filled(value) or not _ordered(field, value, page) < low:  # type: ignore[operator]
        return None
    return f"Enter {low:f} or more." if isinstance(low, Decimal) else f"Enter {_readable(low)} or later."


def _most(field: FormField, value: JsonValue, page: Page) -> str | None:
    high = bound(field, field.max, page)
    if high is None or not _filled(value) or not _ordered(field, value, page) > high:  # type: ignore[operator]
        return None
    return f"Enter {high:f} or less." if isinstance(high, Decimal) else f"Enter {_readable(high)} or earlier."


def _not_past(field: FormField, value: JsonValue, page: Page) -> str | None:
    if not field.no_past or not _filled(value):
        return None
    moment = _ordered(field, value, page)
    if not isinstance(moment, date):
        return None
    past = moment < page.now if isinstance(moment, datetime) else moment < page.now.date()
    return "This is in the past. Please choose a later one." if past else None


def _length(field: FormField, value: JsonValue, page: Page) -> str | None:
    if field.type not in _TEXTS or not isinstance(value, str) or not value:
        return None
    least, most = length(field, field.min_length, page), length(field, field.max_length, page)
    if least is not None and len(value) < least:
        return f"Enter at least {least} characters; this has {len(value)}."
    if most is not None and len(value) > most:
        return f"Enter at most {most} characters; this has {len(value)}."
    return None


def _pattern(field: FormField, value: JsonValue, page: Page) -> str | None:
    if field.pattern is None or not isinstance(value, str) or not value:
        return None
    if len(value) > MOST_PATTERN_TEXT:
        return f"Enter at most {MOST_PATTERN_TEXT} characters; this has {len(value)}."
    budget = Evaluation(field.pattern.source, {}, page.now)
    try:
        match = field.pattern.compiled.search(budget, value, 0)
    except ExpressionError:
        return "This is too long to be compared with its expected form."
    return None if match is not None else field.pattern.message or _PATTERN_SENTENCES[field.input_kind]


def _filled(value: JsonValue) -> bool:
    return value is not None and value != ""


def _readable(moment: date | time) -> str:
    if isinstance(moment, datetime):
        return moment.isoformat(" ", "minutes")
    return moment.isoformat() if isinstance(moment, date) else moment.isoformat("minutes")


_PATTERN_SENTENCES = {
    InputKind.TEXT: "This is not in the expected form.",
    InputKind.EMAIL: "Enter an e-mail address, such as ana@example.org.",
    InputKind.PHONE: "Enter a phone number with its country code, such as +49 30 123456.",
}
_RULES: tuple[_Rule, ...] = (_required, _least, _most, _not_past, _length, _pattern)
