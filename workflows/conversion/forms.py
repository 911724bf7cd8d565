"""Forms of a diagram as form-js files.

What form-js has no place for stands in the `properties` of a component, which form-js leaves alone: it changes what a
page says, never what it accepts. What would change that is refused.
"""

import json
from itertools import groupby
from typing import TypeAlias

from workflows.conversion.conversion import Conversion
from workflows.conversion.feel import Binding, Feel, call, chain
from workflows.diagrams.elements import Element
from workflows.diagrams.forms.model import CHOICES, FieldType, Form, FormField, InputKind, Option
from workflows.diagrams.forms.patterns import OF_KIND
from workflows.expressions.expression import Expression, Literal
from workflows.values import JsonValue

_Component: TypeAlias = dict[str, JsonValue]
_SCHEMA_VERSION = 16
_TYPES = {
    FieldType.STRING: "textfield",
    FieldType.TEXTAREA: "textarea",
    FieldType.INTEGER: "number",
    FieldType.NUMBER: "number",
    FieldType.BOOLEAN: "checkbox",
    FieldType.DATE: "datetime",
    FieldType.DATETIME: "datetime",
    FieldType.TIME: "datetime",
    FieldType.SELECT: "select",
    FieldType.RADIO: "radio",
    FieldType.CHECKLIST: "checklist",
    FieldType.TAGLIST: "taglist",
    FieldType.TEXT: "text",
}
_TIMES = frozenset({FieldType.DATE, FieldType.DATETIME, FieldType.TIME})
_NUMBERS = frozenset({FieldType.INTEGER, FieldType.NUMBER})
_KINDS = {InputKind.EMAIL: "email", InputKind.PHONE: "phone"}


def form_file(conversion: Conversion, element: Element, form: Form) -> tuple[str, str]:
    """Add the file of a form; return the form's id and the name of the file."""
    process = next((around.get("id", "") for around in element.iterancestors() if around.get("isExecutable")), "")
    form_id = f"{process}_{form.id}" if process else form.id
    writer = _FormWriter(conversion, element)
    components = writer.components(form)
    content: dict[str, JsonValue] = {
        "components": list[JsonValue](components),
        "type": "default",
        "id": form_id,
        "executionPlatform": "Camunda Cloud",
        "executionPlatformVersion": "8.6.0",
        "schemaVersion": _SCHEMA_VERSION,
    }
    file_name = f"{form_id}.form"
    conversion.forms[file_name] = json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"
    return form_id, file_name


class _FormWriter:
    """Writes the form of one element."""

    def __init__(self, conversion: Conversion, element: Element) -> None:
        self._conversion = conversion
        self._element = element
        self._where = ""

    def components(self, form: Form) -> list[_Component]:
        """Return the components of a form: its fields, those of one group together, and its buttons."""
        found: list[_Component] = []
        for group, fields in groupby(form.fields, key=lambda field: field.group):
            components = [self._component(field) for field in fields]
            if group is None:
                found += components
            else:
                label = self._text("label of the group", group.label)
                inner = list[JsonValue](components)
                found.append({"type": "group", "id": f"Group_{len(found)}", "label": label, "components": inner})
        if submit := self._shown(form.submit_label):
            found.append({"type": "button", "id": "Button_submit", "action": "submit", "label": submit})
        if form.reset_label is not None:
            label = self._text("label of the button", form.reset_label)
            found.append({"type": "button", "id": "Button_reset", "action": "reset", "label": label})
        return found

    def _component(self, field: FormField) -> _Component:
        self._where = f"field {field.id!r}"
        component: _Component = {"type": _TYPES[field.type], "id": f"Field_{field.id.replace('.', '_')}"}
        if field.type is FieldType.TEXT:
            component["text"] = "" if field.default is None else self._text("text", field.default)
        else:
            component["key"] = field.id
            component["label"] = self._text("label", field.label)
            self._describe(component, field)
            self._limit(component, field)
            self._default(component, field)
        self._hide(component, field)
        return component

    def _describe(self, component: _Component, field: FormField) -> None:
        if description := self._shown(field.description):
            component["description"] = description
        adorners = {"prefixAdorner": self._shown(field.prefix), "suffixAdorner": self._shown(field.suffix)}
        appearance: _Component = {name: text for name, text in adorners.items() if text}
        if appearance and component["type"] in {"textfield", "number"}:
            component["appearance"] = appearance
        if not _is(field.readonly, value=False):
            component["readonly"] = True if _is(field.readonly, value=True) else self._feel("readonly", field.readonly)
        if field.type in CHOICES:
            self._offer(component, field.options)
        if field.type in _TIMES:
            self._time(component, field)
        hints: _Component = {"placeholder": self._shown(field.placeholder)}
        hints["patternMessage"] = "" if field.pattern is None else field.pattern.message
        properties: _Component = {name: text for name, text in hints.items() if text}
        if properties:
            component["properties"] = properties

    def _offer(self, component: _Component, options: tuple[Option, ...] | Expression) -> None:
        if not isinstance(options, tuple):
            component["valuesExpression"] = self._feel("options", options)
            return
        component["values"] = [{"label": option.label, "value": option.value} for option in options]

    def _time(self, component: _Component, field: FormField) -> None:
        component["subtype"] = str(field.type)
        for name, of in (("dateLabel", FieldType.DATE), ("timeLabel", FieldType.TIME)):
            if field.type in (of, FieldType.DATETIME):
                component[name] = component["label"]
        if field.type is not FieldType.DATE:
            component["timeSerializingFormat"] = str(field.time_format)
            if field.step is not None:
                component["timeInterval"] = int(field.step)
        if field.no_past:
            component["disallowPassedDates"] = True

    def _limit(self, component: _Component, field: FormField) -> None:
        rules: _Component = {}
        if _is(field.required, value=True):
            rules["required"] = True
        elif not _is(field.required, value=False):
            self._refuse("is required under a condition, which form-js does not know", "Check it in the process.")
        for name, limit in (("min", field.min), ("max", field.max)):
            if limit is not None:
                self._bound(rules, name, limit, field)
        for name, limit in (("minLength", field.min_length), ("maxLength", field.max_length)):
            if limit is not None:
                rules[name] = _number(limit) if isinstance(limit, Literal) else self._feel(name, limit)
        if field.input_kind is not InputKind.TEXT:
            rules["validationType"] = _KINDS[field.input_kind]
        if field.pattern is not None and field.pattern not in OF_KIND.values():
            rules["pattern"] = f"^(?:{field.pattern.source})$"
        if field.type in _NUMBERS:
            self._digits(component, field)
        if rules:
            component["validate"] = rules

    def _bound(self, rules: _Component, name: str, limit: Expression, field: FormField) -> None:
        if field.type not in _NUMBERS:
            self._refuse(f"has the limit {name}, which form-js knows for numbers only", "Check it in the process.")
        rules[name] = _number(limit) if isinstance(limit, Literal) else self._feel(name, limit)

    def _digits(self, component: _Component, field: FormField) -> None:
        digits = 0 if field.type is FieldType.INTEGER else field.decimal_digits
        if digits is not None:
            component["decimalDigits"] = digits
        if field.step is not None:
            component["increment"] = field.step
        if field.as_text:
            component["serializeToString"] = True

    def _default(self, component: _Component, field: FormField) -> None:
        if field.default is None:
            return
        if isinstance(field.default, Literal):
            component["defaultValue"] = field.default.value
        elif field.default.names != {field.id} or field.default.source.strip("${}# ") != field.id:
            mend = f"Set the variable {field.id} before the task."
            self._refuse("has a default that is computed, which form-js does not know", mend)

    def _hide(self, component: _Component, field: FormField) -> None:
        hidden = [self._piece("condition", condition) for condition in field.hidden_if]
        hidden += [call("not", self._piece("condition", condition)) for condition in field.shown_if]
        if hidden:
            condition = hidden[0] if len(hidden) == 1 else chain("or", Binding.OR, *hidden)
            component["conditional"] = {"hide": condition.source}

    def _piece(self, what: str, expression: Expression) -> Feel:
        return self._conversion.feel(self._element, f"{what} of {self._where}", expression)

    def _feel(self, what: str, expression: Expression) -> str:
        return self._piece(what, expression).source

    def _text(self, what: str, expression: Expression) -> str:
        return self._conversion.value(self._element, f"{what} of {self._where}", expression)

    def _shown(self, expression: Expression) -> str:
        return self._text("text", expression)

    def _refuse(self, what: str, mend: str) -> None:
        self._conversion.refuse(self._element, f"The {self._where} {what}.", mend)


def _is(expression: Expression, *, value: bool) -> bool:
    return isinstance(expression, Literal) and expression.value is value


def _number(limit: Literal) -> JsonValue:
    value = limit.value
    if not isinstance(value, str):
        return value
    return int(value) if value.lstrip("-").isdecimal() else float(value)
