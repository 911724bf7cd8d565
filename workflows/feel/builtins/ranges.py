"""Functions about points and ranges (DMN 1.5, 10.3.4.9), after Allen's interval algebra, and `range`.

Each relation is defined once and its mirror by exchanging the arguments. Limits that can't be compared give null.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from workflows.feel.builtins.registry import builtin
from workflows.feel.comparison import comparable, compare
from workflows.feel.numbers import parse_number
from workflows.feel.strings import unescape
from workflows.feel.temporal.parsing import (
    parse_date,
    parse_datetime,
    parse_duration,
    parse_temporal,
    parse_time,
)
from workflows.feel.values import FeelValue, Range

_POINT = "number | string | date | time | date and time | days and time duration | years and months duration"
_RANGE = "range"


class _Incomparable(Exception):
    """Two limits have no order, so the relation is null."""


@dataclass(frozen=True, slots=True)
class _Limit:
    """One end of a range: its value, or no value at all at the far left (-1) or right (1)."""

    value: FeelValue
    included: bool
    far: int = 0


def _start(range_: Range) -> _Limit:
    return _Limit(range_.start, range_.start_included, -1 if range_.start_unbounded else 0)


def _end(range_: Range) -> _Limit:
    return _Limit(range_.end, range_.end_included, 1 if range_.end_unbounded else 0)


def _less(left: _Limit, right: _Limit) -> bool:
    if left.far or right.far:
        return left.far < right.far
    if not comparable(left.value, right.value):
        raise _Incomparable
    return compare("<", left.value, right.value) is True


def _level(left: _Limit, right: _Limit) -> bool:
    return not _less(left, right) and not _less(right, left)


def _as_range(value: FeelValue) -> Range:
    return value if isinstance(value, Range) else Range(value, value, start_included=True, end_included=True)


Relation = Callable[[Range, Range], bool]


def before(first: Range, second: Range) -> bool:
    end, start = _end(first), _start(second)
    return _less(end, start) or (_level(end, start) and not (end.included and start.included))


def meets(first: Range, second: Range) -> bool:
    end, start = _end(first), _start(second)
    return end.included and start.included and _level(end, start)


def overlaps(first: Range, second: Range) -> bool:
    return not before(first, second) and not before(second, first)


def overlaps_before(first: Range, second: Range) -> bool:
    return _starts_earlier(first, second) and overlaps(first, second) and _ends_within(first, second)


def _starts_earlier(first: Range, second: Range) -> bool:
    one, other = _start(first), _start(second)
    return _less(one, other) or (_level(one, other) and one.included and not other.included)


def _ends_within(first: Range, second: Range) -> bool:
    one, other = _end(first), _end(second)
    return _less(one, other) or (_level(one, other) and (other.included or not one.included))


def _starts_within(first: Range, second: Range) -> bool:
    one, other = _start(first), _start(second)
    return _less(other, one) or (_level(one, other) and (other.included or not one.included))


def _same_start(first: Range, second: Range) -> bool:
    one, other = _start(first), _start(second)
    return one.included == other.included and _level(one, other)


def _same_end(first: Range, second: Range) -> bool:
    one, other = _end(first), _end(second)
    return one.included == other.included and _level(one, other)


def during(first: Range, second: Range) -> bool:
    return _starts_within(first, second) and _ends_within(first, second)


def finishes(first: Range, second: Range) -> bool:
    return _same_end(first, second) and _starts_within(first, second)


def starts(first: Range, second: Range) -> bool:
    return _same_start(first, second) and _ends_within(first, second)


def coincides(first: Range, second: Range) -> bool:
    return _same_start(first, second) and _same_end(first, second)


def _relation(name: str, relation: Relation, first: tuple[str, str], second: tuple[str, str]) -> None:
    def function(one: FeelValue, other: FeelValue) -> FeelValue:
        try:
            return relation(_as_range(one), _as_range(other))
        except _Incomparable:
            return None

    builtin(name, f"{first[0]}: {first[1]}", f"{second[0]}: {second[1]}")(function)


def _mirror(relation: Relation) -> Relation:
    return lambda first, second: relation(second, first)


_RANGES = (("range1", _RANGE), ("range2", _RANGE))
_POINTS = (("point1", _POINT), ("point2", _POINT))
_POINT_RANGE = (("point", _POINT), ("range", _RANGE))
_RANGE_POINT = (("range", _RANGE), ("point", _POINT))

for _name, _function, _shapes in (
    ("before", before, (_POINTS, _POINT_RANGE, _RANGE_POINT, _RANGES)),
    ("after", _mirror(before), (_POINTS, _POINT_RANGE, _RANGE_POINT, _RANGES)),
    ("meets", meets, (_RANGES,)),
    ("met by", _mirror(meets), (_RANGES,)),
    ("overlaps", overlaps, (_RANGES,)),
    ("overlaps before", overlaps_before, (_RANGES,)),
    ("overlaps after", _mirror(overlaps_before), (_RANGES,)),
    ("finishes", finishes, (_POINT_RANGE, _RANGES)),
    ("finished by", _mirror(finishes), (_RANGE_POINT, _RANGES)),
    ("includes", _mirror(during), (_RANGE_POINT, _RANGES)),
    ("during", during, (_POINT_RANGE, _RANGES)),
    ("starts", starts, (_POINT_RANGE, _RANGES)),
    ("started by", _mirror(starts), (_RANGE_POINT, _RANGES)),
    ("coincides", coincides, (_POINTS, _RANGES)),
):
    for _shape in _shapes:
        _relation(_name, _function, *_shape)


# The text of a range --------------------------------------------------------------------------------------------

_MAX_TEXT = 500  # characters of a range's text
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_CALL = re.compile(r'(date\s+and\s+time|date|time|duration|@)\s*(?:\(\s*"([^"\\]*)"\s*\)|(?<=@)"([^"\\]*)")')
_PARSERS: "dict[str, Callable[[str], FeelValue]]" = {
    "date": parse_date,
    "time": parse_time,
    "date and time": parse_datetime,
    "duration": parse_duration,
    "@": parse_temporal,
}


@builtin("range", "from: string")
def range_(text: str) -> FeelValue:
    """Read a range whose limits are literals; a limit left out means none, and its end must be open."""
    parts = _split_range(text.strip()) if len(text) <= _MAX_TEXT else None
    if parts is None:
        return None
    opening, low, high, closing = parts
    start, end = _literal(low), _literal(high)
    start_included, end_included = opening == "[", closing == "]"
    if not low and not high:
        return None
    if (start is None and (low or start_included)) or (end is None and (high or end_included)):
        return None
    if low and high and (not comparable(start, end) or compare("<", end, start)):
        return None
    return Range(start, end, start_included, end_included, start_unbounded=not low, end_unbounded=not high)


def _literal(text: str) -> FeelValue:
    if _NUMBER.fullmatch(text):
        return parse_number(text)
    string = _STRING.fullmatch(text)
    if string:
        return unescape(string.group(1))
    call = _CALL.fullmatch(text)
    if not call:
        return None
    name, argument, at = call.groups()
    return _PARSERS[" ".join(name.split())](argument if at is None else at)


def _split_range(text: str) -> tuple[str, str, str, str] | None:
    """Return the brackets of a range's text and what stands before and behind its two dots."""
    if len(text) < len("(..)") or text[0] not in "[(]" or text[-1] not in "])[":
        return None
    inner = text[1:-1]
    dots = next((at for at in range(len(inner)) if inner.startswith("..", at) and inner.count('"', 0, at) % 2 == 0), -1)
    return None if dots < 0 else (text[0], inner[:dots].strip(), inner[dots + 2 :].strip(), text[-1])
