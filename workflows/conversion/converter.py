"""The way of a file from one dialect to the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflows.diagrams import Problem, compile_diagram
from workflows.diagrams.forms.model import Form
from workflows.expressions.dialect import Dialect

NO_FORMS: Mapping[str, Form] = {}


@dataclass(frozen=True, slots=True)
class Converted:
    """A Camunda 8 diagram, the form files that it refers to by name, and what it does not say any more."""

    bpmn: bytes
    forms: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()


def to_camunda8(content: bytes, file_name: str, *, forms: Mapping[str, Form] = NO_FORMS) -> Converted:
    """Translate a diagram; `forms` are those it may refer to, by id.

    Raise `InvalidDiagram` with everything that can't run at all, or that has no meaning in Camunda 8.
    """
    graph = compile_diagram(content, file_name, forms=forms)
    if graph.dialect is Dialect.CAMUNDA8:
        return Converted(content)
    raise NotImplementedError
