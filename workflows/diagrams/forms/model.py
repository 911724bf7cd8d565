"""A form, whichever way it was drawn: `camunda:formData` of a diagram, or a form-js `.form` file.

Texts, limits and conditions are expressions over the variables of the task; a constant is a `Literal`. Field ids are
names of variables; an id with dots is a path inside an object (`address.street`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from workflows.expressions.expression import Expression, Literal
from workflows.feel import patterns
from workflows.values import JsonValue, Variables

EMPTY = Literal("")
NO = Literal(False)
YES = Literal(True)


class FieldType(StrEnum):
    """What a field asks for, and what its value is.

    string, textarea: text; integer: int; number: int or float; boolean: bool; date: `2025-03-31`; datetime:
    `2025-03-31T08:00:00+00:00`; time: `08:00`; select, radio: the value of an option; checklist, taglist: a list of
    such values; text: shown only.
    """

    STRING = "string"
    TEXTAREA = "textarea"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    SELECT = "select"
    RADIO = "radio"
    CHECKLIST = "checklist"
    TAGLIST = "taglist"
    TEXT = "text"


MULTIPLE = frozenset({FieldType.CHECKLIST, FieldType.TAGLIST})
CHOICES = MULTIPLE | {FieldType.SELECT, FieldType.RADIO}


class InputKind(StrEnum):
    """What a single-line text is, so that a phone shows the fitting keyboard, and nobody reads a password with you."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "tel"
    PASSWORD = "password"  # noqa: S105 -- a word, no password


class TimeFormat(StrEnum):
    """How a time of day or a date with time is written into its variable (form-js `timeSerializingFormat`)."""

    UTC = "utc_normalized"
    OFFSET = "utc_offset"
    LOCAL = "no_timezone"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: the value that the variable receives, and what the reader sees."""

    value: JsonValue
    label: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression that a text has to match; `message` is what to say when it does not."""

    source: str
    compiled: patterns.Pattern
    message: str = ""


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Fields that stand together under one label."""

    id: str
    label: Expression = EMPTY


@dataclass(frozen=True, slots=True)
class FormField:
    """One field. It is hidden when one of `hidden_if` holds or one of `shown_if` does not.

    `options` are constants, or an expression that gives a list of values or of objects with value, label and
    (optional) group. `date_formats` are further ways to write a date, as for `datetime.strptime`. `step` is the
    distance between two values, in minutes for times; `as_text` keeps a number as text, digit by digit.
    """

    id: str
    type: FieldType
    label: Expression = EMPTY
    description: Expression = EMPTY
    placeholder: Expression = EMPTY
    prefix: Expression = EMPTY
    suffix: Expression = EMPTY
    default: Expression | None = None
    required: Expression = NO
    readonly: Expression = NO
    min: Expression | None = None
    max: Expression | None = None
    min_length: Expression | None = None
    max_length: Expression | None = None
    pattern: Pattern | None = None
    options: tuple[Option, ...] | Expression = ()
    hidden_if: tuple[Expression, ...] = ()
    shown_if: tuple[Expression, ...] = ()
    group: FieldGroup | None = None
    input_kind: InputKind = InputKind.TEXT
    decimal_digits: int | None = None
    step: str | None = None
    as_text: bool = False
    time_format: TimeFormat = TimeFormat.UTC
    date_formats: tuple[str, ...] = ()
    no_past: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """The fields in their order. `business_key` is the field whose value becomes a started instance's business key."""

    id: str
    fields: tuple[FormField, ...] = ()
    name: str = ""
    submit_label: Expression = EMPTY
    reset_label: Expression | None = None
    business_key: str | None = None


@dataclass(frozen=True, slots=True)
class OptionView:
    """One choice as it stands on the page; `text` is what the browser sends."""

    text: str
    label: str
    group: str
    selected: bool


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field as it stands on the page. `texts` are its current values as a browser sends them.

    `min`, `max` and `step` are texts for the attributes of an HTML input. `error` is a sentence, or None.
    """

    id: str
    type: FieldType
    label: str
    description: str
    placeholder: str
    prefix: str
    suffix: str
    texts: tuple[str, ...]
    options: tuple[OptionView, ...]
    required: bool
    readonly: bool
    visible: bool
    group_id: str = ""
    group_label: str = ""
    input_kind: InputKind = InputKind.TEXT
    min: str | None = None
    max: str | None = None
    step: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    error: str | None = None

    @property
    def text(self) -> str:
        """The value of a field that has one value."""
        return self.texts[0] if self.texts else ""

    @property
    def checked(self) -> bool:
        """Whether a checkbox is ticked."""
        return self.text == "true"

    @property
    def shown_text(self) -> str:
        """The value for reading: labels of the chosen options, yes or no, or the text itself."""
        if self.type in CHOICES:
            return ", ".join(option.label for option in self.options if option.selected) or ", ".join(self.texts)
        if self.type is FieldType.BOOLEAN:
            return "Yes" if self.checked else "No"
        return self.text


@dataclass(frozen=True, slots=True)
class FormView:
    """A form as it stands on the page, hidden fields included (`visible` is false).

    `submit_label` is empty when the form names no button of its own; without `reset_label` there is no such button.
    """

    id: str
    name: str
    submit_label: str
    fields: tuple[FieldView, ...]
    reset_label: str | None = None

    @property
    def visible_fields(self) -> tuple[FieldView, ...]:
        """The fields to show."""
        return tuple(field for field in self.fields if field.visible)


@dataclass(frozen=True, slots=True)
class FormResult:
    """What a submission comes to. `values` holds what to write only if `errors` (field id to sentence) is empty."""

    values: Variables
    errors: Mapping[str, str]
    view: FormView
    business_key: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the form may be completed with `values`."""
        return not self.errors
