"""Activities that run more than once: standard loops and multi-instance."""

from workflows.diagrams.compilation import Compilation, bare
from workflows.diagrams.composed import VariableValue
from workflows.diagrams.data import variable_of
from workflows.diagrams.elements import (
    CAMUNDA,
    ZEEBE,
    Element,
    attribute,
    child,
    children,
    extension,
    flag,
    local,
    text_of,
)
from workflows.diagrams.events import KINDS, event_definitions, referred_definition
from workflows.diagrams.graph import EventDefinition, MultiInstance, StandardLoop
from workflows.expressions.expression import Expression, Literal

_BEHAVIORS = ("All", "None", "One", "Complex")


def loop_of(compilation: Compilation, activity: Element) -> StandardLoop | MultiInstance | None:
    """Return the loop characteristics of an activity."""
    element = child(activity, "standardLoopCharacteristics", "multiInstanceLoopCharacteristics")
    if element is None:
        return None
    if local(element) == "standardLoopCharacteristics":
        return _standard_loop(compilation, element)
    return _multi_instance(compilation, element)


def _standard_loop(compilation: Compilation, element: Element) -> StandardLoop:
    maximum = compilation.number(element, "loopMaximum", least=0, default=-1)
    condition = compilation.condition(child(element, "loopCondition"), "loop condition")
    if condition is None and maximum < 0:
        what = "The loop has neither a condition nor a maximum, so it would never end."
        compilation.problem(element, what, "Write the condition to go on, or a maximum.")
    return StandardLoop(condition, flag(element, "testBefore"), None if maximum < 0 else maximum)


def _multi_instance(compilation: Compilation, element: Element) -> MultiInstance:
    loop = extension(element, "loopCharacteristics", of=ZEEBE)
    cardinality = compilation.expression(child(element, "loopCardinality"), "loop cardinality")
    cardinality = _checked_cardinality(compilation, element, cardinality)
    collection = _collection(compilation, element, loop)
    if cardinality is None and collection is None:
        what = "The multi-instance activity says neither how often it runs nor over which collection."
        compilation.problem(element, what, "Write a loop cardinality or a collection.")
    behavior = element.get("behavior", "All")
    if behavior not in _BEHAVIORS:
        compilation.problem(element, f"The behavior {behavior!r} is not known.", f"Use {', '.join(_BEHAVIORS)}.")
    return MultiInstance(
        sequential=flag(element, "isSequential"),
        cardinality=cardinality,
        collection=collection,
        element_variable=_element_variable(element, loop),
        output_collection=_output_collection(compilation, element, loop),
        output_element=_output_element(compilation, element, loop),
        completion_condition=compilation.condition(child(element, "completionCondition"), "completion condition"),
        behavior=behavior,
        behavior_event=_behavior_event(compilation, element, behavior),
        complex_behavior=_complex_behavior(compilation, element),
        async_before=flag(element, "asyncBefore", CAMUNDA) or flag(element, "async", CAMUNDA),
        async_after=flag(element, "asyncAfter", CAMUNDA),
    )


def _checked_cardinality(
    compilation: Compilation, element: Element, cardinality: Expression | None
) -> Expression | None:
    """Return the cardinality, a constant one as a number."""
    if not isinstance(cardinality, Literal) or cardinality.value is None:
        return cardinality
    text = str(cardinality.value)
    if text.isdecimal():
        return Literal(int(text))
    found = child(element, "loopCardinality")
    where = element if found is None else found
    compilation.problem(where, f"The loop cardinality is {text!r}.", "Write a whole number from 0, or an expression.")
    return cardinality


def _collection(compilation: Compilation, element: Element, loop: Element | None) -> Expression | None:
    if loop is not None:
        return compilation.attribute(loop, "inputCollection")
    text = attribute(element, "collection", CAMUNDA)
    if text is not None:
        return VariableValue(text) if "{" not in text else compilation.value(element, "collection", text)
    name = _data_variable(compilation, child(element, "loopDataInputRef"))
    return None if name is None else VariableValue(name)


def _element_variable(element: Element, loop: Element | None) -> str | None:
    if loop is not None:
        return attribute(loop, "inputElement")
    return attribute(element, "elementVariable", CAMUNDA) or _data_item(element, "inputDataItem")


def _output_collection(compilation: Compilation, element: Element, loop: Element | None) -> str | None:
    if loop is not None:
        return attribute(loop, "outputCollection")
    return _data_variable(compilation, child(element, "loopDataOutputRef"))


def _output_element(compilation: Compilation, element: Element, loop: Element | None) -> Expression | None:
    if loop is not None:
        output = compilation.attribute(loop, "outputElement")
        if (output is None) != (attribute(loop, "outputCollection") is None):
            mend = "Name both the output collection and the output element."
            compilation.problem(loop, "Of the output collection and its element only one is given.", mend)
        return output
    name = _data_item(element, "outputDataItem")
    return None if name is None else VariableValue(name)


def _data_item(element: Element, name: str) -> str | None:
    item = child(element, name)
    return None if item is None else attribute(item, "name") or attribute(item, "id")


def _data_variable(compilation: Compilation, reference: Element | None) -> str | None:
    if reference is None:
        return None
    name = variable_of(compilation, bare(text_of(reference)))
    if name is None:
        what = f"{local(reference)} leads to no data that has a name."
        compilation.problem(reference, what, "Refer to a data object, data input or property with a name.")
    return name


def _behavior_event(compilation: Compilation, element: Element, behavior: str) -> EventDefinition | None:
    name = {"None": "noneBehaviorEventRef", "One": "oneBehaviorEventRef"}.get(behavior)
    if name is None:
        return None
    event = referred_definition(compilation, element, name)
    if event is None and attribute(element, name) is None:
        compilation.problem(element, f"The behavior {behavior} throws no event.", f"Set {name}.")
    return event


def _complex_behavior(compilation: Compilation, element: Element) -> tuple[tuple[Expression, EventDefinition], ...]:
    found = []
    for definition in children(element, "complexBehaviorDefinition"):
        condition = compilation.condition(child(definition, "condition"), "condition of the behavior")
        event = child(definition, "event")
        events = () if event is None else event_definitions(compilation, event)
        if condition is None or len(events) != 1:
            mend = f"Give it a condition and an event with one definition ({', '.join(KINDS)})."
            compilation.problem(definition, "The complex behavior is incomplete.", mend)
        else:
            found.append((condition, events[0]))
    return tuple(found)
