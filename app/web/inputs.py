"""The attributes of HTML controls, and how fields and options fall into groups, for the form templates."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

from flask import Flask

from workflows.diagrams.forms import FieldType, FieldView
from workflows.diagrams.forms.model import InputKind

Item = TypeVar("Item")

PRESENT_PASSWORD = "present_password"  # noqa: S105 -- the id of a field
"""The field that browsers may fill with the password they know."""

_INPUT_TYPES = {FieldType.DATE: "date", FieldType.DATETIME: "datetime-local", FieldType.TIME: "time"}
_KEYBOARDS = {FieldType.INTEGER: "numeric", FieldType.NUMBER: "decimal"}
_NOT_INPUTS = frozenset({FieldType.TEXTAREA, FieldType.SELECT, FieldType.TAGLIST, FieldType.BOOLEAN})


def install(app: Flask) -> None:
    """Give the templates of `app` what is here."""
    app.add_template_filter(runs)
    app.add_template_global(attributes)
    app.add_template_global(description)


def runs(items: Iterable[Item], attribute: str) -> Iterator[tuple[object, list[Item]]]:
    """Split `items` where the value of `attribute` changes; give each run with its value."""
    for value, run in groupby(items, key=attrgetter(attribute)):
        yield value, list(run)


def attributes(field: FieldView, element_id: str) -> dict[str, str | int | None]:
    """Return the attributes of a field's single control; None stands for one that is left out.

    Numbers are text inputs with the fitting keyboard: number inputs of browsers drop what they can't read, and the
    reader could not see what was wrong.
    """
    found: dict[str, str | int | None] = {
        "id": element_id,
        "name": field.id,
        "required": "required" if field.required else None,
        "multiple": "multiple" if field.type is FieldType.TAGLIST else None,
        "placeholder": None if field.type is FieldType.SELECT else field.placeholder or None,
        "maxlength": field.max_length,
        **description(field, element_id),
    }
    if field.type not in _NOT_INPUTS:
        found["type"] = _INPUT_TYPES.get(field.type, field.input_kind.value)
        found["inputmode"] = _KEYBOARDS.get(field.type)
    if field.input_kind is InputKind.PASSWORD:
        found["autocomplete"] = "current-password" if field.id == PRESENT_PASSWORD else "new-password"
    if field.type in _INPUT_TYPES:
        found |= {"min": field.min, "max": field.max, "step": field.step}
    return found


def description(field: FieldView, element_id: str) -> dict[str, str | int | None]:
    """Return the attributes that tie the notes above a field to it."""
    notes = [f"{element_id}-hint"] if field.description else []
    if field.error:
        notes.append(f"{element_id}-error")
    return {"aria-describedby": " ".join(notes) or None, "aria-invalid": "true" if field.error else None}
