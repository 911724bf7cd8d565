"""Which language a text is read in, by dialect and place."""

from datetime import datetime

import pytest

from workflows.errors import ExpressionError
from workflows.expressions.dialect import Dialect
from workflows.expressions.dialects import compile_condition, compile_value
from workflows.expressions.expression import Literal, holds
from workflows.values import JsonValue, Variables

C7, C8 = Dialect.CAMUNDA7, Dialect.CAMUNDA8
VARIABLES: Variables = {"amount": 120, "name": "Ada", "proceed": True, "items": [1], "when": "2026-03-01"}


@pytest.mark.parametrize(
    ("dialect", "text", "language", "value"),
    [
        (C7, "${amount}", "juel", 120),
        (C7, "#{amount}", "juel", 120),
        (C7, " ${items} ", "juel", [1]),
        (C7, "Dear ${name}", "juel", "Dear Ada"),
        (C7, "plain", "literal", "plain"),
        (C7, "", "literal", ""),
        (C7, "120", "literal", "120"),
        (C7, "=amount", "literal", "=amount"),
        (C7, r"\${amount}", "literal", "${amount}"),
        (C8, "=amount", "feel", 120),
        (C8, " = amount + 1", "feel", 121),
        (C8, '="Dear " + name', "feel", "Dear Ada"),
        (C8, "=unknown", "feel", None),
        (C8, '=duration("P1D")', "feel", "P1D"),
        (C8, "plain", "literal", "plain"),
        (C8, "${amount}", "literal", "${amount}"),
        (C8, "a = b", "literal", "a = b"),
    ],
)
def test_a_value_is_read_in_its_dialect(
    dialect: Dialect, text: str, language: str, value: JsonValue, now: datetime
) -> None:
    compiled = compile_value(text, dialect)
    assert compiled.language == language
    assert compiled.json(VARIABLES, now) == value


@pytest.mark.parametrize(
    ("dialect", "text", "attribute", "language"),
    [
        (C7, "${amount > 100}", None, "juel"),
        (C7, "\n  ${amount > 100}\n  ", None, "juel"),
        (C7, "#{amount > 100}", "JUEL", "juel"),
        (C7, "proceed == True", None, "bare"),
        (C7, "amount >= 100 and not amount == 5", None, "bare"),
        (C7, "amount > 100", "python", "bare"),
        (C7, "amount > 100", "feel", "feel"),
        (C7, "=amount > 100", "FEEL", "feel"),
        (C7, "amount > 100", "https://www.omg.org/spec/DMN/20191111/FEEL/", "feel"),
        (C8, "=amount > 100", None, "feel"),
        (C8, " =amount > 100", "feel", "feel"),
    ],
)
def test_a_condition_is_read_in_its_dialect_or_language(
    dialect: Dialect, text: str, attribute: str | None, language: str, now: datetime
) -> None:
    compiled = compile_condition(text, dialect, attribute)
    assert compiled.language == language
    assert holds(compiled, VARIABLES, now)


@pytest.mark.parametrize(
    ("dialect", "text", "attribute", "reason"),
    [
        (C7, "", None, "the condition is empty"),
        (C8, "  ", None, "the condition is empty"),
        (C7, "amount > 5", "javascript", "conditions in 'javascript' can't run here; write FEEL"),
        (C7, "amount > 5", "groovy", "conditions in 'groovy' can't run here"),
        (C7, "amount > 5", "juel", r"a JUEL condition stands in \$\{...\}"),
        (C7, "${amount} > 5", None, "nothing around it"),
        (C7, "${amount}${name}", None, "nothing around it"),
        (C7, "${amount >}", None, "ends too early"),
        (C7, "amount > 5 && proceed", None, "this is no condition"),
        (C8, "amount > 5", None, "is FEEL and starts with ="),
        (C8, "${amount > 5}", None, r"\$\{...\} is Camunda 7's"),
    ],
)
def test_a_condition_that_can_not_run_is_refused(
    dialect: Dialect, text: str, attribute: str | None, reason: str
) -> None:
    with pytest.raises(ExpressionError, match=reason):
        compile_condition(text, dialect, attribute)


@pytest.mark.parametrize("text", ["=amount >", "=1 +", "=((("])
def test_a_feel_mistake_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_value(text, C8)


@pytest.mark.parametrize(
    ("dialect", "text", "kind"),
    [
        (C7, "${name}", "a str"),
        (C7, "amount", "a int"),
        (C7, "${nothing == null ? null : 1}", "null"),
        (C8, "=x", "null"),
    ],
)
def test_a_condition_must_be_true_or_false(dialect: Dialect, text: str, kind: str, now: datetime) -> None:
    with pytest.raises(ExpressionError, match=f"must be true or false; this is {kind}"):
        holds(compile_condition(text, dialect), VARIABLES, now)


def test_a_literal_is_an_expression_of_no_variable(now: datetime) -> None:
    literal = Literal([1, 2])
    assert (literal.source, literal.language, literal.names) == ("[1, 2]", "literal", frozenset())
    assert literal.evaluate({}, now) == [1, 2]
    assert Literal("text").source == "text"


def test_a_json_value_shares_nothing_with_the_variables(now: datetime) -> None:
    variables: Variables = {"items": [1]}
    value = compile_value("${items}", C7).json(variables, now)
    assert value == [1]
    assert value is not variables["items"]
