"""Every component of form-js: the values that it takes, what it refuses, and how it says so."""

from collections.abc import Callable
from datetime import datetime

import pytest

from workflows.diagrams.forms import Form, accept, prepare, validate
from workflows.diagrams.forms.schema import INPUT_TYPES, LAYOUT_ONLY, PROPERTIES, REFUSED
from workflows.diagrams.problems import Problem
from workflows.errors import ExpressionError
from workflows.values import JsonValue

Components = Callable[..., Form]
Mistakes = Callable[..., tuple[Problem, ...]]
Component = dict[str, JsonValue]

COLOURS: list[JsonValue] = [{"label": "Red", "value": "r"}, {"label": "Two", "value": 2}]
TEXT: Component = {"type": "textfield", "key": "a"}
AREA: Component = {"type": "textarea", "key": "a"}
NUMBER: Component = {"type": "number", "key": "a"}
BOX: Component = {"type": "checkbox", "key": "a"}
LIST: Component = {"type": "checklist", "key": "a", "values": COLOURS}
RADIO: Component = {"type": "radio", "key": "a", "values": COLOURS}
SELECT: Component = {"type": "select", "key": "a", "values": COLOURS}
TAGS: Component = {"type": "taglist", "key": "a", "values": COLOURS}
DATE: Component = {"type": "datetime", "key": "a", "subtype": "date", "dateLabel": "Day"}
TIME: Component = {"type": "datetime", "key": "a", "subtype": "time", "timeLabel": "Hour"}
MOMENT: Component = {"type": "datetime", "key": "a", "subtype": "datetime", "timeSerializingFormat": "utc_normalized"}
INPUTS = (TEXT, AREA, NUMBER, BOX, LIST, RADIO, SELECT, TAGS, DATE, TIME, MOMENT)


def test_every_component_that_takes_input_is_tried_here() -> None:
    assert {component["type"] for component in INPUTS} == set(INPUT_TYPES)


@pytest.mark.parametrize(
    ("component", "texts", "value"),
    [
        (TEXT, ["  Ana "], "Ana"),
        (TEXT, [], ""),
        (AREA, ["a\r\nb"], "a\nb"),
        (NUMBER, ["12"], 12),
        (NUMBER, ["-0.5"], -0.5),
        (NUMBER, [""], None),
        ({**NUMBER, "serializeToString": True}, ["12.50"], "12.50"),
        (BOX, ["true"], True),
        (BOX, [], False),
        (LIST, ["r", "2"], ["r", 2]),
        (LIST, [], []),
        (RADIO, ["2"], 2),
        (SELECT, ["r"], "r"),
        (SELECT, [""], None),
        (TAGS, ["2"], [2]),
        (DATE, ["2025-04-01"], "2025-04-01"),
        (TIME, ["08:30"], "08:30"),
        (MOMENT, ["2025-04-01T08:30"], "2025-04-01T08:30:00+00:00"),
    ],
)
def test_a_submission_becomes_a_typed_value(
    form_js: Components, now: datetime, component: Component, texts: list[str], value: JsonValue
) -> None:
    result = validate(form_js(component), {"a": texts}, {}, now)
    assert (result.errors, result.values) == ({}, {"a": value})


@pytest.mark.parametrize(
    ("component", "text", "sentence"),
    [
        ({**TEXT, "validate": {"required": True}}, " ", "Please fill in this field."),
        ({**NUMBER, "validate": {"required": True}}, "", "Please fill in this field."),
        ({**BOX, "validate": {"required": True}}, "", "Please tick this box to go on."),
        ({**LIST, "validate": {"required": True}}, "", "Please choose at least one of the options."),
        ({**RADIO, "validate": {"required": True}}, "", "Please choose one of the options."),
        ({**TEXT, "validate": {"minLength": 3}}, "ab", "Enter at least 3 characters; this has 2."),
        ({**AREA, "validate": {"maxLength": 3}}, "abcd", "Enter at most 3 characters; this has 4."),
        ({**TEXT, "validate": {"pattern": "^[A-Z]+$"}}, "abc", "This is not in the expected form."),
        ({**TEXT, "validate": {"validationType": "phone"}}, "call me", "Enter a phone number"),
        ({**NUMBER, "validate": {"min": 1}}, "0", "Enter 1 or more."),
        ({**NUMBER, "validate": {"max": "=limit"}}, "8", "Enter 7 or less."),
        (NUMBER, "many", "Enter a number, such as 12.5."),
        ({**NUMBER, "decimalDigits": 0}, "1.5", "Enter a whole number, such as 12."),
        (DATE, "01.04.2025", "Enter a date as year-month-day"),
        (DATE, "2025-02-30", "Enter a date as year-month-day"),
        ({**DATE, "disallowPassedDates": True}, "2025-03-30", "This is in the past."),
        ({**MOMENT, "disallowPassedDates": True}, "2025-03-31T08:29", "This is in the past."),
        (TIME, "25:00", "Enter a time of day, such as 08:30."),
        (MOMENT, "soon", "Enter a date and time"),
        (RADIO, "blue", "This choice is not offered."),
        (SELECT, "3", "This choice is not offered."),
        (LIST, "blue", "This choice is not offered."),
        (TAGS, "blue", "This choice is not offered."),
    ],
)
def test_what_is_refused_is_said_beside_the_field(
    form_js: Components, now: datetime, component: Component, text: str, sentence: str
) -> None:
    result = validate(form_js(component), {"a": [text]}, {"limit": 7}, now)
    assert result.values == {}
    assert result.errors["a"].startswith(sentence)
    assert result.view.fields[0].error == result.errors["a"]
    assert text.strip() == "" or result.view.fields[0].texts == (text,)


HOSTILE = (
    "\x00", "a\x1bb", "\ud800", "<script>alert(1)</script>", "${execution}", "=1 / 0", "{{x}}", "' or 1=1 --",
    "9" * 5_000, "1e999999", "NaN", "inf", "-0", "٣", "0x10", "1_000", "2025-03-31T08:30+99:99",
    "9999-12-31T23:59-23:59",    "0001-01-01T00:00+23:59", "24:61", "\u202e", "a" * 100_000, "true\n", "__proto__",
)  # fmt: skip


@pytest.mark.parametrize("component", INPUTS, ids=lambda each: f"{each['type']} {each.get('subtype', '')}")
def test_hostile_texts_are_a_value_or_a_sentence(form_js: Components, now: datetime, component: Component) -> None:
    form = form_js(component)
    for text in HOSTILE:
        result = validate(form, {"a": [text], "b": ["x"], "a.b": ["x"]}, {}, now)
        assert set(result.errors) <= {"a"}
        assert set(result.values) == ({"a"} if result.accepted else set())
        if result.accepted and component["type"] in {"textfield", "textarea"}:
            assert result.values["a"] == text.strip() or component["type"] == "textarea"


WRONG: tuple[JsonValue, ...] = ({}, {"a": 1}, [[]], [{"value": "r"}], 1e308, 10**30, True, "x", ["r", None])


@pytest.mark.parametrize("component", INPUTS, ids=lambda each: f"{each['type']} {each.get('subtype', '')}")
def test_wrong_json_is_a_value_or_a_sentence(form_js: Components, now: datetime, component: Component) -> None:
    form = form_js(component)
    for value in WRONG:
        result = accept(form, {"a": value}, {}, now)
        assert result.accepted or result.errors["a"].endswith((".", "?"))


@pytest.mark.parametrize("component", INPUTS, ids=lambda each: f"{each['type']} {each.get('subtype', '')}")
def test_a_hidden_field_takes_nothing(form_js: Components, now: datetime, component: Component) -> None:
    form = form_js({**component, "conditional": {"hide": "=gone"}, "validate": {"required": True}})
    result = validate(form, {"a": ["r"]}, {"gone": True}, now)
    assert (result.errors, result.values, result.view.visible_fields) == ({}, {}, ())


@pytest.mark.parametrize("component", INPUTS, ids=lambda each: f"{each['type']} {each.get('subtype', '')}")
@pytest.mark.parametrize("switch", [{"readonly": True}, {"disabled": True}, {"readonly": "=locked"}])
def test_a_readonly_field_takes_nothing(
    form_js: Components, now: datetime, component: Component, switch: Component
) -> None:
    form = form_js({**component, **switch})
    result = validate(form, {"a": ["2025-01-01"]}, {"locked": True}, now)
    assert (result.errors, result.values) == ({}, {})
    assert result.view.fields[0].readonly


def test_a_time_of_day_has_no_past(form_js: Components, now: datetime) -> None:
    form = form_js({**TIME, "disallowPassedDates": True})
    assert validate(form, {"a": ["00:01"]}, {}, now).values == {"a": "00:01"}


@pytest.mark.parametrize(
    ("component", "default", "texts"),
    [
        (TEXT, "Ana", ("Ana",)),
        (NUMBER, "=visits + 1", ("4",)),
        (BOX, True, ("true",)),
        (RADIO, 2, ("2",)),
        (LIST, ["r"], ("r",)),
    ],
)
def test_a_default_stands_in_a_field_that_has_no_value(
    form_js: Components, now: datetime, component: Component, default: JsonValue, texts: tuple[str, ...]
) -> None:
    form = form_js({**component, "defaultValue": default})
    assert prepare(form, {"visits": 3}, now).fields[0].texts == texts


@pytest.mark.parametrize("source", [{"valuesKey": "slots"}, {"valuesExpression": "=slots[value > 0]"}])
@pytest.mark.parametrize("kind", ["checklist", "radio", "select", "taglist"])
def test_options_come_from_variables(form_js: Components, now: datetime, kind: str, source: Component) -> None:
    form = form_js({"type": kind, "key": "a", **source})
    slots: list[JsonValue] = [{"label": "Nine", "value": 9}, {"label": "Ten", "value": 10}]
    options = prepare(form, {"slots": slots}, now).fields[0].options
    assert [(option.text, option.label) for option in options] == [("9", "Nine"), ("10", "Ten")]
    chosen = validate(form, {"a": ["10"]}, {"slots": slots}, now).values["a"]
    assert chosen == ([10] if kind in {"checklist", "taglist"} else 10)


@pytest.mark.parametrize("slots", [3, "nine", [{"label": "no value"}], {"value": 1}])
def test_variables_that_are_no_options_are_an_error_of_the_form(
    form_js: Components, now: datetime, slots: JsonValue
) -> None:
    with pytest.raises(ExpressionError):
        prepare(form_js({"type": "select", "key": "a", "valuesKey": "slots"}), {"slots": slots}, now)


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_a_component_that_can_not_be_shown_says_what_to_use(form_js_problems: Mistakes, kind: str) -> None:
    problems = form_js_problems({"type": kind, "id": "F"})
    assert [(problem.element, problem.mend) for problem in problems] == [("F", REFUSED[kind])]
    assert problems[0].line == 8


@pytest.mark.parametrize("kind", sorted(PROPERTIES))
def test_a_property_that_is_not_known_is_refused_on_every_component(form_js_problems: Mistakes, kind: str) -> None:
    problems = form_js_problems({"type": kind, "id": "F", "key": "a", "values": COLOURS, "glow": True})
    assert any("'glow'" in problem.what for problem in problems)


@pytest.mark.parametrize("kind", sorted(LAYOUT_ONLY))
def test_layout_is_no_field(form_js: Components, kind: str) -> None:
    assert form_js({"type": kind, "id": "F"}).fields == ()


def test_buttons_name_what_they_do(form_js: Components, now: datetime) -> None:
    form = form_js(
        {"type": "button", "id": "B", "label": "Book", "action": "submit"},
        {"type": "button", "id": "C", "label": "=word", "action": "reset"},
    )
    view = prepare(form, {"word": "Clear"}, now)
    assert (view.submit_label, view.reset_label) == ("Book", "Clear")
