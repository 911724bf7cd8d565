"""What events, and send and receive tasks, catch and throw."""

from workflows.conversion.conversion import Conversion
from workflows.conversion.feel import literal
from workflows.conversion.tasks import write_headers
from workflows.conversion.words import (
    BUSINESS_KEY,
    CORRELATION_KEY,
    ERROR_CODE,
    ERROR_MESSAGE,
    MESSAGE_JOB,
    MESSAGE_NAME,
    VARIABLES,
)
from workflows.conversion.writing import add, extend, shared, write_feel
from workflows.diagrams.compilation import bare
from workflows.diagrams.elements import Element, child, children, local, text_of
from workflows.diagrams.events import KINDS
from workflows.diagrams.graph import EventDefinition, EventKind, Node, TimerKind
from workflows.diagrams.mappings import targets
from workflows.diagrams.outline import THROW_EVENTS
from workflows.expressions.expression import Literal
from workflows.timers import parse_instant

THROWERS = THROW_EVENTS | {"sendTask"}
_CODED = {EventKind.ERROR: ("errorRef", "errorCode"), EventKind.ESCALATION: ("escalationRef", "escalationCode")}
_NAMED = {EventKind.MESSAGE: "messageRef", EventKind.SIGNAL: "signalRef"}

_KEY = f'=if {BUSINESS_KEY} = null then "" else {BUSINESS_KEY}'
"""An instance without a business key waits for messages without a key."""


def write_events(conversion: Conversion, element: Element, node: Node) -> None:
    """Write each event definition of a node."""
    definitions = [found for found in children(element) if local(found) in KINDS]
    for index, event in enumerate(node.events):
        definition = definitions[index] if definitions else element
        _write_event(conversion, element, definition, node, event)


def write_message_job(conversion: Conversion, element: Element, node: Node) -> None:
    """A message that the process itself throws is published by a handler of ours, to whom its key waits for."""
    event = next((event for event in node.events if event.kind is EventKind.MESSAGE), None)
    if event is None or node.type not in THROWERS or node.job is not None:
        return
    extend(element, "taskDefinition", type=MESSAGE_JOB)
    mapping = shared(element, "ioMapping")
    if event.name is not None:
        source = conversion.feel(element, "message name", event.name).source
        add(mapping, "input", source=source, target=MESSAGE_NAME)
    key = f"={BUSINESS_KEY}"
    if event.correlation_key is not None:
        key = conversion.text(element, "correlation key", event.correlation_key)
    add(mapping, "input", source=key, target=CORRELATION_KEY)
    write_headers(element, {VARIABLES: ",".join(targets(node.inputs))})


def _write_event(
    conversion: Conversion, element: Element, definition: Element, node: Node, event: EventDefinition
) -> None:
    match event.kind:
        case EventKind.TIMER:
            _write_timer(conversion, definition, event)
        case EventKind.CONDITIONAL:
            _write_condition(conversion, definition, event)
        case EventKind.MESSAGE | EventKind.SIGNAL:
            _write_name(conversion, definition, event)
            if event.kind is EventKind.MESSAGE and node.type not in THROWERS:
                _write_subscription(conversion, definition)
        case EventKind.ERROR | EventKind.ESCALATION:
            _write_code(conversion, element, definition, event)
            _write_caught(conversion, element, event)


def _write_timer(conversion: Conversion, definition: Element, event: EventDefinition) -> None:
    element = None if event.timer is None else child(definition, event.timer.value)
    if element is None or event.expression is None:
        return
    if not isinstance(event.expression, Literal):
        write_feel(element, conversion.feel(element, "timer", event.expression).source)
    elif event.timer is TimerKind.DATE:
        element.text = parse_instant(text_of(element).strip()).isoformat()


def _write_condition(conversion: Conversion, definition: Element, event: EventDefinition) -> None:
    element = child(definition, "condition")
    if element is None or event.expression is None:
        return
    write_feel(element, conversion.feel(element, "condition", event.expression).source)
    if event.variable_name is not None:
        extend(definition, "conditionalFilter", variableNames=event.variable_name)


def _write_name(conversion: Conversion, definition: Element, event: EventDefinition) -> None:
    root = _referred(conversion, definition, _NAMED[event.kind])
    if root is not None and event.name is not None:
        root.set("name", conversion.value(definition, f"{event.kind} name", event.name))


def _write_subscription(conversion: Conversion, definition: Element) -> None:
    """Camunda 7 correlates by the business key."""
    message = _referred(conversion, definition, "messageRef")
    if message is not None:
        shared(message, "subscription").set("correlationKey", _KEY)


def _write_code(conversion: Conversion, element: Element, definition: Element, event: EventDefinition) -> None:
    reference, attribute = _CODED[event.kind]
    root = _referred(conversion, definition, reference)
    if root is not None and event.code is not None:
        root.set(attribute, conversion.value(element, f"{event.kind} code", event.code))
    if event.error_message is not None:
        mend = "Let a job handler throw the error: its text arrives."
        conversion.refuse(element, "An error that the process itself throws has no text in Camunda 8.", mend)


def _write_caught(conversion: Conversion, element: Element, event: EventDefinition) -> None:
    """The code that is caught is known here, or comes with what our workers throw, as its text does."""
    if event.code_variable is None and event.message_variable is None:
        return
    mapping = shared(element, "ioMapping")
    if event.code_variable is not None:
        source = f"={ERROR_CODE}" if event.code is None else conversion.feel(element, "code", event.code).source
        add(mapping, "output", source=source, target=event.code_variable)
        if event.code is None and event.kind is EventKind.ESCALATION:
            conversion.refuse(element, "The code of an escalation is not known there.", "Catch one code.")
    if event.message_variable is not None:
        source = f"=if {ERROR_MESSAGE} = null then {literal('').text} else {ERROR_MESSAGE}"
        add(mapping, "output", source=source, target=event.message_variable)


def _referred(conversion: Conversion, definition: Element, reference: str) -> Element | None:
    return conversion.elements.get(bare(definition.get(reference, "")))
