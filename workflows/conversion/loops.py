"""Multi-instance activities."""

from workflows.conversion.conversion import Conversion
from workflows.conversion.feel import Binding, Feel, conditional, literal, operation
from workflows.conversion.writing import add, extend, remove, shared, write_feel
from workflows.diagrams.elements import Element, child, children
from workflows.diagrams.graph import MultiInstance, Node
from workflows.expressions.expression import Expression, Literal

_COUNTERS = {
    "nrOfInstances": "numberOfInstances",
    "nrOfActiveInstances": "numberOfActiveInstances",
    "nrOfCompletedInstances": "numberOfCompletedInstances",
    "nrOfTerminatedInstances": "numberOfTerminatedInstances",
}
_ELSEWHERE = ("loopCardinality", "loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem")


def write_multi_instance(conversion: Conversion, element: Element, node: Node, loop: MultiInstance) -> None:
    """Say over which collection an activity runs, and count its runs from 0 as Camunda 7 does."""
    characteristics = child(element, "multiInstanceLoopCharacteristics")
    if characteristics is None:
        return
    _refuse_counters(conversion, element, node)
    remove(list(children(characteristics, *_ELSEWHERE)))
    output = loop.output_element
    extend(
        characteristics,
        "loopCharacteristics",
        inputCollection=_collection(conversion, element, loop).source,
        inputElement=loop.element_variable,
        outputCollection=loop.output_collection,
        outputElement=None if output is None else conversion.feel(element, "output element", output).source,
    )
    add(shared(element, "ioMapping"), "input", source="=loopCounter - 1", target="loopCounter")
    condition = child(characteristics, "completionCondition")
    if condition is not None and loop.completion_condition is not None:
        write_feel(condition, _with_counters(conversion, element, loop.completion_condition))


def _collection(conversion: Conversion, element: Element, loop: MultiInstance) -> Feel:
    if loop.collection is not None:
        return conversion.feel(element, "collection", loop.collection)
    if loop.cardinality is None:
        return literal([])
    runs = conversion.feel(element, "loop cardinality", loop.cardinality)
    numbers = Feel(f"for run in 1..{runs.at(Binding.SUM)} return run", Binding.OPEN)
    if isinstance(loop.cardinality, Literal):
        return numbers if loop.cardinality.value else literal([])
    return conditional(operation(">", Binding.COMPARISON, runs, literal(0)), numbers, literal([]))


def _with_counters(conversion: Conversion, element: Element, condition: Expression) -> str:
    source = conversion.feel(element, "completion condition", condition).source
    for theirs, ours in _COUNTERS.items():
        source = source.replace(theirs, ours)
    return source


def _refuse_counters(conversion: Conversion, element: Element, node: Node) -> None:
    """In Camunda 8 only the completion condition knows how many runs there are."""
    for mapping in (*node.inputs, *node.outputs):
        named = sorted(mapping.source.names & _COUNTERS.keys())
        if named:
            what = f"{named[0]} is known to the completion condition only."
            conversion.refuse(element, what, "Count the items of the collection, as ${...} of a variable before.")
