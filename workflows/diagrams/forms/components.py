"""One component of a form-js schema as a field."""

from dataclasses import dataclass
from typing import TypeAlias

from workflows.diagrams.forms.constants import checked_default
from workflows.diagrams.forms.model import (
    CHOICES,
    EMPTY,
    NO,
    YES,
    FieldGroup,
    FieldType,
    FormField,
    InputKind,
    Option,
    Pattern,
    TimeFormat,
)
from workflows.diagrams.forms.options import option_text
from workflows.diagrams.forms.patterns import OF_KIND, BadPattern, compile_pattern
from workflows.diagrams.forms.schema import DATE_TYPES, DEFAULT_VALIDATIONS, INPUT_TYPES, PROPERTIES, VALIDATIONS
from workflows.diagrams.forms.templates import compile_text
from workflows.diagrams.report import UNREADABLE, Place, Report
from workflows.errors import ExpressionError
from workflows.expressions.dialect import Dialect
from workflows.expressions.expression import Expression, Literal
from workflows.values import JsonValue

JsonObject: TypeAlias = dict[str, JsonValue]
_VALIDATION_KINDS = {"email": InputKind.EMAIL, "phone": InputKind.PHONE}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the groups around a component give it: a path, conditions that hide it, a label."""

    path: str = ""
    hidden_if: tuple[Expression, ...] = ()
    group: FieldGroup | None = None


class ComponentReader:
    """Reads one component whose type is in `schema.PROPERTIES`; what is wrong with it goes to `report`."""

    def __init__(self, component: JsonObject, place: Place, report: Report) -> None:
        self._component = component
        self._kind = str(component["type"])
        self._place = place
        self._report = report
        self._validate = self._object("validate")
        self._appearance = self._object("appearance")
        self._refuse_unknown("property", component, PROPERTIES[self._kind])
        self._refuse_unknown("rule", self._validate, VALIDATIONS.get(self._kind, DEFAULT_VALIDATIONS))
        self._refuse_unknown("appearance", self._appearance, frozenset({"prefixAdorner", "suffixAdorner"}))
        self._refuse_unknown("condition", self._object("conditional"), frozenset({"hide"}))

    @property
    def is_reset_button(self) -> bool:
        return self._component.get("action") == "reset"

    def label(self) -> Expression:
        """Return the label; a date or time may have one of its own instead."""
        names = ("label", "dateLabel", "timeLabel")
        return self._text(next((name for name in names if self._component.get(name)), "label"))

    def surroundings(self, around: Surroundings) -> Surroundings:
        """Return what this group and the groups around it give to the components inside."""
        path = ".".join(part for part in (around.path, self._word("path")) if part)
        group = FieldGroup(self._place.element, self.label())
        return Surroundings(path, (*around.hidden_if, *self._hidden_if()), group)

    def field(self, around: Surroundings) -> FormField:
        """Return the component as a field."""
        field_type = self._type()
        field = FormField(
            id=self._id(around),
            type=field_type,
            label=self.label(),
            description=self._text("description"),
            prefix=self._compiled("prefix", self._appearance.get("prefixAdorner")),
            suffix=self._compiled("suffix", self._appearance.get("suffixAdorner")),
            default=self._default(),
            required=self._switch("required", self._validate.get("required")),
            readonly=self._readonly(),
            min=self._limit("min"),
            max=self._limit("max"),
            min_length=self._limit("minLength"),
            max_length=self._limit("maxLength"),
            pattern=self._pattern(),
            options=self._options() if field_type in CHOICES else (),
            hidden_if=(*around.hidden_if, *self._hidden_if()),
            group=around.group,
            input_kind=_VALIDATION_KINDS.get(str(self._validate.get("validationType")), InputKind.TEXT),
            decimal_digits=self._whole("decimalDigits"),
            step=self._step(),
            as_text=self._component.get("serializeToString") is True,
            time_format=self._time_format(),
            no_past=self._component.get("disallowPassedDates") is True,
        )
        return checked_default(field, self._place, self._report)

    def _add(self, what: str, mend: str) -> None:
        self._report.add(self._place, what, mend)

    def _refuse_unknown(self, noun: str, given: JsonObject, known: frozenset[str]) -> None:
        for name in sorted(given.keys() - known):
            self._add(f"The {noun} {name!r} of a {self._kind} is not known.", f"Use one of {', '.join(sorted(known))}.")

    def _object(self, name: str) -> JsonObject:
        value = self._component.get(name, {})
        if isinstance(value, dict):
            return value
        self._add(f"The property {name!r} is no object.", "Save the form anew with Camunda Modeler.")
        return {}

    def _type(self) -> FieldType:
        if self._kind == "text":
            return FieldType.TEXT
        if self._kind != "datetime":
            return INPUT_TYPES[self._kind]
        subtype = str(self._component.get("subtype", "date"))
        if subtype not in DATE_TYPES:
            self._add(f"The subtype {subtype!r} is not known.", f"Use one of {', '.join(DATE_TYPES)}.")
        return DATE_TYPES.get(subtype, FieldType.DATE)

    def _id(self, around: Surroundings) -> str:
        if self._kind == "text":
            return self._place.element
        key = self._word("key")
        if not key:
            self._add("The component has no key.", "Give it the name of the variable that it fills.")
        return f"{around.path}.{key}" if around.path else key

    def _default(self) -> Expression | None:
        if self._kind == "text":
            return self._text("text")
        value = self._component.get("defaultValue")
        if isinstance(value, str) and self._kind == "number":
            return self._compiled("default value", value)
        return None if value is None else Literal(value)

    def _readonly(self) -> Expression:
        if self._component.get("disabled") is True:
            return YES
        return self._switch("readonly", self._component.get("readonly"))

    def _switch(self, what: str, value: JsonValue) -> Expression:
        if value is None or isinstance(value, bool):
            return YES if value else NO
        return self._compiled(what, value)

    def _limit(self, name: str) -> Expression | None:
        value = self._validate.get(name)
        if value is None or value == "":
            return None
        return self._compiled(name, value) if isinstance(value, str) else Literal(value)

    def _pattern(self) -> Pattern | None:
        kind = str(self._validate.get("validationType") or "custom")
        if kind in _VALIDATION_KINDS:
            return OF_KIND[_VALIDATION_KINDS[kind]]
        if kind != "custom":
            self._add(f"The validation type {kind!r} is not known.", "Use email, phone, or custom with a pattern.")
        source = self._validate.get("pattern")
        if not source:
            return None
        try:
            return compile_pattern(str(source), whole=False)
        except BadPattern as error:
            self._add(f"The pattern {source!r} can't be used: {error}.", "Correct the pattern.")
            return None

    def _options(self) -> tuple[Option, ...] | Expression:
        key, expression = self._word("valuesKey"), self._word("valuesExpression")
        given = [name for name in ("values", "valuesKey", "valuesExpression") if name in self._component]
        if len(given) != 1:
            self._add(
                "The component needs one source of its options.", "Give it values, valuesKey or valuesExpression."
            )
            return ()
        if key:
            return self._feel("valuesKey", f"={key}")
        if expression:
            return self._feel("valuesExpression", expression if expression.startswith("=") else f"={expression}")
        values = self._component.get("values")
        items = values if isinstance(values, list) else []
        if not items or not all(isinstance(item, dict) and "value" in item for item in items):
            self._add("The component offers no values to choose from.", "Give each option a label and a value.")
            return ()
        return tuple(_option(item) for item in items if isinstance(item, dict))

    def _hidden_if(self) -> tuple[Expression, ...]:
        hide = self._object("conditional").get("hide")
        if hide is None or hide == "":
            return ()
        text = str(hide)
        return (self._feel("condition that hides the component", text if text.startswith("=") else f"={text}"),)

    def _step(self) -> str | None:
        value = self._component.get("timeInterval" if self._kind == "datetime" else "increment")
        return None if value is None else option_text(value)

    def _time_format(self) -> TimeFormat:
        value = self._component.get("timeSerializingFormat", TimeFormat.LOCAL.value)
        try:
            return TimeFormat(str(value))
        except ValueError:
            self._add(f"The time format {value!r} is not known.", f"Use one of {', '.join(TimeFormat)}.")
            return TimeFormat.UTC

    def _whole(self, name: str) -> int | None:
        value = self._component.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self._add(f"{name} is {value!r}.", "Write a whole number from 0.")
        return None

    def _word(self, name: str) -> str:
        value = self._component.get(name, "")
        if isinstance(value, str):
            return value.strip()
        self._add(f"The property {name!r} is no text.", "Save the form anew with Camunda Modeler.")
        return ""

    def _text(self, name: str) -> Expression:
        return self._compiled(name, self._component.get(name))

    def _compiled(self, what: str, value: JsonValue) -> Expression:
        if value is None:
            return EMPTY
        try:
            return compile_text(option_text(value))
        except ExpressionError as error:
            self._report.unreadable(self._place, what, error)
            return UNREADABLE

    def _feel(self, what: str, text: str) -> Expression:
        return self._report.value(self._place, what, text, Dialect.CAMUNDA8)


def _option(item: JsonObject) -> Option:
    value, label = item["value"], item.get("label")
    return Option(value, option_text(value if label is None else label))
