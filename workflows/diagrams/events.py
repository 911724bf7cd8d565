"""Event definitions: what an event catches or throws."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from workflows.diagrams.compilation import Compilation, bare
from workflows.diagrams.composed import VariableValue
from workflows.diagrams.elements import (
    CAMUNDA,
    ZEEBE,
    Element,
    attribute,
    child,
    children,
    extension,
    extensions,
    flag,
    local,
    text_of,
)
from workflows.diagrams.graph import DataMapping, EventDefinition, EventKind, TimerKind
from workflows.diagrams.timer_texts import check_timer
from workflows.expressions.dialect import Dialect
from workflows.expressions.expression import Expression, Literal

_SUFFIX = "EventDefinition"
KINDS = {f"{kind.value}{_SUFFIX}": kind for kind in EventKind}
_Reader: TypeAlias = Callable[[Compilation, Element], EventDefinition]


def event_definitions(compilation: Compilation, event: Element) -> tuple[EventDefinition, ...]:
    """Return the definitions of an event element, those that it refers to included, in the order of the file."""
    return tuple(_read(compilation, element) for element in definition_elements(compilation, event))


def definition_elements(compilation: Compilation, event: Element) -> Iterator[Element]:
    """Yield the elements that define an event: its children, and root elements by `eventDefinitionRef`."""
    for element in children(event):
        if local(element) in KINDS:
            yield element
        elif local(element) == "eventDefinitionRef":
            reference = bare(text_of(element))
            found = compilation.elements.get(reference)
            if found is None or local(found) not in KINDS:
                what = f"The event refers to the event definition {reference!r}, which does not exist."
                compilation.problem(element, what, "Refer to an event definition at the top of the file.")
            else:
                yield found


def referred_definition(compilation: Compilation, element: Element, name: str) -> EventDefinition | None:
    """Return the event definition that an attribute refers to, None without one."""
    reference = attribute(element, name)
    found = None if reference is None else compilation.elements.get(bare(reference))
    if found is not None and local(found) in KINDS:
        return _read(compilation, found)
    if reference is not None:
        what = f"The {name} {reference!r} leads to no event definition."
        compilation.problem(element, what, "Refer to an event definition at the top of the file.")
    return None


def message_definition(compilation: Compilation, element: Element) -> EventDefinition | None:
    """Return the message that an event definition, or a send or receive task, refers to; None without one."""
    message = compilation.referred(element, "messageRef", "message")
    if message is None:
        return None
    name = compilation.attribute(message, "name")
    if name is None:
        compilation.problem(message, "The message has no name.", "Give it one: messages are found by name.")
    subscription = extension(message, "subscription", of=ZEEBE)
    key = None if subscription is None else compilation.attribute(subscription, "correlationKey")
    return EventDefinition(EventKind.MESSAGE, id=element.get("id", ""), name=name, correlation_key=key)


def signal_payload(compilation: Compilation, event: Element) -> tuple[DataMapping, ...]:
    """Return what `camunda:in` of a thrown signal gives to its catchers."""
    mappings = []
    for definition in definition_elements(compilation, event):
        for element in extensions(definition, "in", of=CAMUNDA):
            source = attribute(element, "source")
            value = compilation.attribute(element, "sourceExpression") if source is None else VariableValue(source)
            target = attribute(element, "target")
            if value is None or target is None:
                mend = "Name the source variable (or expression) and the target of each mapping."
                compilation.problem(element, "The mapping of a signal's variables is incomplete.", mend)
            else:
                mappings.append(DataMapping(target, value))
    return tuple(mappings)


def _read(compilation: Compilation, element: Element) -> EventDefinition:
    return _READERS[KINDS[local(element)]](compilation, element)


def _message(compilation: Compilation, element: Element) -> EventDefinition:
    return message_definition(compilation, element) or _plain(compilation, element)


def _signal(compilation: Compilation, element: Element) -> EventDefinition:
    signal = compilation.referred(element, "signalRef", "signal")
    name = None if signal is None else compilation.attribute(signal, "name")
    if signal is not None and name is None:
        compilation.problem(signal, "The signal has no name.", "Give it one: signals are found by name.")
    return EventDefinition(EventKind.SIGNAL, id=element.get("id", ""), name=name)


def _error(compilation: Compilation, element: Element) -> EventDefinition:
    error = compilation.referred(element, "errorRef", "error")
    return EventDefinition(
        EventKind.ERROR,
        id=element.get("id", ""),
        code=_code(compilation, error, "errorCode"),
        code_variable=attribute(element, "errorCodeVariable", CAMUNDA),
        message_variable=attribute(element, "errorMessageVariable", CAMUNDA),
        error_message=None if error is None else compilation.attribute(error, "errorMessage", CAMUNDA),
    )


def _escalation(compilation: Compilation, element: Element) -> EventDefinition:
    escalation = compilation.referred(element, "escalationRef", "escalation")
    return EventDefinition(
        EventKind.ESCALATION,
        id=element.get("id", ""),
        code=_code(compilation, escalation, "escalationCode"),
        code_variable=attribute(element, "escalationCodeVariable", CAMUNDA),
    )


def _code(compilation: Compilation, referred: Element | None, name: str) -> Expression | None:
    if referred is None:
        return None
    code = compilation.attribute(referred, name)
    if code is None:
        kind = local(referred)
        compilation.problem(referred, f"The {kind} has no code.", f"Give it one: {kind}s are caught by their code.")
    return code


def _timer(compilation: Compilation, element: Element) -> EventDefinition:
    given = [part for kind in TimerKind if (part := child(element, kind.value)) is not None and text_of(part).strip()]
    if len(given) != 1:
        what = "The timer has no time." if not given else "The timer has more than one time."
        compilation.problem(element, what, "Write one of timeDate, timeDuration and timeCycle.")
        return _plain(compilation, element)
    kind = TimerKind(local(given[0]))
    expression = compilation.expression(given[0], f"timer's {kind.value}")
    if isinstance(expression, Literal):
        check_timer(compilation, given[0], kind, text_of(given[0]).strip())
    return EventDefinition(EventKind.TIMER, id=element.get("id", ""), timer=kind, expression=expression)


def _conditional(compilation: Compilation, element: Element) -> EventDefinition:
    expression = compilation.condition(child(element, "condition"), "condition")
    if expression is None:
        compilation.problem(element, "The conditional event has no condition.", "Write one.")
    return EventDefinition(
        EventKind.CONDITIONAL,
        id=element.get("id", ""),
        expression=expression,
        variable_name=_watched_variable(compilation, element),
    )


def _watched_variable(compilation: Compilation, element: Element) -> str | None:
    if compilation.dialect is Dialect.CAMUNDA7:
        events = attribute(element, "variableEvents", CAMUNDA)
        names = attribute(element, "variableName", CAMUNDA)
    else:
        found = extension(element, "conditionalFilter", of=ZEEBE)
        events = None if found is None else attribute(found, "variableEvents")
        names = None if found is None else attribute(found, "variableNames")
    if events is not None:
        what = "The condition is limited to some kinds of change of its variable."
        compilation.problem(element, what, "Remove the variable events: the condition is tried at each change.")
    if names is not None and "," in names:
        what = "The condition is limited to several variables."
        compilation.problem(element, what, "Name one variable, or none.")
    return names


def _link(compilation: Compilation, element: Element) -> EventDefinition:
    name = attribute(element, "name")
    if name is None:
        compilation.problem(element, "The link has no name.", "Give it the name of the link event it belongs to.")
    return EventDefinition(EventKind.LINK, id=element.get("id", ""), name=Literal(name))


def _compensate(_compilation: Compilation, element: Element) -> EventDefinition:
    activity = attribute(element, "activityRef")
    return EventDefinition(
        EventKind.COMPENSATE,
        id=element.get("id", ""),
        activity_ref=None if activity is None else bare(activity),
        wait_for_completion=flag(element, "waitForCompletion", default=True),
    )


def _plain(_compilation: Compilation, element: Element) -> EventDefinition:
    return EventDefinition(KINDS[local(element)], id=element.get("id", ""))


_READERS: dict[EventKind, _Reader] = {
    EventKind.MESSAGE: _message,
    EventKind.TIMER: _timer,
    EventKind.SIGNAL: _signal,
    EventKind.ERROR: _error,
    EventKind.ESCALATION: _escalation,
    EventKind.CONDITIONAL: _conditional,
    EventKind.LINK: _link,
    EventKind.TERMINATE: _plain,
    EventKind.CANCEL: _plain,
    EventKind.COMPENSATE: _compensate,
}
