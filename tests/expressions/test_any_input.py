"""Whatever a diagram says and whatever the variables are: a value or an `ExpressionError`, nothing else."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.errors import ExpressionError
from workflows.expressions.bare import compile_bare
from workflows.expressions.expression import Expression
from workflows.expressions.juel import compile_juel
from workflows.values import JsonValue, Variables, to_json

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def _words(text: str) -> list[str]:
    return text.split()


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=5,
)
_VARIABLES: st.SearchStrategy[Variables] = st.dictionaries(st.sampled_from("abc"), _VALUES)
_OPERANDS = _words("a b c 1 0 2.5 'x' '7' ( ) [ ] . , ? : - a.b")
_JUEL = [*_OPERANDS, *_words("== != < >= && || ! not empty + * / % div mod null true execution getVariable('a') = {")]
_BARE = [*_OPERANDS, *_words("== != < >= and or not in is + * / % if else None True ** := lambda f'{a}'")]


def _source(words: list[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(words), min_size=1, max_size=12).map(" ".join)


def _try(expression: Expression, variables: Variables) -> None:
    with suppress(ExpressionError):
        to_json(expression.evaluate(variables, NOW))


@given(_source(_JUEL) | st.text(), _VARIABLES)
def test_juel_raises_expression_errors_only(source: str, variables: Variables) -> None:
    with suppress(ExpressionError):
        _try(compile_juel(f"${{{source}}}"), variables)
    with suppress(ExpressionError):
        _try(compile_juel(f"a ${{{source}}} b"), variables)


@given(st.text("${}#'\"\\a ."))
def test_any_text_with_braces_and_quotes_is_split_or_refused(text: str) -> None:
    with suppress(ExpressionError):
        compile_juel(text)


@given(st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"]), _VALUES, _VALUES)
def test_every_juel_operator_takes_any_two_values_or_says_why_not(operator: str, a: JsonValue, b: JsonValue) -> None:
    _try(compile_juel(f"${{a {operator} b}}"), {"a": a, "b": b})


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
@given(_source(_BARE) | st.text(), _VARIABLES)
def test_bare_conditions_raise_expression_errors_only(source: str, variables: Variables) -> None:
    with suppress(ExpressionError):
        _try(compile_bare(source), variables)


@given(st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", "<=", "in"]), _VALUES, _VALUES)
def test_every_bare_operator_takes_any_two_values_or_says_why_not(operator: str, a: JsonValue, b: JsonValue) -> None:
    _try(compile_bare(f"a {operator} b"), {"a": a, "b": b})
