"""What a form shows, and what it accepts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from workflows.diagrams.forms import Form, accept, prepare, validate
from workflows.errors import ExpressionError
from workflows.values import JsonValue

FormData = Callable[[str], Form]
BERLIN = datetime(2025, 3, 31, 10, 30, tzinfo=ZoneInfo("Europe/Berlin"))


def field(field_type: str, content: str) -> str:
    return f'<camunda:formField id="a" type="{field_type}">{content}</camunda:formField>'


def constrained(field_type: str, **constraints: str) -> str:
    rules = "".join(f'<camunda:constraint name="{name}" config="{text}"/>' for name, text in constraints.items())
    return field(field_type, f"<camunda:validation>{rules}</camunda:validation>")


def with_properties(field_type: str, **properties: str) -> str:
    items = "".join(f'<camunda:property id="{name}" value="{text}"/>' for name, text in properties.items())
    return field(field_type, f"<camunda:properties>{items}</camunda:properties>")


def errors_of(
    form: Form, submitted: Mapping[str, Sequence[str]], variables: Mapping[str, JsonValue] | None = None
) -> dict[str, str]:
    result = validate(form, submitted, variables or {}, BERLIN)
    assert result.accepted == (not result.errors)
    assert result.values == {} or result.accepted
    return dict(result.errors)


@pytest.mark.parametrize(
    ("field_type", "text", "value"),
    [
        ("string", "  Ana ", "Ana"),
        ("string", "", ""),
        ("long", "12", 12),
        ("long", "-3", -3),
        ("long", "", None),
        ("double", "12.50", 12.5),
        ("double", "12.00", 12),
        ("boolean", "true", True),
        ("date", "2025-03-31", "2025-03-31"),
        ("date", "", None),
    ],
)
def test_texts_become_values_of_the_fields_type(
    form_data: FormData, field_type: str, text: str, value: JsonValue
) -> None:
    form = form_data(f'<camunda:formField id="a" type="{field_type}"/>')
    result = validate(form, {"a": [text]}, {}, BERLIN)
    assert result.values == {"a": value}
    assert type(result.values["a"]) is type(value)


def test_a_checkbox_that_is_not_sent_is_false(form_data: FormData) -> None:
    form = form_data('<camunda:formField id="a" type="boolean"/>')
    assert validate(form, {}, {"a": True}, BERLIN).values == {"a": False}


@pytest.mark.parametrize(
    ("field_type", "text"),
    [
        ("long", "12.5"),
        ("long", "twelve"),
        ("long", "9" * 19),
        ("double", "1e999999999"),
        ("double", "NaN"),
        ("date", "31.03.2025"),
        ("date", "2025-02-30"),
        ("string", "a\x00b"),
        ("string", "a\nb"),
    ],
)
def test_texts_that_are_no_value_are_refused_with_a_sentence(form_data: FormData, field_type: str, text: str) -> None:
    form = form_data(f'<camunda:formField id="a" type="{field_type}"/>')
    sentence = errors_of(form, {"a": [text]})["a"]
    assert sentence.endswith(".")
    assert sentence[0].isupper()


@pytest.mark.parametrize(
    ("field_type", "constraint", "good", "bad"),
    [
        ("long", {"min": "3"}, "3", "2"),
        ("long", {"max": "3"}, "3", "4"),
        ("double", {"max": "2.5"}, "2.5", "2.51"),
        ("date", {"min": "2025-04-01"}, "2025-04-01", "2025-03-31"),
        ("string", {"minlength": "2"}, "ab", "a"),
        ("string", {"maxlength": "2"}, "ab", "abc"),
        ("string", {"pattern": "[A-Z]{2}[0-9]+"}, "AB1", "AB1x"),
        ("string", {"required": ""}, "x", "  "),
    ],
)
def test_constraints_hold(
    form_data: FormData, field_type: str, constraint: dict[str, str], good: str, bad: str
) -> None:
    form = form_data(constrained(field_type, **constraint))
    assert errors_of(form, {"a": [good]}) == {}
    assert "a" in errors_of(form, {"a": [bad]})


def test_no_text_keeps_a_pattern_busy(form_data: FormData) -> None:
    form = form_data(constrained("string", pattern="(a+)+b"))
    assert errors_of(form, {"a": ["a" * 900]}) == {"a": "This is not in the expected form."}


def test_limits_may_come_from_variables(form_data: FormData) -> None:
    form = form_data(constrained("long", max="${places}"))
    assert errors_of(form, {"a": ["4"]}, {"places": 3}) == {"a": "Enter 3 or less."}


def test_a_required_checkbox_has_to_be_ticked(form_data: FormData) -> None:
    assert "tick" in errors_of(form_data(constrained("boolean", required="")), {})["a"]


def test_a_date_and_time_is_read_in_the_zone_of_the_page_and_kept_in_utc(form_data: FormData) -> None:
    form = form_data(with_properties("date", widget="datetime"))
    result = validate(form, {"a": ["2025-07-01T10:00"]}, {}, BERLIN)
    assert result.values == {"a": "2025-07-01T08:00:00+00:00"}


def test_a_date_and_time_is_shown_in_the_zone_of_the_page(form_data: FormData) -> None:
    form = form_data(with_properties("date", widget="datetime"))
    assert prepare(form, {"a": "2025-07-01T08:00:00+00:00"}, BERLIN).fields[0].text == "2025-07-01T10:00"


def test_a_date_that_has_passed_is_refused_when_the_field_says_so(form_data: FormData) -> None:
    form = form_data(with_properties("date", noPast="true"))
    assert "past" in errors_of(form, {"a": ["2025-03-30"]})["a"]
    assert errors_of(form, {"a": ["2025-03-31"]}) == {}


SLOTS: JsonValue = [{"value": 7, "label": "Monday", "group": "Spring"}, {"value": 8, "label": "Tuesday"}]


def test_options_come_from_variables_and_keep_their_type(form_data: FormData) -> None:
    form = form_data(with_properties("enum", options="${slots}"))
    view = prepare(form, {"slots": SLOTS, "a": 8}, BERLIN).fields[0]
    assert [(option.text, option.label, option.group, option.selected) for option in view.options] == [
        ("7", "Monday", "Spring", False),
        ("8", "Tuesday", "", True),
    ]
    assert validate(form, {"a": ["7"]}, {"slots": SLOTS}, BERLIN).values == {"a": 7}


def test_a_choice_that_is_not_offered_is_refused(form_data: FormData) -> None:
    form = form_data(with_properties("enum", options="${slots}"))
    assert "not offered" in errors_of(form, {"a": ["Astrology"]}, {"slots": SLOTS})["a"]


def test_several_choices_become_a_list(form_data: FormData) -> None:
    form = form_data(with_properties("enum", options="${slots}", widget="checklist"))
    assert validate(form, {"a": ["7", "8"]}, {"slots": SLOTS}, BERLIN).values == {"a": [7, 8]}
    assert validate(form, {}, {"slots": SLOTS}, BERLIN).values == {"a": []}


@pytest.mark.parametrize("slots", ["Monday", 3, [{"label": "Monday"}]])
def test_options_that_are_no_list_of_choices_are_an_error_of_the_form(form_data: FormData, slots: JsonValue) -> None:
    form = form_data(with_properties("enum", options="${slots}"))
    with pytest.raises(ExpressionError):
        prepare(form, {"slots": slots}, BERLIN)


def test_a_hidden_field_is_neither_shown_nor_taken(form_data: FormData) -> None:
    form = form_data(with_properties("string", hideIf="${done}"))
    assert prepare(form, {"done": True}, BERLIN).visible_fields == ()
    assert validate(form, {"a": ["x"]}, {"done": True}, BERLIN).values == {}
    assert validate(form, {"a": ["x"]}, {"done": False}, BERLIN).values == {"a": "x"}


def test_a_condition_sees_what_was_entered(form_data: FormData) -> None:
    form = form_data('<camunda:formField id="insured" type="boolean"/>' + with_properties("string", showIf="insured"))
    assert validate(form, {"insured": ["true"], "a": ["x"]}, {}, BERLIN).values == {"insured": True, "a": "x"}
    assert validate(form, {"a": ["x"]}, {}, BERLIN).values == {"insured": False}


def test_a_readonly_field_keeps_its_variable(form_data: FormData) -> None:
    form = form_data(constrained("string", readonly=""))
    result = validate(form, {"a": ["forged"]}, {"a": "T-1"}, BERLIN)
    assert result.values == {}
    assert result.view.fields[0].text == "T-1"


def test_a_readonly_field_brings_its_default_to_a_variable_that_is_not_set(form_data: FormData) -> None:
    form = form_data(constrained("string", readonly="").replace('type="string"', 'type="string" defaultValue="T-9"'))
    assert validate(form, {}, {}, BERLIN).values == {"a": "T-9"}
    assert validate(form, {}, {"a": "T-1"}, BERLIN).values == {}


def test_a_variable_that_is_set_goes_before_the_default(form_data: FormData) -> None:
    form = form_data('<camunda:formField id="a" type="long" defaultValue="1"/>')
    assert prepare(form, {"a": 2}, BERLIN).fields[0].text == "2"
    assert prepare(form, {}, BERLIN).fields[0].text == "1"


def test_what_was_entered_is_shown_again_beside_its_error(form_data: FormData) -> None:
    form = form_data('<camunda:formField id="a" type="long"/>')
    view = validate(form, {"a": ["many"]}, {"a": 2}, BERLIN).view.fields[0]
    assert (view.text, view.error) == ("many", "Enter a whole number, such as 12.")


def test_names_that_are_no_fields_are_not_taken(form_data: FormData) -> None:
    form = form_data('<camunda:formField id="a" type="string"/>')
    assert validate(form, {"a": ["x"], "role": ["0"]}, {}, BERLIN).values == {"a": "x"}


def test_an_id_with_dots_fills_an_object_and_keeps_its_other_entries(form_data: FormData) -> None:
    form = form_data(
        '<camunda:formField id="address.street" type="string"/><camunda:formField id="address.city" type="string"/>'
    )
    before: dict[str, JsonValue] = {"address": {"zip": "10115", "city": "Bonn"}}
    result = validate(form, {"address.street": ["Am Park"], "address.city": ["Berlin"]}, before, BERLIN)
    assert result.values == {"address": {"zip": "10115", "city": "Berlin", "street": "Am Park"}}
    assert before == {"address": {"zip": "10115", "city": "Bonn"}}


def test_the_business_key_is_the_value_of_its_field(form_data: FormData) -> None:
    form = form_data('<camunda:formField id="a" type="long"/>')
    keyed = Form(form.id, form.fields, business_key="a")
    assert validate(keyed, {"a": ["12"]}, {}, BERLIN).business_key == "12"


def test_json_values_are_checked_as_a_submission_is(form_data: FormData) -> None:
    form = form_data(constrained("long", max="3") + '<camunda:formField id="b" type="boolean"/>')
    assert accept(form, {"a": 2, "b": True}, {}, BERLIN).values == {"a": 2, "b": True}
    assert accept(form, {"a": 4, "b": True}, {}, BERLIN).errors == {"a": "Enter 3 or less."}


@pytest.mark.parametrize("value", ["2", True, [2]])
def test_a_json_value_of_another_type_is_refused(form_data: FormData, value: JsonValue) -> None:
    form = form_data('<camunda:formField id="a" type="long"/>')
    assert accept(form, {"a": value}, {}, BERLIN).errors == {"a": "This must be a number."}


def test_a_json_name_that_is_no_field_is_refused(form_data: FormData) -> None:
    form = form_data('<camunda:formField id="a" type="string"/>')
    assert "role" in accept(form, {"a": "x", "role": 0}, {}, BERLIN).errors
