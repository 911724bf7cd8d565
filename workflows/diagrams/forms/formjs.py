"""Reads form-js schemas: the `.form` files that Camunda Modeler saves, schema versions 1 to 19.

Fields stand below each other in the file's order; rows, columns and spacers are not taken over. `schema` lists what
can be used, and what to use instead of the rest.
"""

import json
import re
from typing import cast

from workflows.diagrams.forms.components import ComponentReader, JsonObject, Surroundings
from workflows.diagrams.forms.model import EMPTY, Form, FormField
from workflows.diagrams.forms.schema import FORM_PROPERTIES, LAYOUT_ONLY, PROPERTIES, REFUSED
from workflows.diagrams.limits import MAX_BYTES
from workflows.diagrams.report import Place, Report
from workflows.expressions.expression import Expression
from workflows.values import JsonValue

MAX_GROUP_DEPTH = 20
_ID = re.compile(r'"id"\s*:\s*("(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*")')


def compile_form(content: bytes, file_name: str) -> Form:
    """Compile a `.form` file; raise `InvalidDiagram` with every problem."""
    report = Report(file_name)
    form = read_form(content, report)
    report.raise_if_any()
    return form


def read_form(content: bytes, report: Report) -> Form:
    """Compile a `.form` file; what is wrong with it goes to `report`."""
    return _FormReader(content, report).form()


class _FormReader:
    """Reads one file, component by component."""

    def __init__(self, content: bytes, report: Report) -> None:
        self._report = report
        text, self._schema = _load(content, report)
        self._lines = _lines_of_ids(text)
        self._fields: list[tuple[FormField, Place]] = []
        self._submit_label: Expression = EMPTY
        self._reset_label: Expression | None = None

    def form(self) -> Form:
        form_id = self._schema.get("id")
        if self._schema and not (isinstance(form_id, str) and form_id):
            self._report.add(Place(), "The form has no id.", "Give it one: diagrams refer to forms by their id.")
        for name in sorted(self._schema.keys() - FORM_PROPERTIES):
            self._report.add(Place(), f"The property {name!r} of the form is not known.", "Remove it.")
        self._read_all(self._schema.get("components", []), Surroundings(), 0)
        self._find_duplicates()
        return Form(
            id=str(form_id),
            fields=tuple(field for field, _ in self._fields),
            submit_label=self._submit_label,
            reset_label=self._reset_label,
        )

    def _read_all(self, components: JsonValue, around: Surroundings, depth: int) -> None:
        if not isinstance(components, list) or not all(isinstance(item, dict) for item in components):
            self._report.add(Place(), "The components of the form are not a list of objects.", "Save the form anew.")
        elif depth > MAX_GROUP_DEPTH:
            self._report.add(Place(), f"Groups stand more than {MAX_GROUP_DEPTH} deep.", "Nest them less.")
        else:
            for component in components:
                self._read(cast(JsonObject, component), around, depth)

    def _read(self, component: JsonObject, around: Surroundings, depth: int) -> None:
        place = self._place(component)
        kind = str(component.get("type", ""))
        if kind not in PROPERTIES:
            instead = REFUSED.get(kind, f"Use one of {', '.join(PROPERTIES)}.")
            self._report.add(place, f"The component {kind!r} can't be shown here.", instead)
            return
        reader = ComponentReader(component, place, self._report)
        if kind == "group":
            self._read_all(component.get("components", []), reader.surroundings(around), depth + 1)
        elif kind == "button":
            self._read_button(reader)
        elif kind not in LAYOUT_ONLY:
            self._fields.append((reader.field(around), place))

    def _read_button(self, reader: ComponentReader) -> None:
        if reader.is_reset_button:
            self._reset_label = reader.label()
        else:
            self._submit_label = reader.label()

    def _find_duplicates(self) -> None:
        seen: set[str] = set()
        for field, place in self._fields:
            if field.id in seen:
                self._report.add(place, f"Two fields have the key {field.id!r}.", "Give each a key of its own.")
            seen.add(field.id)

    def _place(self, component: JsonObject) -> Place:
        component_id, label = component.get("id"), component.get("label")
        name = label if isinstance(label, str) else ""
        if not isinstance(component_id, str):
            return Place(0, "", name)
        return Place(self._lines.get(component_id, 0), component_id, name)


def _lines_of_ids(text: str) -> dict[str, int]:
    """Return the line in which each component begins to be described, counted from 1, by its id."""
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        for found in _ID.finditer(line):
            lines.setdefault(json.loads(found[1]), number)
    return lines


def _load(content: bytes, report: Report) -> tuple[str, JsonObject]:
    """Return the file as text and as JSON object, which is empty after a problem."""
    if len(content) > MAX_BYTES:
        report.add(Place(), f"The file has more than {MAX_BYTES:,} bytes.", "Take out what the form does not need.")
        return "", {}
    try:
        text = content.decode("utf-8-sig")
        schema = json.loads(text)
    except UnicodeDecodeError:
        report.add(Place(), "The file is not UTF-8 text.", "Save the form anew with Camunda Modeler.")
    except json.JSONDecodeError as error:
        report.add(Place(error.lineno), f"The file is no JSON: {error.msg}.", "Save the form anew.")
    except RecursionError:
        report.add(Place(), "The file nests too deep.", "Save the form anew with Camunda Modeler.")
    else:
        if isinstance(schema, dict):
            return text, schema
        report.add(Place(1), "The file is no form: it holds no JSON object.", "Save the form anew.")
    return "", {}
