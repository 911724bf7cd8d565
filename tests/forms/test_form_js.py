"""Forms drawn with form-js, as Camunda Modeler saves them."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from workflows.diagrams.forms import FieldType, Form, accept, compile_form, prepare, validate
from workflows.diagrams.problems import Problem
from workflows.errors import InvalidDiagram
from workflows.values import JsonValue

Components = Callable[..., Form]
Mistakes = Callable[..., tuple[Problem, ...]]
FILES = Path(__file__).parent / "files"


def test_a_form_as_the_modeler_saves_it_is_read() -> None:
    form = compile_form((FILES / "patient_detail.form").read_bytes(), "patient_detail.form")
    assert form.id == "patient_detail"
    assert [(field.id, field.type) for field in form.fields] == [
        ("Field_intro", FieldType.TEXT),
        ("patient.name", FieldType.STRING),
        ("patient.email", FieldType.STRING),
        ("patient.weight", FieldType.NUMBER),
        ("born", FieldType.DATE),
        ("starts_at", FieldType.DATETIME),
        ("insured", FieldType.BOOLEAN),
        ("insurer", FieldType.SELECT),
        ("symptoms", FieldType.CHECKLIST),
        ("medicines", FieldType.TAGLIST),
        ("priority", FieldType.RADIO),
        ("remarks", FieldType.TEXTAREA),
    ]


def test_that_form_is_shown_and_accepted(now: datetime) -> None:
    form = compile_form((FILES / "patient_detail.form").read_bytes(), "patient_detail.form")
    variables: dict[str, JsonValue] = {
        "first": "Ana",
        "insurers": [{"value": "aok", "label": "AOK"}],
        "known": {"medicines": ["Aspirin", "Ibuprofen"]},
    }
    view = prepare(form, variables, now)
    assert view.submit_label == "Send"
    assert view.fields[0].text == "Welcome, Ana!"
    assert [field.id for field in view.fields if not field.visible] == ["insurer"]
    submitted = {
        "patient.name": ["Ana Silva"],
        "patient.email": ["ana@example.org"],
        "patient.weight": ["61.50"],
        "born": ["1990-02-03"],
        "starts_at": ["2025-04-01T09:00"],
        "insured": ["true"],
        "insurer": ["aok"],
        "symptoms": ["fever"],
        "medicines": ["Aspirin"],
        "priority": ["2"],
        "remarks": ["a\r\nb"],
    }
    result = validate(form, submitted, variables, now)
    assert result.errors == {}
    assert result.values == {
        "patient": {"name": "Ana Silva", "email": "ana@example.org", "weight": "61.50"},
        "born": "1990-02-03",
        "starts_at": "2025-04-01T09:00:00+00:00",
        "insured": True,
        "insurer": "aok",
        "symptoms": ["fever"],
        "medicines": ["Aspirin"],
        "priority": 2,
        "remarks": "a\nb",
    }


def test_an_e_mail_address_is_checked(form_js: Components, now: datetime) -> None:
    form = form_js({"type": "textfield", "key": "a", "validate": {"validationType": "email"}})
    assert "e-mail" in validate(form, {"a": ["ana"]}, {}, now).errors["a"]


def test_a_pattern_may_match_any_part(form_js: Components, now: datetime) -> None:
    form = form_js({"type": "textfield", "key": "a", "validate": {"pattern": "[0-9]{3}"}})
    assert validate(form, {"a": ["room 101"]}, {}, now).accepted
    assert not validate(form, {"a": ["room 1"]}, {}, now).accepted


def test_digits_after_the_point_are_limited(form_js: Components, now: datetime) -> None:
    form = form_js({"type": "number", "key": "a", "decimalDigits": 1})
    assert "at most 1 digit" in validate(form, {"a": ["1.25"]}, {}, now).errors["a"]


def test_a_disabled_component_is_readonly(form_js: Components, now: datetime) -> None:
    form = form_js({"type": "textfield", "key": "a", "disabled": True})
    assert validate(form, {"a": ["x"]}, {"a": "y"}, now).values == {}


def test_a_hidden_group_hides_what_is_in_it(form_js: Components, now: datetime) -> None:
    field = {"type": "textfield", "key": "a"}
    form = form_js({"type": "group", "id": "G", "conditional": {"hide": "=closed"}, "components": [field]})
    assert prepare(form, {"closed": True}, now).visible_fields == ()
    assert accept(form, {"a": "x"}, {"closed": False}, now).values == {"a": "x"}


@pytest.mark.parametrize(
    ("component", "words"),
    [
        ({"type": "filepicker", "id": "F", "key": "a"}, "'filepicker'"),
        ({"type": "dynamiclist", "id": "F"}, "'dynamiclist'"),
        ({"type": "html", "id": "F"}, "'html'"),
        ({"type": "hologram", "id": "F"}, "'hologram'"),
        ({"type": "textfield", "id": "F"}, "no key"),
        ({"type": "textfield", "id": "F", "key": "a", "glow": True}, "'glow'"),
        ({"type": "textfield", "id": "F", "key": "a", "validate": {"luhn": True}}, "'luhn'"),
        ({"type": "textfield", "id": "F", "key": "a", "validate": {"pattern": "a\\b"}}, "word boundary"),
        ({"type": "textfield", "id": "F", "key": "a", "conditional": {"show": "=x"}}, "'show'"),
        ({"type": "textfield", "id": "F", "key": "a", "conditional": {"hide": "=x +"}}, "can't be read"),
        ({"type": "text", "id": "F", "text": "{{#if x}}y{{/if}}"}, "can't be read"),
        ({"type": "select", "id": "F", "key": "a"}, "one source"),
        ({"type": "select", "id": "F", "key": "a", "values": []}, "no values"),
        ({"type": "datetime", "id": "F", "key": "a", "subtype": "year"}, "'year'"),
        ({"type": "number", "id": "F", "key": "a", "validate": {"min": "low"}}, "'low'"),
        ({"type": "number", "id": "F", "key": "a", "defaultValue": "many"}, "'many'"),
    ],
)
def test_what_can_not_be_honoured_is_refused(
    form_js_problems: Mistakes, component: dict[str, JsonValue], words: str
) -> None:
    problems = form_js_problems(component)
    assert any(words in problem.what for problem in problems)
    assert all(problem.line and problem.element == "F" and problem.mend for problem in problems)


def test_two_components_with_one_key_are_refused(form_js_problems: Mistakes) -> None:
    field = {"type": "textfield", "key": "a"}
    assert any("Two fields" in problem.what for problem in form_js_problems({**field, "id": "x"}, {**field, "id": "y"}))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe{}",
        b'{"components": []}',
        b'{"id": "f", "components": 3}',
        b'{"id": "f", "components": ' + b"[" * 100_000,
        b" " * 5_000_001,
    ],
    ids=["empty", "a list", "cut off", "no text", "no id", "no components", "deep", "large"],
)
def test_files_that_are_no_form_are_refused(content: bytes) -> None:
    with pytest.raises(InvalidDiagram) as caught:
        compile_form(content, "bad.form")
    assert caught.value.problems
