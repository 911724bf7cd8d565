"""Properties: whatever the expression and its variables, there is a value or an `ExpressionError`, soon."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.feel.tables import NOW, cases
from workflows.errors import ExpressionError
from workflows.feel import FeelInput, compile_expression, compile_unary_tests
from workflows.feel.builtins import FUNCTION_NAMES
from workflows.feel.frames import Evaluation
from workflows.feel.patterns import PatternError, compile_pattern

TOKENS = [
    *"+-*/=<>()[]{},:.?@", "**", "..", "<=", ">=", "!=", "->", "if", "then", "else", "for", "in", "return", "some",
    "every", "satisfies", "and", "or", "between", "function", "instance of", "not", "true", "false", "null", "1",
    "2.5", "1e30", '"a"', '"[a"', '@"2024-01-01"', '@"P1Y"', '@"PT1H"', "a", "b", "item", "partial", "a b", "list",
    "number", "external", "//", "/*", "*/", '"', "\\", "`", "\U0001f40e", *FUNCTION_NAMES,
]  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["1", "2024-01-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "x y"]), inner, max_size=3),
    max_leaves=8,
)
VARIABLES = st.dictionaries(st.sampled_from(["a", "b", "a b", "item", "list"]), VALUES, max_size=4)


def outcome(source: str, variables: dict[str, FeelInput]) -> None:
    """Evaluate `source` in every way; nothing but `ExpressionError` may come out."""
    ways: list[Callable[[], object]] = [
        lambda: compile_expression(source).evaluate(variables, NOW),
        lambda: json.dumps(compile_expression(source).json(variables, NOW)),
        lambda: compile_unary_tests(source).matches(variables.get("a"), variables, NOW),
    ]
    for way in ways:
        refused = refusal(way)
        assert refused is None or refused.source == source
        assert refused is None or refused.position is None or 0 <= refused.position <= len(source)


def refusal(way: Callable[[], object]) -> ExpressionError | None:
    try:
        way()
    except ExpressionError as refused:
        return refused
    return None


@given(st.lists(st.sampled_from(TOKENS), max_size=15).map(" ".join), VARIABLES)
@settings(max_examples=400, deadline=None)
def test_token_soup_raises_nothing_but_expression_errors(source: str, variables: dict[str, FeelInput]) -> None:
    outcome(source, variables)


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_raises_nothing_but_expression_errors(source: str) -> None:
    outcome(source, {})


@given(st.sampled_from([case.expression for case in cases()]), st.data())
@settings(max_examples=300, deadline=None)
def test_a_mangled_expression_raises_nothing_but_expression_errors(source: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, min(len(source), start + 5)))
    outcome(source[:start] + data.draw(st.sampled_from(["", *TOKENS])) + source[end:], {"a": 1})


def trees() -> st.SearchStrategy[str]:
    """Well-formed expressions of every construct, ill-typed more often than not."""
    leaves = st.sampled_from([
        "1", "0", "-2.5", "1e40", '"a"', '""', "true", "null", "a", "b", "a b", "item", '@"2024-02-29"', '@"10:00:00Z"',
        '@"2024-03-31T01:30:00@Europe/Paris"', '@"P1Y"', '@"-PT1H"', "[]", "{}", "[1..5]", "abs", "(< 5)", "missing",
    ])  # fmt: skip
    return st.recursive(leaves, _branches, max_leaves=12)


def _branches(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    functions = st.sampled_from(sorted(set(FUNCTION_NAMES) - {"and", "or"}))
    operators = st.sampled_from(["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in"])
    return st.one_of(
        st.tuples(inner, operators, inner).map(lambda parts: "({} {} {})".format(*parts)),
        st.tuples(functions, st.lists(inner, max_size=4)).map(lambda call: f"{call[0]}({', '.join(call[1])})"),
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        st.tuples(inner, inner).map(lambda parts: "{{a: {}, b: {}}}".format(*parts)),
        st.tuples(inner, inner).map(lambda parts: "({})[{}]".format(*parts)),
        st.tuples(inner, inner, inner).map(lambda parts: "(if {} then {} else {})".format(*parts)),
        st.tuples(inner, inner).map(lambda parts: "(for item in {} return {})".format(*parts)),
        st.tuples(inner, inner, inner).map(lambda parts: "(for a in {}..{} return {})".format(*parts)),
        st.tuples(inner, inner).map(lambda parts: "(some a in {} satisfies {})".format(*parts)),
        st.tuples(inner, inner, inner).map(lambda parts: "({} between {} and {})".format(*parts)),
        st.tuples(inner, inner).map(lambda parts: "(function(a, b) {})(1, {})".format(*parts)),
        st.tuples(inner, inner).map(lambda parts: "sort({}, function(a, b) {})".format(*parts)),
        st.tuples(inner, st.sampled_from(["a", "year", "days", "start", "time offset"])).map(".".join),
        st.tuples(inner, inner).map(lambda parts: "[{}..{}]".format(*parts)),
        st.tuples(inner, st.sampled_from(["number", "list<number>", "date and time", "context<a: Any>"]))
        .map(" instance of ".join)
        .map("({})".format),
    )


@given(trees(), VARIABLES)
@settings(max_examples=600, deadline=None)
def test_well_formed_trees_compile_and_raise_nothing_but_expression_errors(
    source: str, variables: dict[str, FeelInput]
) -> None:
    compile_expression(source)

    outcome(source, variables)


@given(
    st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    st.integers() | st.floats(allow_nan=False, allow_infinity=False),
)
@settings(max_examples=300, deadline=None)
def test_variables_compare_as_the_decimals_they_are_written_as(left: float, right: float) -> None:
    first, second = Decimal(repr(left)), Decimal(repr(right))
    variables: dict[str, FeelInput] = {"left": left, "right": right}

    assert compile_expression("left < right").evaluate(variables, NOW) is (first < second)
    assert compile_expression("left >= right").evaluate(variables, NOW) is (first >= second)
    assert compile_expression("left = right").evaluate(variables, NOW) is (first == second)
    assert compile_expression("left - 0 < right + 0.0").evaluate(variables, NOW) in (
        first < second,
        False,  # equal once rounded to 34 digits
    )


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20), max_value=10**20))
def test_a_number_survives_its_text(number: Decimal) -> None:
    assert compile_expression("number(string(n))").evaluate({"n": number}, NOW) == number


@given(VALUES)
def test_a_json_value_survives_json_functions(value: FeelInput) -> None:
    expression = compile_expression("from json(to json(a)) = a")

    assert expression.evaluate({"a": value}, NOW) is True


MOMENTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1))  # noqa: DTZ001  # local by intent


@given(MOMENTS, st.sampled_from(["", "Z", "+02:00", "-09:30", "@Europe/Paris", "@America/New_York", "@Asia/Tokyo"]))
def test_a_date_and_time_survives_its_text(moment: datetime, zone: str) -> None:
    text = moment.isoformat() + zone
    expression = compile_expression("date and time(string(date and time(text))) = date and time(text)")

    assert expression.evaluate({"text": text}, NOW) is True


@given(st.timedeltas(min_value=timedelta(days=-(10**6)), max_value=timedelta(days=10**6)))
def test_a_duration_survives_its_text_and_its_parts(duration: timedelta) -> None:
    assert compile_expression("duration(string(d)) = d").evaluate({"d": duration}, NOW) is True
    parts = compile_expression('@"P1D" * d.days + @"PT1H" * d.hours + @"PT1M" * d.minutes + @"PT1S" * d.seconds = d')
    assert parts.evaluate({"d": duration}, NOW) is True


@given(st.dates(min_value=date(1, 2, 1), max_value=date(9998, 1, 1)), st.integers(-10, 10))
def test_months_between_undo_the_adding_of_months(day: date, months: int) -> None:
    first = day.replace(day=1)
    source = 'years and months duration(day, day + @"P1M" * months) = @"P1M" * months'

    assert compile_expression(source).evaluate({"day": first, "months": months}, NOW) is True


PATTERN_PARTS = st.sampled_from(
    ["a", "b", ".", "[ab]", "[^a]", "(a|b)", "(?:ab)", "a*", "b+", "a?", "(a|ab)", "(b*)", "^", "$", "a{2}", "a{1,2}",
     "(a+)+", "(a*?)", "b+?", r"\d", r"\s"]
)  # fmt: skip


@given(st.lists(PATTERN_PARTS, max_size=6).map("".join), st.text(alphabet="ab 1", max_size=12))
@settings(max_examples=500, deadline=None)
def test_patterns_match_where_python_finds_a_match(pattern: str, text: str) -> None:
    found = compile_pattern(pattern, "").search(Evaluation("", {}, NOW), text, 0)
    reference = re.search(pattern, text)

    assert (found is None) == (reference is None)
    if found and reference:
        assert (found.start, found.end) == reference.span()


@given(st.text(alphabet="ab[](){}*+?|^$\\.-&1,pP", max_size=15), st.text(alphabet="ab1", max_size=10))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_pattern_or_refused(pattern: str, text: str) -> None:
    try:
        compile_pattern(pattern, "").find_all(Evaluation("", {}, NOW), text)
    except PatternError:
        return


def test_the_clock_is_only_the_time_that_is_given() -> None:
    later = datetime(2030, 1, 1, tzinfo=UTC)

    assert compile_expression("now()").evaluate({}, later) == later
