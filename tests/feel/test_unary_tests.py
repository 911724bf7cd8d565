"""Unary tests: what an input entry of a decision table accepts."""

from datetime import date
from decimal import Decimal

import pytest

from tests.feel.tables import NOW
from workflows.errors import ExpressionError
from workflows.feel import FeelInput, compile_unary_tests

CASES: list[tuple[str, FeelInput, bool]] = [
    ("-", 1, True),
    ("-", None, True),
    (" - ", "x", True),
    # equality
    ("5", 5, True),
    ("5", 5.0, True),
    ("5", 6, False),
    ("-5", -5, True),
    ("-5", 5, False),
    ("5", "5", False),
    ("5", None, False),
    ('"a"', "a", True),
    ('"a"', "b", False),
    ("true", True, True),
    ("true", False, False),
    ("false", False, True),
    ("false", True, False),
    ("null", None, True),
    ("null", 1, False),
    ("1 + 1", 2, True),
    ("[1, 2]", [1, 2], True),
    ("[1, 2]", 2, True),
    ("[1, 2]", 3, False),
    ("{a: 1}", {"a": 1}, True),
    ("{a: 1}", {"a": 2}, False),
    ("[]", [], True),
    ("[]", 1, False),
    # comparison
    ("< 5", 4, True),
    ("< 5", 5, False),
    ("<= 5", 5, True),
    ("> 5", 6, True),
    ("> 5", 5, False),
    (">= 5", 5, True),
    ("= 5", 5, True),
    ("= 5", 6, False),
    ("!= 5", 6, True),
    ("!= 5", 5, False),
    ("< 5", "4", False),
    ("< 5", None, False),
    ("!= null", 1, True),
    ("!= null", None, False),
    ('< "b"', "a", True),
    ('< @"2024-01-01"', date(2023, 1, 1), True),
    ('< @"2024-01-01"', "2023-01-01", False),
    ("> 2 * 3", 7, True),
    ("< -1", -2, True),
    # ranges
    ("[1..5]", 1, True),
    ("[1..5]", 5, True),
    ("[1..5]", 6, False),
    ("(1..5)", 1, False),
    ("(1..5)", 5, False),
    ("]1..5[", 3, True),
    ("]1..5[", 5, False),
    ("[1..5[", 1, True),
    ("[1..5)", 5, False),
    ("[1..5]", None, False),
    ('["a".."f"]', "c", True),
    ('[@"2024-01-01"..@"2024-12-31"]', date(2024, 6, 1), True),
    ("[-5..-1]", -3, True),
    # disjunction
    ("1, 2, 3", 2, True),
    ("1, 2, 3", 4, False),
    ("< 1, > 10", 11, True),
    ("< 1, > 10", 5, False),
    ("[1..2], [5..6], 9", 6, True),
    ("[1..2], [5..6], 9", 9, True),
    ("[1..2], [5..6], 9", 4, False),
    ('"a", "b"', "b", True),
    ("null, 1", None, True),
    ("null, 1", 1, True),
    ('"a", 1', 1, True),
    # negation
    ("not(5)", 6, True),
    ("not(5)", 5, False),
    ("not(1, 2)", 3, True),
    ("not(1, 2)", 2, False),
    ("not(< 5)", 5, True),
    ("not(< 5)", 4, False),
    ("not([1..5])", 6, True),
    ('not("a", "b")', "c", True),
    ("not(null)", 1, True),
    ("not(null)", None, False),
    ("not (5)", 6, True),
    ("not(< 5)", "a", False),
    # expressions about the input
    ("? > 5", 6, True),
    ("? > 5", 5, False),
    ("? > 5 and ? < 10", 7, True),
    ("? > 5 and ? < 10", 11, False),
    ('contains(?, "good")', "a good day", True),
    ('contains(?, "good")', "a day", False),
    ('ends with(?, "@camunda.com")', "me@camunda.com", True),
    ("? = limit", 10, True),
    ("odd(?)", 3, True),
    ("odd(?)", 4, False),
    ("not(odd(?))", 4, True),
    ("not(odd(?))", 3, False),
    ("not(?)", False, True),
    ("? in [1, 2]", 2, True),
    ("not(?) or limit = 10", True, True),
    ("? instance of string", "a", True),
    ("count(?) > 1", [1, 2], True),
    ("?[1] = 1", [1, 2], True),
    ("?.a = 1", {"a": 1}, True),
    ("?.a = 1", {"a": 2}, False),
    ("some x in ? satisfies x > 2", [1, 3], True),
    ("? = null", None, True),
    ("?", True, True),
    ("?", False, False),
    ("? + 1", 1, False),
    ("if ? > 5 then true else false", 6, True),
    # variables
    ("limit", 10, True),
    ("limit", 11, False),
    ("< limit", 9, True),
    ("[0..limit]", 10, True),
    ("[0..limit)", 10, False),
    ("allowed", "b", True),
    ("allowed", "c", False),
    ("not(allowed)", "c", True),
    ("missing", 1, False),
    ("missing", None, True),
    ("< missing", 1, False),
    ("flag", 5, True),
    ("limit > 5", "anything", True),
    ("limit > 50", "anything", False),
    ("Upper Limit", 20, True),
    ("< Upper Limit", 19, True),
    # built-in functions give values
    ('date("2024-01-01")', date(2024, 1, 1), True),
    ('> date("2024-01-01")', date(2024, 1, 2), True),
    ("abs(-5)", 5, True),
    ("sum(1, 2)", 3, True),
    ("max(allowed)", "b", True),
    ('< duration("P1D")', 1, False),
]
VARIABLES: dict[str, FeelInput] = {"limit": 10, "allowed": ["a", "b"], "flag": True, "Upper Limit": 20}


@pytest.mark.parametrize(("source", "value", "matches"), CASES)
def test_the_tests_accept_what_they_say(source: str, value: FeelInput, matches: bool) -> None:
    assert compile_unary_tests(source).matches(value, VARIABLES, NOW) is matches


@pytest.mark.parametrize("source", ["", "   ", "< ", "1,", "not(", "not()", "- 1 -", "1 2", "[1..", "? >", "--"])
def test_malformed_tests_are_refused(source: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        compile_unary_tests(source)

    assert refused.value.source == source


def test_the_names_of_tests_are_those_they_read_from_outside() -> None:
    assert compile_unary_tests("? > limit, Upper Limit, abs(?)").names == {"limit", "Upper Limit"}


def test_an_input_may_be_a_decimal_and_a_range_may_hold_expressions() -> None:
    assert compile_unary_tests("[limit / 2..limit * 2]").matches(Decimal("5.00"), VARIABLES, NOW) is True


def test_an_input_of_no_feel_type_is_an_expression_error() -> None:
    with pytest.raises(ExpressionError, match="object"):
        compile_unary_tests("1").matches(object(), {}, NOW)  # type: ignore[arg-type]  # what the test is about
