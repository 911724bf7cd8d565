"""JUEL: values, coercion, texts, what a missing variable means, and what is refused."""

from datetime import datetime

import pytest

from workflows.errors import ExpressionError
from workflows.expressions.juel import BUSINESS_KEY, MAX_DEPTH, compile_juel
from workflows.expressions.template import MAX_LENGTH
from workflows.values import Variables

VARIABLES: Variables = {
    "amount": 120,
    "charge": 99.5,
    "paid": True,
    "held": False,
    "name": "Ada",
    "nothing": None,
    "blank": "",
    "digits": "10",
    "none": [],
    "slots": ["08:00", "09:00"],
    "patient": {"id": 7, "address": {"city": "Graz"}, "tags": ["a", "b"], "two words": 2},
    "key": "id",
    "android": "a name that begins as an operator",
    "größe": 1,
    "$cost": 3,
    BUSINESS_KEY: "A-17",
}

VALUES: list[tuple[str, object]] = [
    # variables, properties, indices
    ("amount", 120),
    ("nothing", None),
    ("android", "a name that begins as an operator"),
    ("größe", 1),
    ("$cost", 3),
    ("patient.id", 7),
    ("patient['id']", 7),
    ('patient["two words"]', 2),
    ("patient[key]", 7),
    ("patient.address.city", "Graz"),
    ("patient['address'].city", "Graz"),
    ("patient.tags[1]", "b"),
    ("slots[0]", "08:00"),
    ("slots['1']", "09:00"),
    ("slots[amount - 119]", "09:00"),
    ("slots[2]", None),
    ("slots[-1]", None),
    ("slots[nothing]", None),
    ("patient.missing", None),
    ("patient.missing.deeper", None),
    ("patient[0]", None),
    ("nothing.anything", None),
    # literals
    ("5", 5),
    ("1.5", 1.5),
    ("1.", 1.0),
    (".5", 0.5),
    ("2e3", 2000.0),
    ("'text'", "text"),
    ('"text"', "text"),
    (r"'it\'s'", "it's"),
    (r'"a \"b\" \\"', 'a "b" \\'),
    ("'}'", "}"),
    ("true", True),
    ("false", False),
    ("null", None),
    # comparison, in signs and in words
    ("amount == 120", True),
    ("amount eq 120.0", True),
    ("amount != 120", False),
    ("amount ne 1", True),
    ("amount > charge", True),
    ("amount gt charge", True),
    ("amount >= 120", True),
    ("amount ge 121", False),
    ("charge < amount", True),
    ("charge lt amount", True),
    ("charge <= 99.5", True),
    ("charge le 99", False),
    ("name == 'Ada'", True),
    ("name < 'Bob'", True),
    ("paid == true", True),
    ("nothing == null", True),
    ("null == null", True),
    ("name != null", True),
    ("slots == patient.tags", False),
    ("patient == patient", True),
    # coercion between types
    ("digits == 10", True),
    ("digits > 9", True),
    ("digits < '9'", True),
    ("'1.50' == 1.5", True),
    ("blank == 0", True),
    ("nothing == 0", False),
    ("nothing < 5", False),
    ("nothing >= 5", False),
    ("nothing <= null", True),
    ("nothing < null", False),
    ("paid == 'TRUE'", True),
    ("paid == 'yes'", False),
    ("held == blank", True),
    # logic
    ("paid && !held", True),
    ("paid and not held", True),
    ("held || paid", True),
    ("held or held", False),
    ("held || held && paid", False),
    ("not held and not held", True),
    ("!(paid and held)", True),
    ("'true' && paid", True),
    ("nothing or blank", False),
    ("paid or missing", True),
    ("held and missing", False),
    # arithmetic
    ("amount + 1", 121),
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("10 - 2 - 3", 5),
    ("amount-1", 119),
    ("1 - -1", 2),
    ("-amount", -120),
    ("-(1 + 1) * 3", -6),
    ("-digits", -10),
    ("5 / 2", 2.5),
    ("5 div 2", 2.5),
    ("4 / 2", 2.0),
    ("7 % 3", 1),
    ("7 mod -3", 1),
    ("-7 mod 3", -1),
    ("7.5 % 2", 1.5),
    ("digits + 1", 11),
    ("'1.5' + 1", 2.5),
    ("nothing + 1", 1),
    ("nothing + nothing", 0),
    ("blank + 1", 1),
    # choice
    ("paid ? 'yes' : 'no'", "yes"),
    ("held ? 1 : paid ? 2 : 3", 2),
    ("amount > 100 ? amount - 20 : amount", 100),
    ("paid ? amount : missing", 120),
    # empty
    ("empty nothing", True),
    ("empty blank", True),
    ("empty none", True),
    ("empty slots", False),
    ("not empty slots", True),
    ("empty amount", False),
    ("empty patient.missing", True),
    ("empty slots and paid", False),
    # the execution
    ("execution.getVariable('amount')", 120),
    ('execution.getVariable("patient").id', 7),
    ("execution.getVariable('missing')", None),
    ("execution.processBusinessKey", "A-17"),
    ("execution.getProcessBusinessKey()", "A-17"),
    # white space
    ("  amount\n  >\t1 ", True),
]


@pytest.mark.parametrize(("expression", "value"), VALUES)
def test_an_expression_has_its_value(expression: str, value: object, now: datetime) -> None:
    result = compile_juel(f"${{{expression}}}").evaluate(VARIABLES, now)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Dear ${name}, you owe ${amount - 20} EUR", "Dear Ada, you owe 100 EUR"),
        ("${name}${digits}", "Ada10"),
        ("#{name}", "Ada"),
        ("Dear #{name}", "Dear Ada"),
        ("[${nothing}] ${paid} ${charge}", "[] true 99.5"),
        ("${name}!", "Ada!"),
        (r"\${name} is ${name}", "${name} is Ada"),
        (r"\#{name} is ${name}", "#{name} is Ada"),
        ("${'}'}}", "}}"),
        ("$5 and # and ${name}", "$5 and # and Ada"),
        ("\n  ${amount}\n", 120),
    ],
)
def test_a_text_with_expressions_is_joined_and_a_lone_one_keeps_its_type(
    text: str, value: object, now: datetime
) -> None:
    assert compile_juel(text).evaluate(VARIABLES, now) == value


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("1 + 1", set()),
        ("amount > patient.charge and slots[index]", {"amount", "patient", "slots", "index"}),
        ("execution.getVariable('amount')", {"amount"}),
        ("execution.processBusinessKey", {BUSINESS_KEY}),
        ("empty a ? b : c", {"a", "b", "c"}),
    ],
)
def test_names_are_the_variables_that_are_read(expression: str, names: set[str]) -> None:
    assert compile_juel(f"x ${{{expression}}}").names == names


@pytest.mark.parametrize(
    "expression",
    [
        "missing",
        "missing > 1",
        "missing.id",
        "missing[0]",
        "not missing",
        "missing ? 1 : 2",
        "missing == 1",
        "-missing",
    ],
)
def test_a_variable_that_is_not_set_is_an_error_that_names_it(expression: str, now: datetime) -> None:
    compiled = compile_juel(f"${{{expression}}}")
    with pytest.raises(ExpressionError, match="variable 'missing' is not set here"):
        compiled.evaluate(VARIABLES, now)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("empty missing", True),
        ("empty missing.id", True),
        ("missing == null", True),
        ("null == missing", True),
        ("missing eq null", True),
        ("missing != null", False),
        ("missing.id[3] == null", True),
        ("missing == null ? 0 : missing", 0),
        ("missing != null && missing > 3", False),
    ],
)
def test_a_variable_that_is_not_set_is_empty_and_equals_null(expression: str, value: object, now: datetime) -> None:
    assert compile_juel(f"${{{expression}}}").evaluate(VARIABLES, now) == value


def test_a_business_key_that_nobody_gave_is_an_error(now: datetime) -> None:
    with pytest.raises(ExpressionError, match="business key is not known"):
        compile_juel("${execution.processBusinessKey}").evaluate({}, now)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("name + 1", "'Ada' is not a number; \\+ only adds numbers"),
        ("name + name", "join texts as"),
        ("name > 1", "'Ada' is not a number"),
        ("paid > 1", "a boolean can't be used as a number"),
        ("paid == 1", "a boolean can't be used as a number"),
        ("slots < patient", "a list and an object have no order"),
        ("slots and paid", "a list can't be used as true or false"),
        ("amount ? 1 : 2", "a number can't be used as true or false"),
        ("1 / 0", "division by zero"),
        ("1 % 0", "division by zero"),
        ("1.5 % 0", "division by zero"),
        ("1e308 * 10", "too large"),
        ("name.length", "text has no property 'length'"),
        ("name[0]", "text has no property 0"),
        ("amount.id", "a number has no property 'id'"),
        ("slots['first']", "'first' is not a number"),
    ],
)
def test_values_that_an_operator_can_not_take_are_an_error(expression: str, reason: str, now: datetime) -> None:
    compiled = compile_juel(f"${{{expression}}}")
    with pytest.raises(ExpressionError, match=reason):
        compiled.evaluate(VARIABLES, now)


def test_an_object_in_a_text_is_an_error(now: datetime) -> None:
    with pytest.raises(ExpressionError, match="an object can't be written as text"):
        compile_juel("to ${patient}").evaluate(VARIABLES, now)


@pytest.mark.parametrize(
    ("text", "reason", "position"),
    [
        ("${name.length()}", r"length\(\) can't be called here", 2),
        ("${slots.add(1)}", r"add\(\) can't be called here", 2),
        ("${service.book(patient, 1)}", "in a script task before", 2),
        ("${now()}", r"now\(\) can't be called here", 2),
        ("${execution.setVariable('a', 1)}", r"setVariable\(\) can't be called", 2),
        ("${execution.getVariable(name)}", r"only execution.getVariable\('name'\)", 2),
        ("${execution.getVariable()}", r"getVariable\(\) can't be called", 2),
        ("${execution.id}", "of 'execution' only", 2),
        ("${execution['id']}", "of 'execution' only", 2),
        ("${execution}", "of 'execution' only", 2),
        ("${amount = 5}", "nothing can be assigned here", 9),
        ("${name += 'x'}", "join texts as", 7),
        ("${x -> x + 1}", "lambda expressions do not exist", 4),
        ("${fn:trim(name)}", "function namespaces", 4),
        ("${[1, 2]}", "no list literals", 2),
        ("${{'a': 1}}", "no list or map literals", 2),
        ("${name instanceof x}", "instance of", 7),
        ("${amount >}", "ends too early", 10),
        ("${}", "ends too early", 2),
        ("${paid ? 1 :}", "ends too early", 12),
        ("${amount amount}", "'a' can't be read here", 9),
        ("${amount ~ 1}", "'~' can't be read here", 9),
        (r"${'a\b'}", "can't be read here", 2),
        ("Hi ${amount ~ 1}", "'~' can't be read here", 12),
        ("Hi ${name", "closing } is missing", 3),
        ("Hi ${'name}", "closing ' is missing", 3),
        ("${1e999}", "too large", 2),
        ("${" + "9" * 400 + "}", "too large", 2),
    ],
)
def test_what_can_not_run_is_refused_at_its_place_with_a_reason(text: str, reason: str, position: int) -> None:
    with pytest.raises(ExpressionError, match=reason) as refusal:
        compile_juel(text)
    assert refusal.value.position == position
    assert refusal.value.source == text


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ExpressionError, match=f"at most {MAX_DEPTH} deep"):
        compile_juel("${" + "!" * 500 + "paid}")


def test_parentheses_add_no_depth(now: datetime) -> None:
    nested = "(" * 2000 + "amount" + ")" * 2000
    assert compile_juel(f"${{{nested}}}").evaluate(VARIABLES, now) == 120


def test_a_long_text_is_refused() -> None:
    with pytest.raises(ExpressionError, match="at most 10,000 characters"):
        compile_juel("${name}" + "x" * MAX_LENGTH)
