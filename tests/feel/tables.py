"""What the FEEL tests share: the tables of cases under ``cases/``, and values in a form that they can write.

A table has lines ``expression => expected``. What is expected is JSON; dates, times and durations are strings that
start with ``@`` (``"@2024-02-29"``), ranges strings that start with ``range `` and functions the string ``function``.
``error`` expects an `ExpressionError`, ``error 5`` one at that character (from 1). ``let name = json`` gives a variable
to the lines behind it, ``let`` alone takes all away. Lines that start with ``#`` explain.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from workflows.feel import FeelFunction, FeelInput, FeelValue, Range, YearsMonths

NOW = datetime(2024, 3, 15, 10, 30, tzinfo=UTC)
CASES = Path(__file__).with_name("cases")


@dataclass(frozen=True)
class Case:
    """One line of a table."""

    place: str
    expression: str
    expected: str
    variables: dict[str, FeelInput]


def cases() -> Iterator[Case]:
    """Yield the cases of all tables."""
    for path in sorted(CASES.glob("*.txt")):
        variables: dict[str, FeelInput] = {}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.startswith("let"):
                name, _, text = line[3:].partition(" = ")
                variables = {**variables, name.strip(): json.loads(text)} if text else {}
            elif line and not line.startswith("#"):
                expression, arrow, expected = line.rpartition(" => ")
                assert arrow, f"{path.name}:{number} is no case"
                yield Case(f"{path.stem}:{number}", expression, expected.strip(), variables)


def shown(value: FeelValue) -> object:
    """Return a FEEL value in the form of the tables, written without the package's own text functions."""
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, Range):
        start = "" if value.start_unbounded else shown(value.start)
        end = "" if value.end_unbounded else shown(value.end)
        brackets = "(["[value.start_included], ")]"[value.end_included]
        return f"range {brackets[0]}{start}..{end}{brackets[1]}"
    if isinstance(value, FeelFunction):
        return "function"
    return _moment(value)


def _moment(value: FeelValue) -> object:
    if isinstance(value, YearsMonths):
        return f"@{value.months} months"
    if isinstance(value, timedelta):
        return f"@{Decimal(value // timedelta(microseconds=1)) / 1_000_000:f} s"
    if isinstance(value, datetime | time):
        zone = value.tzinfo
        named = f"[{zone.key}]" if isinstance(zone, ZoneInfo) else ""
        return f"@{value.isoformat()}{named}"
    return f"@{value.isoformat()}" if isinstance(value, date) else value


def expected_value(text: str) -> object:
    """Return what a table expects, numbers as decimals."""
    return json.loads(text, parse_int=Decimal, parse_float=Decimal)
