"""Forms drawn as `camunda:formData`: what is read, and what is refused."""

from collections.abc import Callable
from datetime import datetime

import pytest

from workflows.diagrams.forms import FieldType, Form, InputKind, Option, prepare
from workflows.diagrams.problems import Problem
from workflows.expressions.expression import Literal

FormData = Callable[[str], Form]
Mistakes = Callable[[str], tuple[Problem, ...]]


@pytest.mark.parametrize(
    ("type_name", "field_type"),
    [
        ("string", FieldType.STRING),
        ("long", FieldType.INTEGER),
        ("double", FieldType.NUMBER),
        ("boolean", FieldType.BOOLEAN),
        ("date", FieldType.DATE),
    ],
)
def test_each_type_of_the_modeler_is_read(form_data: FormData, type_name: str, field_type: FieldType) -> None:
    form = form_data(f'<camunda:formField id="a" label="A" type="{type_name}"/>')
    assert [(field.id, field.type) for field in form.fields] == [("a", field_type)]


def test_values_of_an_enum_become_options(form_data: FormData) -> None:
    form = form_data(
        '<camunda:formField id="p" type="enum"><camunda:value id="1" name="Low"/><camunda:value id="2"/>'
        "</camunda:formField>"
    )
    assert form.fields[0].options == (Option("1", "Low"), Option("2", "2"))


def test_a_date_pattern_with_a_time_makes_a_date_and_time(form_data: FormData) -> None:
    form = form_data('<camunda:formField id="a" type="date" datePattern="dd/MM/yyyy HH:mm"/>')
    assert form.fields[0].type is FieldType.DATETIME


def test_a_default_in_the_date_pattern_is_read_as_a_date(form_data: FormData) -> None:
    form = form_data('<camunda:formField id="a" type="date" datePattern="dd.MM.yyyy" defaultValue="31.03.2025"/>')
    assert form.fields[0].default == Literal("2025-03-31")


def test_constant_defaults_have_the_type_of_their_field(form_data: FormData) -> None:
    form = form_data(
        '<camunda:formField id="a" type="long" defaultValue="12"/>'
        '<camunda:formField id="b" type="boolean" defaultValue="true"/>'
    )
    assert [field.default for field in form.fields] == [Literal(12), Literal(True)]


@pytest.mark.parametrize(
    ("type_name", "widget", "field_type"),
    [
        ("string", "textarea", FieldType.TEXTAREA),
        ("enum", "radio", FieldType.RADIO),
        ("enum", "checklist", FieldType.CHECKLIST),
        ("enum", "taglist", FieldType.TAGLIST),
        ("date", "time", FieldType.TIME),
        ("date", "datetime", FieldType.DATETIME),
    ],
)
def test_a_widget_chooses_how_a_type_is_shown(
    form_data: FormData, type_name: str, widget: str, field_type: FieldType
) -> None:
    values = '<camunda:value id="x" name="X"/>' if type_name == "enum" else ""
    form = form_data(
        f'<camunda:formField id="a" type="{type_name}"><camunda:properties>'
        f'<camunda:property id="widget" value="{widget}"/></camunda:properties>{values}</camunda:formField>'
    )
    assert form.fields[0].type is field_type


def test_an_e_mail_widget_sets_the_kind_of_input_and_its_pattern(form_data: FormData) -> None:
    form = form_data(
        '<camunda:formField id="a" type="string"><camunda:properties>'
        '<camunda:property id="widget" value="email"/></camunda:properties></camunda:formField>'
    )
    assert form.fields[0].input_kind is InputKind.EMAIL
    assert form.fields[0].pattern is not None


def test_labels_and_descriptions_may_be_expressions(form_data: FormData, now: datetime) -> None:
    form = form_data(
        '<camunda:formField id="a" label="For ${name}" type="string"><camunda:properties>'
        '<camunda:property id="description" value="Ticket ${ticket}"/></camunda:properties></camunda:formField>'
    )
    field = prepare(form, {"name": "Ana", "ticket": 7}, now).fields[0]
    assert (field.label, field.description) == ("For Ana", "Ticket 7")


def test_the_field_of_the_business_key_is_kept(form_data: FormData) -> None:
    assert form_data('<camunda:formField id="a" type="string"/>').business_key is None


REFUSALS = [
    ("no id", '<camunda:formField type="string"/>', "no id"),
    ("no type", '<camunda:formField id="a"/>', "no type"),
    ("custom type", '<camunda:formField id="a" type="money"/>', "'money'"),
    (
        "unknown property",
        '<camunda:formField id="a" type="string"><camunda:properties><camunda:property id="colour" value="red"/>'
        "</camunda:properties></camunda:formField>",
        "'colour'",
    ),
    (
        "unknown constraint",
        '<camunda:formField id="a" type="string"><camunda:validation><camunda:constraint name="luhn"/>'
        "</camunda:validation></camunda:formField>",
        "'luhn'",
    ),
    (
        "validator class",
        '<camunda:formField id="a" type="string"><camunda:validation>'
        '<camunda:constraint name="validator" config="org.V"/></camunda:validation></camunda:formField>',
        "JVM",
    ),
    (
        "required that says false",
        '<camunda:formField id="a" type="string"><camunda:validation>'
        '<camunda:constraint name="required" config="false"/></camunda:validation></camunda:formField>',
        "by being there",
    ),
    ("enum without values", '<camunda:formField id="a" type="enum"/>', "no values"),
    (
        "options that name no variable",
        '<camunda:formField id="a" type="enum"><camunda:properties>'
        '<camunda:property id="options" value="slots"/></camunda:properties></camunda:formField>',
        "names no variable",
    ),
    (
        "values of a text",
        '<camunda:formField id="a" type="string"><camunda:value id="1" name="x"/></camunda:formField>',
        "offers no choice",
    ),
    (
        "widget of another type",
        '<camunda:formField id="a" type="boolean"><camunda:properties>'
        '<camunda:property id="widget" value="radio"/></camunda:properties></camunda:formField>',
        "'radio'",
    ),
    ("default of another type", '<camunda:formField id="a" type="long" defaultValue="many"/>', "'many'"),
    ("broken expression", '<camunda:formField id="a" type="string" defaultValue="${a +}"/>', "can't be read"),
    ("unknown date pattern", '<camunda:formField id="a" type="date" datePattern="QQQ"/>', "'QQQ'"),
    (
        "minimum that is no number",
        '<camunda:formField id="a" type="long"><camunda:validation><camunda:constraint name="min" config="few"/>'
        "</camunda:validation></camunda:formField>",
        "'few'",
    ),
    (
        "minimum of a text",
        '<camunda:formField id="a" type="string"><camunda:validation><camunda:constraint name="min" config="3"/>'
        "</camunda:validation></camunda:formField>",
        "can't have a min",
    ),
    (
        "length that is no number",
        '<camunda:formField id="a" type="string"><camunda:validation>'
        '<camunda:constraint name="minlength" config="short"/></camunda:validation></camunda:formField>',
        "'short'",
    ),
    (
        "pattern that looks ahead",
        '<camunda:formField id="a" type="string"><camunda:validation>'
        '<camunda:constraint name="pattern" config="(?=a)b"/></camunda:validation></camunda:formField>',
        "look-around",
    ),
    (
        "pattern that is none",
        '<camunda:formField id="a" type="string"><camunda:validation>'
        '<camunda:constraint name="pattern" config="(a"/></camunda:validation></camunda:formField>',
        "no regular expression",
    ),
    (
        "twice the same id",
        '<camunda:formField id="a" type="string"/><camunda:formField id="a" type="long"/>',
        "Two fields",
    ),
]


@pytest.mark.parametrize(("fields", "words"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_what_can_not_be_honoured_is_refused(form_data_problems: Mistakes, fields: str, words: str) -> None:
    problems = form_data_problems(fields)
    assert any(words in problem.what for problem in problems)
    assert all(problem.mend and problem.line for problem in problems)
