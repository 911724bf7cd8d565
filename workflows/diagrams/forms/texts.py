"""Between what a browser sends, which is text, and the JSON value of a field.

Times without a zone are read and shown in the zone of `now`.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TypeAlias

from workflows.diagrams.forms.model import CHOICES, MULTIPLE, FieldType, FormField, Option, TimeFormat
from workflows.diagrams.forms.options import find, option_text
from workflows.values import JsonValue, to_json

CHOOSE_AGAIN = "This choice is not offered. Please choose one of the options."
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_TRUE = frozenset({"true", "on", "yes", "1"})
_Parser: TypeAlias = Callable[[FormField, str, datetime], JsonValue]


class Rejected(Exception):
    """A text that is no value of its field; the text of the error is the sentence to show beside the field."""


def parse(field: FormField, texts: Sequence[str], options: tuple[Option, ...], now: datetime) -> JsonValue:
    """Return the value that `texts` stand for, None for nothing; raise `Rejected` with a sentence."""
    if field.type in MULTIPLE:
        return [_chosen(options, text) for text in texts if text]
    text = texts[0] if texts else ""
    if field.type is FieldType.BOOLEAN:
        return text.lower() in _TRUE
    if field.type is FieldType.STRING or field.type is FieldType.TEXTAREA:
        return _text(field, text)
    text = text.strip()
    if not text:
        return None
    if field.type in CHOICES:
        return _chosen(options, text)
    return _PARSERS[field.type](field, text, now)


def show(field: FormField, value: JsonValue, now: datetime) -> tuple[str, ...]:
    """Return `value` as the texts that a browser would send for it; a value of another kind is shown as it is."""
    if value is None:
        return ()
    if isinstance(value, list) and field.type in MULTIPLE:
        return tuple(option_text(item) for item in value)
    if isinstance(value, str):
        return (_shown_time(field, value, now),)
    if isinstance(value, float):
        return (format(Decimal(repr(value)), "f"),)
    return (option_text(value),)


def read_datetime(text: str, now: datetime) -> datetime:
    """Return an ISO 8601 date and time, in the zone of `now` unless it names its own; raise `ValueError`."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=now.tzinfo) if moment.tzinfo is None else moment


def read_date(field: FormField, text: str) -> date:
    """Return a date in ISO 8601 or one of the field's own formats; raise `ValueError`."""
    if _ISO_DATE.fullmatch(text):
        return date.fromisoformat(text)
    for date_format in field.date_formats:
        try:
            return datetime.strptime(text, date_format).date()  # noqa: DTZ007  a date has no zone
        except ValueError:
            continue
    raise ValueError(text)


def _chosen(options: tuple[Option, ...], text: str) -> JsonValue:
    option = find(options, text)
    if option is None:
        raise Rejected(CHOOSE_AGAIN)
    return option.value


def _text(field: FormField, text: str) -> str:
    text = text.replace("\r\n", "\n")
    if _CONTROL.search(text) or (field.type is FieldType.STRING and "\n" in text):
        raise Rejected("This has characters that can't be kept. Please type it anew.")
    return text.strip() if field.type is FieldType.STRING else text


def _integer(_field: FormField, text: str, _now: datetime) -> int:
    if not _INTEGER.fullmatch(text):
        raise Rejected("Enter a whole number, such as 12.")
    return int(text)


def _number(field: FormField, text: str, _now: datetime) -> JsonValue:
    if not _NUMBER.fullmatch(text):
        raise Rejected("Enter a number, such as 12.5.")
    number = Decimal(text)
    digits = field.decimal_digits
    if digits is not None and number != round(number, digits):
        raise Rejected(_too_precise(digits))
    return format(number, "f") if field.as_text else to_json(number)


def _too_precise(digits: int) -> str:
    if not digits:
        return "Enter a whole number, such as 12."
    return f"Enter a number with at most {digits} {'digit' if digits == 1 else 'digits'} after the point."


def _date(field: FormField, text: str, _now: datetime) -> str:
    try:
        return read_date(field, text).isoformat()
    except ValueError:
        raise Rejected("Enter a date as year-month-day, such as 2025-03-31.") from None


def _datetime(field: FormField, text: str, now: datetime) -> str:
    try:
        moment = read_datetime(text, now)
        if field.time_format is TimeFormat.UTC:
            return moment.astimezone(UTC).isoformat()
        local = moment.astimezone(now.tzinfo)
    except (ValueError, OverflowError):
        raise Rejected("Enter a date and time, such as 2025-03-31T08:30.") from None
    return (local.replace(tzinfo=None) if field.time_format is TimeFormat.LOCAL else local).isoformat()


def _time(field: FormField, text: str, now: datetime) -> str:
    try:
        clock = time.fromisoformat(text)
    except ValueError:
        raise Rejected("Enter a time of day, such as 08:30.") from None
    if field.time_format is TimeFormat.LOCAL:
        return _clock_text(clock.replace(tzinfo=None))
    moment = datetime.combine(now.date(), clock, clock.tzinfo or now.tzinfo)
    zone = UTC if field.time_format is TimeFormat.UTC else now.tzinfo
    return _clock_text(moment.astimezone(zone).timetz())


def _clock_text(clock: time) -> str:
    return clock.isoformat("auto" if clock.second or clock.microsecond else "minutes")


def _shown_time(field: FormField, text: str, now: datetime) -> str:
    """Dates and times as an HTML input wants them; any other text, and what is no date or time, unchanged."""
    try:
        if field.type is FieldType.DATE:
            return read_date(field, text.split("T", maxsplit=1)[0]).isoformat()
        if field.type is FieldType.DATETIME:
            local = read_datetime(text, now).astimezone(now.tzinfo).replace(tzinfo=None)
            return f"{local.date().isoformat()}T{_clock_text(local.time())}"
        if field.type is FieldType.TIME:
            clock = time.fromisoformat(text)
            moment = datetime.combine(now.date(), clock, clock.tzinfo or now.tzinfo).astimezone(now.tzinfo)
            return _clock_text(moment.time())
    except (ValueError, OverflowError):
        return text
    return text


_PARSERS: dict[FieldType, _Parser] = {
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
    FieldType.TIME: _time,
}
