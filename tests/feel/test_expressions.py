"""The public functions: names, JSON, errors, limits."""

import contextlib
import threading
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.feel.tables import NOW
from workflows.errors import ExpressionError
from workflows.feel import FeelFunction, Range, YearsMonths, compile_expression, compile_unary_tests, to_feel
from workflows.values import JsonValue


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("1 + 2", set()),
        ("amount >= charge", {"amount", "charge"}),
        ("Applicant Age > 18", {"Applicant Age"}),
        ("order.total", {"order"}),
        ("count(items)", {"items"}),
        ("for x in items return x * rate", {"items", "rate"}),
        ("some x in items, y in x.lines satisfies y > limit", {"items", "limit"}),
        ("{a: 1, b: a + c}", {"c"}),
        ("function(x) x + y", {"y"}),
        ("items[price > limit]", {"items", "price", "limit"}),
        ("items[item > 1]", {"items"}),
        ("x in (< y, z)", {"x", "y", "z"}),
        ("discount(price)", {"discount", "price"}),
        ("discount(of: price)", {"discount", "price"}),
        ("for i in 1..n return partial", {"n"}),
        ("if a then b else c", {"a", "b", "c"}),
        ("x instance of number", {"x"}),
        ("now() > deadline", {"deadline"}),
    ],
)
def test_names_are_what_the_expression_reads_from_outside(source: str, names: set[str]) -> None:
    assert compile_expression(source).names == names


def test_an_expression_keeps_its_source_and_language() -> None:
    expression = compile_expression(" 1 + 2 ")

    assert expression.source == " 1 + 2 "
    assert expression.language == "feel"


def test_names_with_operator_characters_are_known_when_they_are_given() -> None:
    assert compile_expression("first-name", names=["first-name"]).evaluate({"first-name": "Ann"}, NOW) == "Ann"
    assert compile_expression("first-name").evaluate({"first": 5, "name": 3}, NOW) == 2
    assert compile_expression("profit and loss > 0", names=["profit and loss"]).names == {"profit and loss"}
    assert compile_unary_tests("< max-age", names=["max-age"]).matches(3, {"max-age": 4}, NOW) is True


@pytest.mark.parametrize(
    ("source", "json"),
    [
        ("1", 1),
        ("1.50", 1.5),
        ("2.0", 2),
        ("1/3", 1 / 3),
        ("null", None),
        ("[1, {a: true}]", [1, {"a": True}]),
        ('@"2024-02-29"', "2024-02-29"),
        ('@"10:30:00"', "10:30:00"),
        ('@"2024-02-29T10:30:00"', "2024-02-29T10:30:00"),
        ('@"2024-02-29T10:30:00Z"', "2024-02-29T10:30:00Z"),
        ('@"2024-02-29T10:30:00@Europe/Paris"', "2024-02-29T10:30:00+01:00[Europe/Paris]"),
        ("now()", "2024-03-15T10:30:00Z"),
        ("today()", "2024-03-15"),
        ('@"P1Y2M"', "P1Y2M"),
        ('@"PT36H"', "P1DT12H"),
        ("[1..5)", "[1..5)"),
        ('[@"2024-01-01"..@"2024-12-31"]', '[@"2024-01-01"..@"2024-12-31"]'),
    ],
)
def test_json_writes_values_as_process_variables_hold_them(source: str, json: JsonValue) -> None:
    value = compile_expression(source).json({}, NOW)

    assert value == json
    assert type(value) is type(json)


@pytest.mark.parametrize("source", ["abs", "[function(x) x]", "1e6000", "10 ** 400"])
def test_what_json_cannot_carry_is_an_error(source: str) -> None:
    with pytest.raises(ExpressionError, match="process variable"):
        compile_expression(source).json({}, NOW)


def test_json_shares_nothing_with_the_variables() -> None:
    variables: dict[str, JsonValue] = {"a": [{"b": [1]}]}

    result = compile_expression("a").json(variables, NOW)

    assert result == variables["a"]
    assert isinstance(result, list)
    result.append(2)
    assert variables == {"a": [{"b": [1]}]}


def test_evaluation_changes_no_variable() -> None:
    variables: dict[str, JsonValue] = {"a": [3, 1, 2], "c": {"x": {"y": 1}}}

    compile_expression('[append(a, 9), sort(a), reverse(a), context put(c, ["x", "y"], 2), a[item > 1]]').evaluate(
        variables, NOW
    )

    assert variables == {"a": [3, 1, 2], "c": {"x": {"y": 1}}}


def test_values_of_one_expression_are_variables_of_the_next() -> None:
    first = compile_expression(
        '{d: @"2024-02-29", t: @"PT1H", m: @"P1Y", r: [1..5], f: function(x) x + 1, n: 1.5}'
    ).evaluate({}, NOW)

    second = compile_expression("[v.d + v.m, v.t * 2, 3 in v.r, v.f(1), v.n]").evaluate({"v": first}, NOW)

    assert second == [date(2025, 2, 28), timedelta(hours=2), True, Decimal(2), Decimal("1.5")]


def test_a_function_from_a_variable_can_be_called_by_name() -> None:
    double = compile_expression("function(x) x * 2").evaluate({}, NOW)

    assert isinstance(double, FeelFunction)
    assert compile_expression("double it(x: 4)").evaluate({"double it": double}, NOW) == 8


@pytest.mark.parametrize(
    ("value", "feel"),
    [
        (1, Decimal(1)),
        (0.1, Decimal("0.1")),
        (True, True),
        ("2024-01-01", "2024-01-01"),
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("NaN"), None),
        (Decimal("1e9999"), None),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))), None),
        ([1, [2.5]], [Decimal(1), [Decimal("2.5")]]),
        ((1, 2), [Decimal(1), Decimal(2)]),
        ({"a": {"b": 1}}, {"a": {"b": Decimal(1)}}),
        (YearsMonths(1), YearsMonths(1)),
        (Range(Decimal(1), Decimal(2), start_included=True, end_included=True),) * 2,
    ],
)
def test_variables_become_feel_values(value: object, feel: object) -> None:
    converted = to_feel(value)  # type: ignore[arg-type]  # the table mixes all kinds

    assert converted == feel
    assert type(converted) is type(feel)


def test_an_integer_too_large_for_decimal128_becomes_null() -> None:
    assert to_feel(10**7000) is None
    assert to_feel(10**6000) == Decimal(10) ** 6000


def test_a_variable_of_no_feel_type_is_named() -> None:
    with pytest.raises(ExpressionError, match="'thing' can't be used: a value of type object"):
        compile_expression("thing").evaluate({"thing": object()}, NOW)  # type: ignore[dict-item]  # the point


def test_date_and_times_with_python_zones_are_values() -> None:
    paris = datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Paris"))

    assert compile_expression("at.time offset").evaluate({"at": paris}, NOW) == timedelta(hours=2)
    assert compile_expression("at - now()").evaluate({"at": paris}, paris.astimezone(UTC)) == timedelta(0)
    assert compile_expression("t.hour").evaluate({"t": time(9, 30)}, NOW) == 9


ENDLESS = [
    "for i in 1..10**9 return i",
    "for i in 1..1000, j in 1..1000 return i",
    "count(for i in 1..600000 return 1)",
    "some i in 1..10**12 satisfies i < 0",
    "every i in 1..10**12 satisfies true",
    "{f: function(n) f(n + 1), r: f(0)}.r",
    "{f: function(n) f(n) + f(n), r: f(0)}.r",
    "{f: function(n) if n = 0 then 0 else f(n - 1) + f(n - 1), r: f(60)}.r",
    'for i in 1..100 return if i = 1 then "0123456789" else partial[-1] + partial[-1]',
    "for i in 1..100000 return partial",
    "{a: for i in 1..1000 return i, b: for i in a return a[item = i], c: for i in b return flatten([b, b])}",
    'replace("aaaaaaaaaaaaaaaaaaaa", "a", string join(for i in 1..100000 return "aaaaaaaaaaaaaaaaaaaaaaaa"))',
    'matches(string join(for i in 1..10000 return "a"), "^(a?){1000}$")',
    "distinct values(for i in 1..5000 return i)",
    "for i in 1..1000 return for j in 1..1000 return i * j",
    "for i in 1..2000 return sort(for j in 1..2000 return -j)",
]


@pytest.mark.parametrize("source", ENDLESS)
def test_an_evaluation_without_end_is_stopped(source: str) -> None:
    with pytest.raises(ExpressionError, match=r"steps|deep"):
        compile_expression(source).json({}, NOW)


def doubling(name: str, times: int = 60) -> str:
    """Return context entries whose last one stands for 2 ** `times` numbers, by lists that share their items."""
    entries = [f"{name}0: [1, 1]"] + [f"{name}{i}: [{name}{i - 1}, {name}{i - 1}]" for i in range(1, times)]
    return ", ".join(entries)


@pytest.mark.parametrize(
    "source",
    ["flatten(a59)", "string(a59)", "a59 = b59", "to json(a59)", "a59", "[a59] = [b59]", "list contains([b59], a59)"],
)
def test_values_that_share_their_parts_are_not_unfolded_without_end(source: str) -> None:
    with pytest.raises(ExpressionError, match="steps"):
        compile_expression(f"{{{doubling('a')}, {doubling('b')}, r: {source}}}.r").json({}, NOW)


def test_a_shared_value_is_not_unfolded_as_a_variable_either() -> None:
    value = compile_expression(f"{{{doubling('a')}}}.a59").evaluate({}, NOW)

    with pytest.raises(ExpressionError, match="steps"):
        compile_expression("v[1]").evaluate({"v": value}, NOW)


@pytest.mark.parametrize(
    "source",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "[" * 5000 + "]" * 5000,
        "-" * 5000 + "1",
        "{a: " * 5000 + "1" + "}" * 5000,
        "if true then " * 2000 + "1" + " else 2" * 2000,
        "a" + ".b" * 5000,
        "f" + "()" * 5000,
        "a" + "[1]" * 5000,
        "1" + " + 1" * 5000,
        "1" + " < 1" * 5000,
        "for x in " * 2000,
        "function(x) " * 2000 + "1",
        "x" * 60_000,
        "1 instance of " + "list<" * 2000 + "number" + ">" * 2000,
    ],
    ids=lambda source: str(source[:20]),
)
def test_deep_and_long_sources_give_a_value_or_an_expression_error(source: str) -> None:
    with contextlib.suppress(ExpressionError):
        compile_expression(source).json({"a": None}, NOW)


def test_a_value_nested_too_deeply_is_refused() -> None:
    deep: JsonValue = 1
    for _ in range(5000):
        deep = [deep]

    for source in ("v", "v = v", "string(v)", "flatten([v])", "from json(text)"):
        with pytest.raises(ExpressionError, match="too deeply"):
            compile_expression(source).evaluate({"v": deep, "text": "[" * 5000 + "]" * 5000}, NOW)


def test_each_evaluation_has_its_own_budget() -> None:
    expression = compile_expression("count(for i in 1..200000 return i)")

    assert [expression.evaluate({}, NOW) for _ in range(3)] == [200000] * 3


def test_one_expression_serves_many_threads() -> None:
    expression = compile_expression("{f: function(n) if n = 0 then 0 else n + f(n - 1), r: f(a)}.r")
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(20):
            found = expression.evaluate({"a": number}, NOW)
            wrong.extend([number] if found != number * (number + 1) // 2 else [])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(10, 18)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_an_assertion_says_its_cause() -> None:
    with pytest.raises(ExpressionError, match="'x' should not be null"):
        compile_expression("assert(x, x != null, \"'x' should not be null\")").evaluate({}, NOW)


def test_an_error_shows_what_is_wrong_and_where() -> None:
    with pytest.raises(ExpressionError) as refused:
        compile_expression("if amount > 5 the 1 else 2")

    assert refused.value.position == 14
    assert str(refused.value) == ("unexpected 'the' at character 15 in 'if amount > 5 the 1 else 2'")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("(1 + 2", "')' or ',' is missing"),
        ("{a 1}", "':' is missing"),
        ("for x return 1", "'in' is missing"),
        ("a =", "ends too early"),
        ("'a'", "double quotes"),
        ('"a', "no closing"),
        ("a == b", "write '='"),
        ("a && b", "write 'and'"),
        ("a || b", "write 'or'"),
        ("", "empty"),
        ("x" * 50_001, "longer than 50000"),
        ("1 instance of nonsense", "no type named 'nonsense'"),
    ],
)
def test_a_mistake_has_a_readable_reason(source: str, reason: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        compile_expression(source)

    assert reason in refused.value.reason
