"""Input and output parameters."""

from collections.abc import Iterable

from workflows.conversion.conversion import Conversion
from workflows.conversion.writing import add, shared
from workflows.diagrams.elements import ZEEBE, Element, child, extension
from workflows.diagrams.forms.model import FieldType
from workflows.diagrams.graph import DataMapping, EventKind, Node

_CARRYING = frozenset({EventKind.MESSAGE, EventKind.SIGNAL, EventKind.ERROR, EventKind.ESCALATION})
_LOST = "In Camunda 8 only the outputs of an element with outputs reach the process; "
_MEND = "Let the handler answer by the names that the process uses, and remove the output parameters."


def write_mappings(conversion: Conversion, element: Element, node: Node) -> None:
    """Write the mappings of a node, those first that others must not disturb."""
    if node.inputs:
        mapping = shared(element, "ioMapping")
        for given in _undisturbed(conversion, element, node.inputs):
            source = conversion.feel(element, f"input {given.target}", given.source).source
            add(mapping, "input", source=source, target=given.target)
    if node.outputs:
        results = _results(conversion, element, node)
        mapping = shared(element, "ioMapping")
        written = {found.get("target") for found in mapping} | {taken.target for taken in node.outputs}
        for name in results:
            if name not in written:
                add(mapping, "output", source=f"={name}", target=name)
        for taken in node.outputs:
            source = conversion.feel(element, f"output {taken.target}", taken.source).source
            add(mapping, "output", source=source, target=taken.target)


def _undisturbed(conversion: Conversion, element: Element, mappings: tuple[DataMapping, ...]) -> Iterable[DataMapping]:
    """Return the mappings in an order in which none reads what another has written: in Camunda 7 none sees the
    others, in Camunda 8 each sees those before it."""
    left = list(mappings)
    while left:
        free = next((one for one in left if not any(_reads(other, one) for other in left if other is not one)), None)
        if free is None:
            what = "Input parameters read variables that other ones of them write, in a circle."
            conversion.refuse(element, what, "Give the local variables names of their own.")
            return
        left.remove(free)
        yield free


def _reads(mapping: DataMapping, written: DataMapping) -> bool:
    return written.target.partition(".")[0] in mapping.source.names


def _results(conversion: Conversion, element: Element, node: Node) -> list[str]:
    """Return the variables that an element with outputs is known to answer, which are to reach the process too."""
    if node.job is not None:
        conversion.refuse(element, f"{_LOST}other variables of the handler would be lost.", _MEND)
    elif node.user_task is not None and node.type == "userTask":
        if node.user_task.form is None:
            conversion.refuse(element, f"{_LOST}what the page answers would be lost.", _MEND)
        else:
            fields = node.user_task.form.fields
            return [field.id for field in fields if field.type is not FieldType.TEXT and "." not in field.id]
    elif node.script is not None and node.script.script is not None and node.script.result_variable is None:
        mend = "Move the output parameters to the next element."
        conversion.refuse(element, f"{_LOST}other variables of the script would be lost.", mend)
    elif node.script is not None and node.script.result_variable is not None:
        return [node.script.result_variable]
    elif node.decision is not None and node.decision.result_variable is not None:
        return [node.decision.result_variable]
    elif node.call is not None and (node.call.all_outputs or node.call.outputs):
        conversion.refuse(element, "The called process and the output parameters both write variables.", _MEND)
    elif any(event.kind in _CARRYING for event in node.events):
        conversion.refuse(element, f"{_LOST}what the event brings would be lost.", _MEND)
    return []


def has_mapping(element: Element, kind: str) -> bool:
    """Whether an element has an input or output mapping of Camunda 8."""
    mapping = extension(element, "ioMapping", of=ZEEBE)
    return mapping is not None and child(mapping, kind, of=ZEEBE) is not None
