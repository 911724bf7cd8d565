"""Reads `camunda:formData` of a start event or user task.

Types: string, long (also integer), double (also number), boolean, date, enum. `PROPERTIES` are the ids that
`camunda:property` of a field may have; `WIDGETS` says which widgets each type can be shown with.
"""

from collections.abc import Iterator

from workflows.diagrams.elements import CAMUNDA, Element, attribute, children, place
from workflows.diagrams.forms.constants import checked_default, java_date_format
from workflows.diagrams.forms.model import (
    CHOICES,
    YES,
    FieldGroup,
    FieldType,
    Form,
    FormField,
    InputKind,
    Option,
    Pattern,
    TimeFormat,
)
from workflows.diagrams.forms.patterns import OF_KIND, BadPattern, compile_pattern
from workflows.diagrams.report import Report
from workflows.expressions.dialect import Dialect
from workflows.expressions.expression import Expression, Literal

TYPES = {
    "string": FieldType.STRING,
    "long": FieldType.INTEGER,
    "integer": FieldType.INTEGER,
    "double": FieldType.NUMBER,
    "number": FieldType.NUMBER,
    "boolean": FieldType.BOOLEAN,
    "date": FieldType.DATE,
    "enum": FieldType.SELECT,
}
_CHOICE_WIDGETS = {name: FieldType(name) for name in ("select", "radio", "checklist", "taglist")}
_TIME_WIDGETS = {name: FieldType(name) for name in ("date", "datetime", "time")}
_KIND_WIDGETS = {"email": InputKind.EMAIL, "tel": InputKind.PHONE}
WIDGETS = {
    "string": {"textarea": FieldType.TEXTAREA, "email": FieldType.STRING, "tel": FieldType.STRING, **_CHOICE_WIDGETS},
    "enum": _CHOICE_WIDGETS,
    "long": _CHOICE_WIDGETS,
    "integer": _CHOICE_WIDGETS,
    "date": _TIME_WIDGETS,
}
PROPERTIES = (
    "options",
    "widget",
    "description",
    "placeholder",
    "prefix",
    "suffix",
    "group",
    "hideIf",
    "showIf",
    "patternMessage",
    "step",
    "noPast",
)
CONSTRAINTS = ("required", "readonly", "min", "max", "minlength", "maxlength", "pattern")


def read_form_data(form_data: Element, form_id: str, report: Report) -> Form:
    """Compile a `camunda:formData` element; what is wrong with it goes to `report`."""
    fields = tuple(_FieldReader(element, report).field() for element in children(form_data, "formField", of=CAMUNDA))
    ids = [field.id for field in fields]
    for element in children(form_data, "formField", of=CAMUNDA):
        if ids.count(element.get("id", "")) > 1:
            report.add(place(element), "Two fields of the form have this id.", "Give each field an id of its own.")
    business_key = attribute(form_data, "businessKey")
    if business_key is not None and business_key not in ids:
        what = f"The business key is to come from field {business_key!r}, which the form does not have."
        report.add(place(form_data), what, "Choose one of the form's fields.")
    return Form(form_id, fields, business_key=business_key)


class _FieldReader:
    """Reads one `camunda:formField`."""

    def __init__(self, element: Element, report: Report) -> None:
        self._element = element
        self._report = report
        self._place = place(element)
        self._properties = dict(self._read_properties())
        self._constraints = dict(self._read_constraints())
        self._type_name = attribute(element, "type") or ""

    def field(self) -> FormField:
        if not attribute(self._element, "id"):
            self._add("A field of the form has no id.", "Give it the name of the variable that it fills.")
        field_type = self._type()
        options = self._options(field_type)
        field = FormField(
            id=attribute(self._element, "id") or "",
            type=field_type,
            label=self._text("label", self._element.get("label")),
            description=self._text("description", self._properties.get("description")),
            placeholder=self._text("placeholder", self._properties.get("placeholder")),
            prefix=self._text("prefix", self._properties.get("prefix")),
            suffix=self._text("suffix", self._properties.get("suffix")),
            default=self._optional("default value", self._element.get("defaultValue")),
            required=self._switch("required"),
            readonly=self._switch("readonly"),
            min=self._constraint("min"),
            max=self._constraint("max"),
            min_length=self._constraint("minlength"),
            max_length=self._constraint("maxlength"),
            pattern=self._pattern(),
            options=options,
            hidden_if=self._conditions("hideIf"),
            shown_if=self._conditions("showIf"),
            group=self._group(),
            input_kind=_KIND_WIDGETS.get(self._properties.get("widget", ""), InputKind.TEXT),
            step=self._properties.get("step"),
            time_format=TimeFormat.LOCAL if field_type is FieldType.TIME else TimeFormat.UTC,
            date_formats=self._date_formats(),
            no_past=self._properties.get("noPast", "").lower() == "true",
        )
        return checked_default(field, self._place, self._report)

    def _add(self, what: str, mend: str) -> None:
        self._report.add(self._place, what, mend)

    def _read_properties(self) -> Iterator[tuple[str, str]]:
        for holder in children(self._element, "properties", of=CAMUNDA):
            for element in children(holder, "property", of=CAMUNDA):
                name = attribute(element, "id") or attribute(element, "name") or ""
                if name not in PROPERTIES:
                    what = f"The property {name!r} of the field has no meaning here."
                    self._report.add(place(element), what, f"Remove it, or use one of {', '.join(PROPERTIES)}.")
                yield name, (element.get("value") or "").strip()

    def _read_constraints(self) -> Iterator[tuple[str, str]]:
        for holder in children(self._element, "validation", of=CAMUNDA):
            for element in children(holder, "constraint", of=CAMUNDA):
                name = attribute(element, "name") or ""
                if name not in CONSTRAINTS:
                    what = f"The constraint {name!r} is not known, so nothing would check it."
                    if name == "validator":
                        what = "A validator class can only run in a JVM."
                    self._report.add(place(element), what, f"Use one of {', '.join(CONSTRAINTS)}.")
                yield name, (element.get("config") or "").strip()

    def _type(self) -> FieldType:
        if self._type_name not in TYPES:
            what = f"The field has the type {self._type_name!r}." if self._type_name else "The field has no type."
            self._add(what, f"Choose one of {', '.join(TYPES)}.")
            return FieldType.STRING
        widget = self._properties.get("widget")
        if widget is None:
            return self._type_without_widget()
        widgets = WIDGETS.get(self._type_name, {})
        if widget not in widgets:
            offered = f"use one of {', '.join(widgets)}" if widgets else "remove it: the type says all"
            self._add(f"A {self._type_name} can't be shown by the widget {widget!r}.", f"Correct it: {offered}.")
        return widgets.get(widget, TYPES[self._type_name])

    def _type_without_widget(self) -> FieldType:
        field_type = TYPES[self._type_name]
        if field_type is FieldType.DATE and any("%H" in text or "%I" in text for text in self._date_formats()):
            return FieldType.DATETIME
        return FieldType.SELECT if "options" in self._properties else field_type

    def _options(self, field_type: FieldType) -> tuple[Option, ...] | Expression:
        listed = tuple(
            Option(element.get("id", ""), element.get("name", "") or element.get("id", ""))
            for element in children(self._element, "value", of=CAMUNDA)
        )
        source = self._properties.get("options")
        if field_type not in CHOICES:
            if listed or source is not None:
                self._add("The field has options, but its type offers no choice.", "Give it the type enum.")
            return ()
        if source is not None and listed:
            self._add("The field has both values and the property options.", "Keep one of the two.")
        if source is not None:
            options = self._value("property options", source)
            if isinstance(options, Literal) and isinstance(options.value, str):
                mend = "Write ${name}, with the variable that holds the list."
                self._add("The property options names no variable.", mend)
            return options
        if not listed:
            self._add("The field offers no values to choose from.", "Add values, or the property options.")
        return listed

    def _switch(self, name: str) -> Expression:
        config = self._constraints.get(name)
        if config is not None and config.lower() not in {"", "true"} and "{" not in config:
            self._add(f"The constraint {name} says {config!r}, but it holds by being there.", "Remove the constraint.")
        if config is None or "{" not in config:
            return Literal(config is not None) if config is None else YES
        return self._value(f"constraint {name}", config)

    def _constraint(self, name: str) -> Expression | None:
        config = self._constraints.get(name)
        if config == "":
            self._add(f"The constraint {name} has no value.", "Write its value, or remove it.")
        return self._optional(f"constraint {name}", config)

    def _pattern(self) -> Pattern | None:
        source = self._constraints.get("pattern")
        kind = _KIND_WIDGETS.get(self._properties.get("widget", ""))
        if source is None:
            return None if kind is None else OF_KIND[kind]
        try:
            return compile_pattern(source, whole=True, message=self._properties.get("patternMessage", ""))
        except BadPattern as error:
            self._add(f"The pattern {source!r} can't be used: {error}.", "Correct the constraint pattern.")
            return None

    def _group(self) -> FieldGroup | None:
        label = self._properties.get("group")
        return None if not label else FieldGroup(label, self._value("group", label))

    def _conditions(self, name: str) -> tuple[Expression, ...]:
        text = self._properties.get(name)
        if text is None:
            return ()
        dialect = Dialect.CAMUNDA8 if text.startswith("=") else Dialect.CAMUNDA7
        return (self._report.condition(self._place, f"property {name}", text, dialect),)

    def _date_formats(self) -> tuple[str, ...]:
        pattern = attribute(self._element, "datePattern")
        if pattern is None:
            return ()
        date_format = java_date_format(pattern)
        if date_format is None:
            self._add(
                f"The date pattern {pattern!r} is not known.", "Write one such as dd/MM/yyyy or yyyy-MM-dd HH:mm."
            )
            return ()
        return (date_format,)

    def _text(self, what: str, text: str | None) -> Expression:
        return self._value(what, text or "")

    def _optional(self, what: str, text: str | None) -> Expression | None:
        return None if not text else self._value(what, text)

    def _value(self, what: str, text: str) -> Expression:
        return self._report.value(self._place, what, text, Dialect.CAMUNDA7)
