"""What each operator does with each pair of kinds: the standard's tables as matrices, blank where it says null."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from operator import ge, gt, le, lt

import pytest

from tests.feel.tables import NOW
from workflows.feel import Range, YearsMonths, compile_expression

KINDS = {
    "number": "2",
    "string": '"a"',
    "boolean": "true",
    "date": '@"2024-01-01"',
    "time": '@"10:00:00"',
    "date and time": '@"2024-01-01T10:00:00"',
    "days and time duration": '@"P1D"',
    "years and months duration": '@"P1Y"',
    "list": "[1]",
    "context": "{a: 1}",
    "range": "[1..5]",
    "function": "function(x) x",
}
PYTHON = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "date": date,
    "time": time,
    "date and time": datetime,
    "days and time duration": timedelta,
    "years and months duration": YearsMonths,
    "list": list,
    "context": dict,
    "range": Range,
}
SHORT = {
    "n": "number",
    "s": "string",
    "d": "date",
    "t": "time",
    "dt": "date and time",
    "dd": "days and time duration",
    "ym": "years and months duration",
}
# What comes out of left (row) and right (column), in the order of SHORT; `.` is null.
RESULTS = {
    "+": """
        n  .  .  .  .  .  .
        .  s  .  .  .  .  .
        .  .  .  .  .  d  d
        .  .  .  .  .  t  .
        .  .  .  .  .  dt dt
        .  .  d  t  dt dd .
        .  .  d  .  dt .  ym
    """,
    "-": """
        n  .  .  .  .  .  .
        .  .  .  .  .  .  .
        .  .  dd .  dd d  d
        .  .  .  dd .  t  .
        .  .  dd .  dd dt dt
        .  .  .  .  .  dd .
        .  .  .  .  .  .  ym
    """,
    "*": """
        n  .  .  .  .  dd ym
        .  .  .  .  .  .  .
        .  .  .  .  .  .  .
        .  .  .  .  .  .  .
        .  .  .  .  .  .  .
        dd .  .  .  .  .  .
        ym .  .  .  .  .  .
    """,
    "/": """
        n  .  .  .  .  .  .
        .  .  .  .  .  .  .
        .  .  .  .  .  .  .
        .  .  .  .  .  .  .
        .  .  .  .  .  .  .
        dd .  .  .  .  n  .
        ym .  .  .  .  .  n
    """,
    "**": """
        n  .  .  .  .  .  .
        .  .  .  .  .  .  .
        .  .  .  .  .  .  .
        .  .  .  .  .  .  .
        .  .  .  .  .  .  .
        .  .  .  .  .  .  .
        .  .  .  .  .  .  .
    """,
}


def matrix() -> list[tuple[str, str, str, str]]:
    rows = []
    for operator, text in RESULTS.items():
        results = text.split()
        for (left, right), result in zip(product(SHORT, SHORT), results, strict=True):
            rows.append((operator, SHORT[left], SHORT[right], SHORT.get(result, "null")))
    return rows


@pytest.mark.parametrize(("operator", "left", "right", "result"), matrix())
def test_arithmetic_gives_the_kind_that_the_standard_names(operator: str, left: str, right: str, result: str) -> None:
    value = compile_expression(f"{KINDS[left]} {operator} {KINDS[right]}").evaluate({}, NOW)

    assert (type(value) is PYTHON[result]) if result in PYTHON else (value is None)


@pytest.mark.parametrize(
    ("operator", "left", "right"),
    [
        (operator, left, right)
        for operator in RESULTS
        for left, right in product(KINDS, KINDS)
        if "boolean" in (left, right)
        and {left, right} & {"number", "boolean", "list", "context", "range"} == {left, right}
    ],
)
def test_arithmetic_with_what_has_none_is_null(operator: str, left: str, right: str) -> None:
    assert compile_expression(f"{KINDS[left]} {operator} {KINDS[right]}").evaluate({}, NOW) is None


@pytest.mark.parametrize(("left", "right"), [pair for pair in product(KINDS, KINDS) if pair[0] != pair[1]])
def test_values_of_different_kinds_are_neither_equal_nor_ordered(left: str, right: str) -> None:
    variables = {
        "a": compile_expression(KINDS[left]).evaluate({}, NOW),
        "b": compile_expression(KINDS[right]).evaluate({}, NOW),
    }

    for operator in ("=", "!=", "<", "<=", ">", ">="):
        assert compile_expression(f"a {operator} b").evaluate(variables, NOW) is None


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "function"])
def test_a_value_equals_itself_and_not_null(kind: str) -> None:
    text = KINDS[kind]

    assert compile_expression(f"{text} = {text}").evaluate({}, NOW) is True
    assert compile_expression(f"{text} != {text}").evaluate({}, NOW) is False
    assert compile_expression(f"{text} = null").evaluate({}, NOW) is False
    assert compile_expression(f"null != {text}").evaluate({}, NOW) is True
    assert compile_expression(f"{text} < null").evaluate({}, NOW) is None


@pytest.mark.parametrize(("kind", "type_"), list(product(KINDS, [*KINDS, "Any", "Null"])))
def test_instance_of_holds_for_the_kind_itself_and_any(kind: str, type_: str) -> None:
    value = compile_expression(f"({KINDS[kind]}) instance of {type_}").evaluate({}, NOW)

    assert value is (type_ in (kind, "Any"))


# Three values of each ordered kind, upwards.
ORDERED = {
    "number": ("-1.5", "0", "20"),
    "string": ('"A"', '"a"', '"b"'),
    "date": ('@"2023-12-31"', '@"2024-01-01"', '@"2024-02-29"'),
    "time": ('@"08:00:00"', '@"08:00:00.5"', '@"23:59:59"'),
    "time with offset": ('@"08:00:00+02:00"', '@"07:00:00Z"', '@"07:00:00-01:00"'),
    "date and time": ('@"2024-01-01T00:00:00"', '@"2024-01-01T00:00:01"', '@"2024-01-02T00:00:00"'),
    "date and time with zone": (
        '@"2024-07-01T12:00:00@Asia/Tokyo"',
        '@"2024-07-01T12:00:00@Europe/Paris"',
        '@"2024-07-01T12:00:00Z"',
    ),
    "days and time duration": ('@"-P1D"', '@"PT0S"', '@"PT1S"'),
    "years and months duration": ('@"-P1Y"', '@"P11M"', '@"P1Y"'),
}


@pytest.mark.parametrize(
    ("kind", "left", "right"), [(kind, *pair) for kind in ORDERED for pair in product(range(3), range(3))]
)
def test_values_of_one_kind_are_ordered(kind: str, left: int, right: int) -> None:
    first, second = ORDERED[kind][left], ORDERED[kind][right]

    for sign, operator in (("<", lt), ("<=", le), (">", gt), (">=", ge)):
        assert compile_expression(f"{first} {sign} {second}").evaluate({}, NOW) is operator(left, right)
    assert compile_expression(f"{first} = {second}").evaluate({}, NOW) is (left == right)


@pytest.mark.parametrize(
    ("kind", "opening", "closing"), [(kind, *ends) for kind in ORDERED for ends in product("[(]", "])[")]
)
def test_a_range_includes_its_limits_where_its_brackets_say(kind: str, opening: str, closing: str) -> None:
    low, middle, high = ORDERED[kind]
    range_ = f"{opening}{low}..{high}{closing}"

    assert compile_expression(f"{middle} in {range_}").evaluate({}, NOW) is True
    assert compile_expression(f"{low} in {range_}").evaluate({}, NOW) is (opening == "[")
    assert compile_expression(f"{high} in {range_}").evaluate({}, NOW) is (closing == "]")
    assert compile_expression(f"{low} in {opening}{middle}..{high}{closing}").evaluate({}, NOW) is False


@pytest.mark.parametrize("kind", list(ORDERED))
def test_lists_of_one_kind_have_a_smallest_and_a_largest(kind: str) -> None:
    low, middle, high = ORDERED[kind]
    values = f"[{middle}, {high}, {low}]"

    assert compile_expression(f"min({values}) = {low}").evaluate({}, NOW) is True
    assert compile_expression(f"max({values}) = {high}").evaluate({}, NOW) is True
    ordered = f"sort({values}, function(x, y) x < y)"
    assert compile_expression(f"{ordered} = [{low}, {middle}, {high}]").evaluate({}, NOW) is True
