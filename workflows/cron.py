"""Camunda 7's cron cycles: `seconds minutes hours day-of-month month day-of-week [year]`, in UTC.

A field is `*`, `?`, a number, a name (`JAN`, `MON`), a range `1-5`, a step `0/15` or `*/5`, or a list of these.
Days of the week count from 1, Sunday, as in Quartz. `L`, `W` and `#` are refused.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from workflows.errors import ExpressionError

_FIELDS = (
    ("seconds", 0, 59),
    ("minutes", 0, 59),
    ("hours", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 1, 7),
    ("year", 1970, 2199),
)
_SHORTEST, _LONGEST = 6, 7
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NAMES = {
    "month": dict(zip(_MONTHS, range(1, 13), strict=True)),
    "day of week": dict(zip(_DAYS, range(1, 8), strict=True)),
}
_HORIZON = timedelta(days=366 * 30)


@dataclass(frozen=True, slots=True)
class Cron:
    """The numbers that each field allows. A day has to match both of its fields."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]

    def after(self, moment: datetime) -> datetime | None:
        """Return the first time after `moment` that matches, or None if there is none in 30 years."""
        earliest = moment.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        day = earliest.replace(hour=0, minute=0, second=0)
        while day - earliest < _HORIZON:
            if self._allows(day):
                found = self._on(day, earliest)
                if found is not None:
                    return found
            day += timedelta(days=1)
        return None

    def _allows(self, day: datetime) -> bool:
        weekday = day.isoweekday() % 7 + 1
        return day.month in self.months and day.day in self.days and weekday in self.weekdays and day.year in self.years

    def _on(self, day: datetime, earliest: datetime) -> datetime | None:
        for hour in self.hours:
            for minute in self.minutes:
                last = day.replace(hour=hour, minute=minute, second=self.seconds[-1])
                if last >= earliest:
                    times = (day.replace(hour=hour, minute=minute, second=second) for second in self.seconds)
                    return next(time for time in times if time >= earliest)
        return None


def parse_cron(text: str) -> Cron:
    """Return the cron expression that `text` says; raise `ExpressionError` for one that says none."""
    parts = text.upper().split()
    if not _SHORTEST <= len(parts) <= _LONGEST:
        raise ExpressionError(text, "a cron expression has six fields, seconds first, or seven with the year")
    parts += ["*"] * (_LONGEST - len(parts))
    fields = [
        sorted(_numbers(text, part, name, low, high)) for part, (name, low, high) in zip(parts, _FIELDS, strict=True)
    ]
    seconds, minutes, hours, days, months, weekdays, years = fields
    return Cron(
        tuple(seconds),
        tuple(minutes),
        tuple(hours),
        frozenset(days),
        frozenset(months),
        frozenset(weekdays),
        frozenset(years),
    )


def _numbers(text: str, part: str, name: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for item in part.split(","):
        span, _, step = item.partition("/")
        if step and (not step.isdecimal() or int(step) == 0):
            raise ExpressionError(text, f"{step!r} is not a step of {name}")
        if span in {"*", "?"}:
            first, last = low, high
        else:
            start, _, end = span.partition("-")
            first = _number(text, start, name, low, high)
            last = _number(text, end, name, low, high) if end else (high if step else first)
        if first > last:
            found.update(range(first, high + 1, int(step or 1)))
            first = low
        found.update(range(first, last + 1, int(step or 1)))
    return found


def _number(text: str, word: str, name: str, low: int, high: int) -> int:
    known = _NAMES.get(name, {}).get(word)
    if known is not None:
        return known
    if not word.isdecimal() or not low <= int(word) <= high:
        raise ExpressionError(text, f"{word!r} is no {name} from {low} to {high}")
    return int(word)
