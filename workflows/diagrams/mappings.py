"""Input and output mappings: `camunda:inputOutput`, `zeebe:ioMapping`, and what a called process is given."""

from dataclasses import dataclass

from workflows.diagrams.compilation import Compilation
from workflows.diagrams.composed import ListValue, MapValue
from workflows.diagrams.data import data_inputs, data_outputs
from workflows.diagrams.elements import (
    CAMUNDA,
    ZEEBE,
    Element,
    attribute,
    child,
    children,
    extension,
    extensions,
    local,
    text_of,
)
from workflows.diagrams.graph import DataMapping
from workflows.expressions.dialect import Dialect
from workflows.expressions.expression import Expression, Literal

_DEFINITIONS = ("list", "map", "script")


@dataclass(frozen=True, slots=True)
class Mappings:
    """What an element is given, and what it gives back."""

    inputs: tuple[DataMapping, ...] = ()
    outputs: tuple[DataMapping, ...] = ()


def mappings_of(compilation: Compilation, node: Element) -> Mappings:
    """Return the mappings of a flow node: those of its dialect, then BPMN's data associations."""
    if compilation.dialect is Dialect.CAMUNDA7:
        declared = _input_output(compilation, node)
    else:
        declared = _io_mapping(compilation, node)
    return Mappings(
        (*declared.inputs, *data_inputs(compilation, node)), (*declared.outputs, *data_outputs(compilation, node))
    )


def properties_of(node: Element) -> dict[str, str]:
    """Return the extension properties of an element, of either dialect."""
    found: dict[str, str] = {}
    for namespace in (CAMUNDA, ZEEBE):
        for holder in extensions(node, "properties", of=namespace):
            for element in children(holder, "property", of=namespace):
                found[attribute(element, "name") or attribute(element, "id") or ""] = element.get("value") or ""
    return found


def _input_output(compilation: Compilation, node: Element) -> Mappings:
    holder = extension(node, "inputOutput", of=CAMUNDA)
    if holder is None:
        return Mappings()
    outputs = tuple(_parameter(compilation, element) for element in children(holder, "outputParameter", of=CAMUNDA))
    if outputs and (local(node) == "endEvent" or child(node, "multiInstanceLoopCharacteristics") is not None):
        what = "Output parameters of an end event or a multi-instance activity would be lost."
        compilation.problem(holder, what, "Remove them, and let the activity itself write its variables.")
    inputs = tuple(_parameter(compilation, element) for element in children(holder, "inputParameter", of=CAMUNDA))
    return Mappings(inputs, outputs)


def _parameter(compilation: Compilation, element: Element) -> DataMapping:
    name = attribute(element, "name")
    if name is None:
        compilation.problem(element, "The parameter has no name.", "Give it the name of the variable that it sets.")
    return DataMapping(name or "", _camunda_value(compilation, element))


def _camunda_value(compilation: Compilation, element: Element) -> Expression:
    """Compile the content of a parameter, entry or value: a text, or one list, map or script."""
    definition = child(element, *_DEFINITIONS, of=CAMUNDA)
    if definition is not None:
        return _definition(compilation, definition)
    text = text_of(element)
    return Literal(None) if not text.strip() else compilation.value(element, local(element), text)


def _definition(compilation: Compilation, element: Element) -> Expression:
    match local(element):
        case "list":
            return ListValue(tuple(_item(compilation, item) for item in children(element, of=CAMUNDA)))
        case "map":
            entries = children(element, "entry", of=CAMUNDA)
            return MapValue(tuple((entry.get("key", ""), _camunda_value(compilation, entry)) for entry in entries))
        case _:
            return _script(compilation, element)


def _item(compilation: Compilation, element: Element) -> Expression:
    if local(element) in _DEFINITIONS:
        return _definition(compilation, element)
    return _camunda_value(compilation, element)


def _script(compilation: Compilation, element: Element) -> Expression:
    script_format = (attribute(element, "scriptFormat") or "").lower()
    if "feel" in script_format:
        return compilation.feel(element, "script of a parameter", text_of(element))
    what = f"A parameter can't be computed by a script in {script_format or 'an unnamed language'!r}."
    compilation.problem(element, what, "Write FEEL (scriptFormat feel), or a script task before.")
    return Literal(None)


def _io_mapping(compilation: Compilation, node: Element) -> Mappings:
    holder = extension(node, "ioMapping", of=ZEEBE)
    if holder is None:
        return Mappings()
    return Mappings(_zeebe_mappings(compilation, holder, "input"), _zeebe_mappings(compilation, holder, "output"))


def _zeebe_mappings(compilation: Compilation, holder: Element, name: str) -> tuple[DataMapping, ...]:
    found = []
    for element in children(holder, name, of=ZEEBE):
        target = attribute(element, "target")
        source = compilation.attribute(element, "source")
        if target is None:
            compilation.problem(element, f"The {name} mapping has no target.", "Name the variable that it sets.")
        found.append(DataMapping(target or "", Literal("") if source is None else source))
    return tuple(found)


def targets(mappings: tuple[DataMapping, ...]) -> tuple[str, ...]:
    """Return the variables that mappings set, each once."""
    return tuple(dict.fromkeys(mapping.target.partition(".")[0] for mapping in mappings))
