"""The diagram of a definition on a page."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from flask import url_for
from markupsafe import Markup

from app.web.services import services
from workflows.engine import ProcessDefinition
from workflows.pictures import Mark, draw, read_picture


@dataclass(frozen=True, slots=True)
class Diagram:
    """What a page shows: a picture, as SVG, and where a browser gets the file; None for a file that is no BPMN."""

    picture: Markup
    address: str | None


def diagram_of(definition: ProcessDefinition, marks: Mapping[str, Collection[Mark]] | None = None) -> Diagram:
    """Return the diagram of a definition: as its file draws it, or laid out if that has no drawing.

    `marks` are what the picture shows of elements, by their ids.
    """
    file = services().engine.diagram(definition.id)
    title = definition.name or definition.process_id
    svg = draw(read_picture(file.content, file.name), title=title, marks=marks, with_style=False)
    is_bpmn = PurePath(file.name).suffix.lower() == ".bpmn"
    address = url_for("desk.definitions.file", definition_id=definition.id) if is_bpmn else None
    return Diagram(Markup(svg), address)  # noqa: S704 -- `draw` has escaped it
