"""The tables of expressions and their values, from the rules of DMN 1.5 and Camunda's documentation."""

import pytest

from tests.feel.tables import NOW, Case, cases, expected_value, shown
from workflows.errors import ExpressionError
from workflows.feel import compile_expression

ALL = list(cases())


@pytest.mark.parametrize(
    "case",
    [case for case in ALL if not case.expected.startswith("error")],
    ids=lambda case: f"{case.place} {case.expression}"[:90],
)
def test_the_expression_gives_the_value_of_the_table(case: Case) -> None:
    value = shown(compile_expression(case.expression).evaluate(case.variables, NOW))

    expected = expected_value(case.expected)
    assert value == expected
    assert isinstance(value, bool) == isinstance(expected, bool)


@pytest.mark.parametrize(
    "case",
    [case for case in ALL if case.expected.startswith("error")],
    ids=lambda case: f"{case.place} {case.expression}"[:90],
)
def test_the_expression_is_refused_where_the_table_says(case: Case) -> None:
    with pytest.raises(ExpressionError) as refused:
        compile_expression(case.expression).evaluate(case.variables, NOW)

    _, _, position = case.expected.partition(" ")
    assert refused.value.source == case.expression
    if position:
        assert refused.value.position == int(position) - 1


def test_the_tables_hold_the_promised_number_of_cases() -> None:
    assert len(ALL) >= 1500
