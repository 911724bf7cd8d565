"""Every Camunda 7 drawing of the repository that our engines run, and what the tables beside this file say of them."""

from dataclasses import dataclass
from pathlib import Path

from workflows.diagrams import compile_diagram, compile_form
from workflows.diagrams.forms import Form
from workflows.errors import InvalidDiagram
from workflows.expressions.dialect import Dialect

ROOT = Path(__file__).parents[2]
_TABLES = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Drawing:
    """A file, with the forms that stand beside it, by id."""

    path: Path
    forms: dict[str, Form]

    @property
    def name(self) -> str:
        """Its place in the repository."""
        return self.path.relative_to(ROOT).as_posix()


def camunda7_drawings() -> list[Drawing]:
    """Return the drawings in the order of their places."""
    paths = sorted([*(ROOT / "bpmn").glob("*.bpmn"), *(ROOT / "tests").rglob("*.bpmn")])
    drawings = [Drawing(path, _forms_beside(path)) for path in paths]
    return [drawing for drawing in drawings if _is_runnable_camunda7(drawing)]


def table(name: str) -> dict[str, str]:
    """Return what a table says, by the place of the drawing: `PLACE: what`."""
    lines = (_TABLES / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines)


def _is_runnable_camunda7(drawing: Drawing) -> bool:
    try:
        graph = compile_diagram(drawing.path.read_bytes(), drawing.path.name, forms=drawing.forms)
    except InvalidDiagram:
        return False
    return graph.dialect is Dialect.CAMUNDA7


def _forms_beside(path: Path) -> dict[str, Form]:
    forms = {}
    for file in path.parent.glob("*.form"):
        try:
            form = compile_form(file.read_bytes(), file.name)
        except InvalidDiagram:
            continue
        forms[form.id] = form
    return forms
