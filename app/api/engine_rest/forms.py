"""Forms as Camunda's clients read them: a reference, the fields as variables, HTML, or the file of a form."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from app.api.camunda.refusals import RestError
from app.api.engine_rest import values
from app.web.services import services
from workflows.diagrams.forms import FieldType, Form, FormResult, prepare
from workflows.engine import Resource
from workflows.errors import NotFound
from workflows.values import JsonValue

_GENERATED = "embedded:engine://engine/:engine"


def reference(definition_id: str, form: Form | None, address: str, form_key: str | None = None) -> dict[str, Any]:
    """Say where a form is: in a file, at `address` below the engine's for one of the diagram, or at its own key."""
    file = _file(definition_id, form)
    if form is not None and file is not None:
        return _reference(None, {"key": form.id, "binding": "deployment", "version": None})
    return _reference(f"{_GENERATED}/{address}/rendered-form" if form is not None else form_key, None)


def variables(form: Form | None, known: Mapping[str, JsonValue], names: Sequence[str] = ()) -> dict[str, Any]:
    """Return the fields of a form, each with its variable's value or else its default; only those of `names`."""
    found: dict[str, JsonValue] = {}
    if form is not None:
        view = prepare(form, known, services().now())
        found = {field.id: known.get(field.id, _value(field.type, field.texts)) for field in view.fields}
    found = {**known, **found}
    return values.read({name: value for name, value in found.items() if not names or name in names})


def rendered(form: Form | None, known: Mapping[str, JsonValue]) -> ResponseReturnValue:
    """Return a form as HTML, in Camunda's own words for embedded forms."""
    if form is None:
        raise RestError(400, "There is no generated form here.")
    view = prepare(form, known, services().now())
    return Response(render_template("engine_rest/form.html", view=view), mimetype="application/xhtml+xml")


def deployed(definition_id: str, form: Form | None) -> ResponseReturnValue:
    """Return the file of a form."""
    file = _file(definition_id, form)
    if file is None:
        raise RestError(400, "There is no deployed form here: it is part of the diagram, or there is none.")
    return jsonify(json.loads(file.content))


def accepted(result: FormResult) -> dict[str, JsonValue]:
    """Return the values that a form has accepted, or refuse them with a sentence for each field."""
    if not result.accepted:
        said = "; ".join(f"{name}: {sentence}" for name, sentence in result.errors.items())
        raise RestError(400, f"The form does not accept this. {said}", "FormFieldValidationException")
    return result.values


def _file(definition_id: str, form: Form | None) -> Resource | None:
    if form is None:
        return None
    try:
        return services().engine.form_file(definition_id, form.id)
    except NotFound:
        return None


def _reference(key: str | None, form: dict[str, Any] | None) -> dict[str, Any]:
    return {"key": key, "camundaFormRef": form, "contextPath": None}


def _value(kind: FieldType, texts: Sequence[str]) -> JsonValue:
    if kind is FieldType.BOOLEAN:
        return bool(texts)
    return texts[0] if texts and texts[0] else None
