"""A form on a page: what to show, and what a submission comes to. The same code takes forms of both dialects.

`now` carries the zone in which the page's reader thinks: dates and times are shown, and read, in that zone.
Both functions raise `ExpressionError` when an expression of the form itself fails.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from workflows.diagrams.forms import paths
from workflows.diagrams.forms.model import (
    CHOICES,
    EMPTY,
    MULTIPLE,
    FieldType,
    FieldView,
    Form,
    FormField,
    FormResult,
    FormView,
    Option,
    OptionView,
)
from workflows.diagrams.forms.options import option_text, options_of
from workflows.diagrams.forms.rules import Page, bound, fault, length
from workflows.diagrams.forms.texts import Rejected, parse, show
from workflows.values import JsonValue, Variables


def prepare(form: Form, variables: Mapping[str, JsonValue], now: datetime) -> FormView:
    """Return the form as it stands when it is opened: each variable's own value, or else its default."""
    page = _page(form, variables, now)
    return _view(form, page, {field.id: show(field, _current(field, page), now) for field in form.fields}, {})


def validate(
    form: Form, submitted: Mapping[str, Sequence[str]], variables: Mapping[str, JsonValue], now: datetime
) -> FormResult:
    """Return the typed values of a submission, or a sentence for each field that can't be accepted.

    Names that are no fields of the form are not looked at. Fields that are hidden, given what was entered, are not
    taken; readonly fields keep their variable.
    """
    page = _page(form, variables, now)
    texts = {field.id: _submitted(field, submitted, page) for field in form.fields}
    parsed, errors = _parse(form, texts, page)
    entered: Variables = dict(page.variables)
    for field_id, value in parsed.items():
        paths.write(entered, field_id, value)
    values: Variables = {}
    seen = Page(entered, now)
    for field in form.fields:
        if not _visible(field, seen):
            paths.write(entered, field.id, paths.read(page.variables, field.id))
            errors.pop(field.id, None)
        elif field.id not in parsed:
            _keep(values, field, page)
        elif field.id in errors:
            continue
        elif (sentence := fault(field, parsed[field.id], seen)) is not None:
            errors[field.id] = sentence
        else:
            _write(values, page, field.id, parsed[field.id])
    view = _view(form, seen, texts, errors)
    return FormResult({} if errors else values, errors, view, _business_key(form, entered))


def accept(
    form: Form, values: Mapping[str, JsonValue], variables: Mapping[str, JsonValue], now: datetime
) -> FormResult:
    """Check JSON values, by field id, as `validate` checks texts; a name that is no field of the form is an error."""
    fields = {field.id: field for field in form.fields if field.type is not FieldType.TEXT}
    errors = {name: "The form has no field of this name." for name in values if name not in fields}
    submitted: dict[str, tuple[str, ...]] = {}
    for name, value in values.items():
        if name in fields and (sentence := _unlike(fields[name], value)) is not None:
            errors[name] = sentence
        elif name in fields:
            submitted[name] = show(fields[name], value, now)
    result = validate(form, submitted, variables, now)
    faults = {**result.errors, **errors}
    return replace(result, values={} if faults else result.values, errors=faults)


def _page(form: Form, variables: Mapping[str, JsonValue], now: datetime) -> Page:
    """Every field is a variable for the form's expressions, null until something sets it."""
    unset: Variables = {field.id.partition(".")[0]: None for field in form.fields if field.type is not FieldType.TEXT}
    return Page({**unset, **variables}, now)


def _current(field: FormField, page: Page) -> JsonValue:
    value = None if field.type is FieldType.TEXT else paths.read(page.variables, field.id)
    return page.evaluate(field.default) if value is None and field.default is not None else value


def _keep(values: Variables, field: FormField, page: Page) -> None:
    """A readonly field leaves its variable alone, but brings its default to one that is not set yet."""
    if field.type is FieldType.TEXT or field.default is None or paths.read(page.variables, field.id) is not None:
        return
    _write(values, page, field.id, page.evaluate(field.default))


def _asks(field: FormField, page: Page) -> bool:
    return field.type is not FieldType.TEXT and not page.holds(field.readonly)


def _submitted(field: FormField, submitted: Mapping[str, Sequence[str]], page: Page) -> tuple[str, ...]:
    if _asks(field, page):
        return tuple(submitted.get(field.id, ()))
    return show(field, _current(field, page), page.now)


def _parse(form: Form, texts: Mapping[str, tuple[str, ...]], page: Page) -> tuple[Variables, dict[str, str]]:
    """Return, by field id, the values of all fields that ask for one, and the sentences for those without value."""
    parsed: Variables = {}
    errors: dict[str, str] = {}
    for field in form.fields:
        if not _asks(field, page):
            continue
        try:
            options = options_of(field, page.variables, page.now) if texts[field.id] else ()
            parsed[field.id] = parse(field, texts[field.id], options, page.now)
        except Rejected as rejected:
            parsed[field.id] = None
            errors[field.id] = str(rejected)
    return parsed, errors


def _write(values: Variables, page: Page, path: str, value: JsonValue) -> None:
    """Set one value of the result; an object that holds several fields keeps its other entries."""
    root = path.partition(".")[0]
    if root != path and root not in values:
        values[root] = page.variables.get(root)
    paths.write(values, path, value)


def _visible(field: FormField, page: Page) -> bool:
    hidden = any(page.holds(condition) for condition in field.hidden_if)
    return not hidden and all(page.holds(condition) for condition in field.shown_if)


def _business_key(form: Form, entered: Variables) -> str | None:
    value = None if form.business_key is None else paths.read(entered, form.business_key)
    return None if value is None else option_text(value)


def _unlike(field: FormField, value: JsonValue) -> str | None:
    """Return a sentence when the JSON value has a type that the field's values never have."""
    if value is None or field.type in CHOICES:
        multiple = field.type in MULTIPLE
        return "This must be a list of values." if value is not None and multiple != isinstance(value, list) else None
    number = isinstance(value, int | float) and not isinstance(value, bool) and not field.as_text
    match field.type:
        case FieldType.BOOLEAN:
            return None if isinstance(value, bool) else "This must be true or false."
        case FieldType.INTEGER | FieldType.NUMBER if not field.as_text:
            return None if number else "This must be a number."
        case _:
            return None if isinstance(value, str) else "This must be text."


def _view(form: Form, page: Page, texts: Mapping[str, tuple[str, ...]], errors: Mapping[str, str]) -> FormView:
    fields = tuple(_field_view(field, page, texts[field.id], errors.get(field.id)) for field in form.fields)
    reset_label = None if form.reset_label is None else page.text(form.reset_label)
    return FormView(form.id, form.name, page.text(form.submit_label), fields, reset_label)


def _field_view(field: FormField, page: Page, texts: tuple[str, ...], error: str | None) -> FieldView:
    text = page.text
    visible = _visible(field, page)
    options = options_of(field, page.variables, page.now) if visible else ()
    return FieldView(
        id=field.id,
        type=field.type,
        label=text(field.label),
        description=text(field.description),
        placeholder=text(field.placeholder),
        prefix=text(field.prefix),
        suffix=text(field.suffix),
        texts=texts,
        options=_option_views(options, texts),
        required=page.holds(field.required),
        readonly=page.holds(field.readonly),
        visible=visible,
        group_id="" if field.group is None else field.group.id,
        group_label=text(EMPTY if field.group is None else field.group.label),
        input_kind=field.input_kind,
        min=_limit(field, page, lowest=True),
        max=_limit(field, page, lowest=False),
        step=field.step,
        min_length=length(field, field.min_length, page),
        max_length=length(field, field.max_length, page),
        error=error,
    )


def _option_views(options: tuple[Option, ...], texts: tuple[str, ...]) -> tuple[OptionView, ...]:
    return tuple(
        OptionView(option_text(option.value), option.label, option.group, option_text(option.value) in texts)
        for option in options
    )


def _limit(field: FormField, page: Page, *, lowest: bool) -> str | None:
    limit = bound(field, field.min if lowest else field.max, page)
    if limit is None:
        return None
    return format(limit, "f") if not hasattr(limit, "isoformat") else show(field, limit.isoformat(), page.now)[0]
