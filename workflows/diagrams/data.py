"""BPMN's own data: data objects, inputs, outputs, properties, and the associations that copy between them.

An association without names on both ends is a drawing, as Camunda Modeler saves them, and copies nothing.
"""

from collections.abc import Iterator

from workflows.diagrams.compilation import Compilation, bare
from workflows.diagrams.composed import VariableValue
from workflows.diagrams.elements import Element, attribute, child, children, local, text_of
from workflows.diagrams.graph import DataMapping
from workflows.expressions.expression import Expression

_NAMED = frozenset({"dataObject", "dataInput", "dataOutput", "property", "inputDataItem", "outputDataItem"})
_PLACEHOLDER = "__targetRef_placeholder"


def variable_of(compilation: Compilation, element_id: str) -> str | None:
    """Return the variable that a data element stands for, None when it is drawing only."""
    element = compilation.elements.get(element_id)
    if element is not None and local(element) == "dataObjectReference":
        element = compilation.elements.get(bare(element.get("dataObjectRef", "")))
    if element is None or local(element) not in _NAMED:
        return None
    name = attribute(element, "name")
    return None if name is None or name == _PLACEHOLDER else name


def data_objects(container: Element) -> tuple[str, ...]:
    """Return the variables that the data objects of a process or sub-process make local to it."""
    names = (attribute(element, "name") for element in children(container, "dataObject"))
    return tuple(name for name in names if name is not None)


def data_inputs(compilation: Compilation, node: Element) -> tuple[DataMapping, ...]:
    """Return what the data input associations of a node copy into it."""
    return tuple(_mappings(compilation, node, "dataInputAssociation"))


def data_outputs(compilation: Compilation, node: Element) -> tuple[DataMapping, ...]:
    """Return what the data output associations of a node copy out of it."""
    return tuple(_mappings(compilation, node, "dataOutputAssociation"))


def _mappings(compilation: Compilation, node: Element, kind: str) -> Iterator[DataMapping]:
    for association in children(node, kind):
        assignments = list(children(association, "assignment"))
        for assignment in assignments:
            yield from _assignment(compilation, assignment)
        target_ref = child(association, "targetRef")
        target = None if target_ref is None else variable_of(compilation, bare(text_of(target_ref)))
        source = _source(compilation, association)
        if target is not None and source is not None and not assignments:
            yield DataMapping(target, source)


def _source(compilation: Compilation, association: Element) -> Expression | None:
    transformation = child(association, "transformation")
    if transformation is not None:
        return compilation.expression(transformation, "transformation")
    names = [variable_of(compilation, bare(text_of(source))) for source in children(association, "sourceRef")]
    if len(names) > 1:
        what = "A data association with several sources needs a transformation."
        compilation.problem(association, what, "Write the transformation, or draw one association for each source.")
    return VariableValue(names[0]) if names and names[0] is not None else None


def _assignment(compilation: Compilation, assignment: Element) -> Iterator[DataMapping]:
    source = compilation.expression(child(assignment, "from"), "assignment's from")
    target = text_of(child(assignment, "to")).strip().removeprefix("=").strip()
    target = target.removeprefix("${").removesuffix("}").strip()
    if source is None or not target:
        mend = "Write an expression in from and the name of a variable in to."
        compilation.problem(assignment, "The assignment of the data association is incomplete.", mend)
    else:
        yield DataMapping(target, source)
