"""Rules for events: which may stand where, and what each needs to be found."""

from collections.abc import Iterator, Mapping

from workflows.diagrams.compilation import text_literal
from workflows.diagrams.graph import EventDefinition, EventKind, Flow, Node
from workflows.diagrams.outline import ACTIVITIES, SUBPROCESSES
from workflows.diagrams.rules.finding import Finding, Rule, Subject
from workflows.diagrams.wording import with_article
from workflows.expressions.dialect import Dialect

_KINDS: Mapping[str, frozenset[EventKind]] = {
    "intermediateCatchEvent": frozenset({
        EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL, EventKind.CONDITIONAL, EventKind.LINK,
    }),
    "boundaryEvent": frozenset({
        EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL, EventKind.CONDITIONAL, EventKind.ERROR,
        EventKind.ESCALATION, EventKind.CANCEL, EventKind.COMPENSATE,
    }),
    "intermediateThrowEvent": frozenset({
        EventKind.MESSAGE, EventKind.SIGNAL, EventKind.ESCALATION, EventKind.COMPENSATE, EventKind.LINK,
    }),
    "endEvent": frozenset({
        EventKind.MESSAGE, EventKind.SIGNAL, EventKind.ERROR, EventKind.ESCALATION, EventKind.COMPENSATE,
        EventKind.CANCEL, EventKind.TERMINATE,
    }),
}  # fmt: skip
_THROWING = frozenset({"intermediateThrowEvent", "endEvent"})
_BEHIND_GATEWAY = frozenset({EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL, EventKind.CONDITIONAL})


def catching_needs_an_event(subject: Subject) -> Iterator[Finding]:
    """What waits has to say for what."""
    for node in subject.nodes("intermediateCatchEvent", "boundaryEvent"):
        if not node.events:
            mend = "Give it a message, timer, signal or other event."
            yield Finding(node.id, f"This {node.type} has no event definition: it waits for nothing.", mend)


def kinds_by_position(subject: Subject) -> Iterator[Finding]:
    """Not every event may stand everywhere."""
    for node in subject.nodes(*_KINDS):
        for event in node.events:
            if event.kind not in _KINDS[node.type]:
                what = f"This {node.type} can't be {with_article(event.kind.value)} event."
                yield Finding(
                    node.id, what, f"Use one of {', '.join(sorted(kind.value for kind in _KINDS[node.type]))}."
                )


def names_and_codes(subject: Subject) -> Iterator[Finding]:
    """Messages and signals are found by name, thrown errors and escalations by code."""
    for node in subject.nodes():
        for event in node.events:
            yield from _named(node, event)


def correlation_keys(subject: Subject) -> Iterator[Finding]:
    """In Camunda 8 a message finds a waiting instance by its correlation key."""
    if subject.dialect is not Dialect.CAMUNDA8:
        return
    for node in subject.nodes():
        begins = subject.is_top_level(node) and (node.type == "startEvent" or node.instantiate)
        if node.type in _THROWING or node.type == "sendTask" or begins:
            continue
        for event in node.events:
            if event.kind is EventKind.MESSAGE and event.name is not None and event.correlation_key is None:
                what = "The message has no correlation key, so it can't find the instance that waits for it."
                yield Finding(node.id, what, "Set the subscription's correlation key at the message.")


def parallel_multiples(subject: Subject) -> Iterator[Finding]:
    """A parallel multiple event waits for several events."""
    for node in subject.nodes():
        if node.parallel_multiple and len(node.events) < 2:  # noqa: PLR2004
            what = "A parallel multiple event needs at least two event definitions."
            yield Finding(node.id, what, "Add event definitions, or remove parallelMultiple.")


def event_based_gateways(subject: Subject) -> Iterator[Finding]:
    """An event-based gateway waits for the events right behind it."""
    for node in subject.nodes("eventBasedGateway"):
        if len(node.outgoing) < 2:  # noqa: PLR2004
            mend = "Draw a flow to each event that it waits for."
            yield Finding(node.id, "An event-based gateway needs at least two events to choose from.", mend)
        if node.event_gateway_parallel and not node.instantiate:
            mend = "Set instantiate to true, or eventGatewayType to Exclusive."
            yield Finding(node.id, "A parallel event-based gateway can only begin a process.", mend)
        for flow in node.outgoing:
            yield from _behind_gateway(subject.graph.nodes[flow.target], flow)


def _behind_gateway(target: Node, flow: Flow) -> Iterator[Finding]:
    waits = target.type == "intermediateCatchEvent" and all(event.kind in _BEHIND_GATEWAY for event in target.events)
    if not waits and target.type != "receiveTask":
        what = f"Behind an event-based gateway stands {target.id}, which is no event to wait for."
        yield Finding(flow.id, what, "Lead it to a message, timer, signal or conditional event.")
    elif len(target.incoming) > 1:
        what = f"Other flows lead to {target.id} too, which waits behind an event-based gateway."
        yield Finding(flow.id, what, "Draw an event behind the gateway that nothing else leads to.")
    elif target.attached:
        what = f"The receive task {target.id} waits behind an event-based gateway, and has boundary events."
        yield Finding(flow.id, what, "Draw these events behind the gateway too, instead of on the task.")


def cancellation(subject: Subject) -> Iterator[Finding]:
    """Only a transaction can be cancelled."""
    for node in subject.nodes("endEvent", "boundaryEvent"):
        if all(event.kind is not EventKind.CANCEL for event in node.events):
            continue
        host = subject.parent(node) if node.type == "endEvent" else subject.graph.nodes.get(node.attached_to or "")
        if host is None or host.type != "transaction":
            mend = "Make the sub-process a transaction, or use an error event."
            yield Finding(node.id, "A cancel event belongs to a transaction.", mend)


def compensation(subject: Subject) -> Iterator[Finding]:
    """What is to be compensated exists, and every handler belongs to a compensation event."""
    for node in subject.nodes():
        if node.for_compensation and node.id not in subject.outline.undoing and not node.triggered_by_event:
            what = "No compensation event leads to this handler."
            yield Finding(node.id, what, "Connect it by an association to a compensation boundary event.")
        for event in node.events:
            if event.kind is EventKind.COMPENSATE and event.activity_ref is not None:
                yield from _compensated(subject, node, event.activity_ref)


def _compensated(subject: Subject, node: Node, activity: str) -> Iterator[Finding]:
    target = subject.graph.nodes.get(activity)
    if target is None or target.type not in ACTIVITIES:
        yield Finding(node.id, f"The activity {activity!r} to compensate does not exist.", "Choose an activity.")
    elif target.compensation_handler is None and target.type not in SUBPROCESSES:
        what = f"Nothing undoes {activity}, which is to be compensated."
        yield Finding(node.id, what, "Attach a compensation event to that activity, and connect it to a handler.")


def one_catcher_for_each_code(subject: Subject) -> Iterator[Finding]:
    """Of two events on one activity that catch the same code nobody could say which one does."""
    for host in subject.nodes():
        seen: set[tuple[EventKind, str | None]] = set()
        for name in host.attached:
            for event in subject.graph.nodes[name].events:
                if event.kind not in {EventKind.ERROR, EventKind.ESCALATION}:
                    continue
                caught = (event.kind, None if event.code is None else event.code.source)
                if caught in seen:
                    what = f"Another event on {host.id} catches the same {event.kind.value}."
                    yield Finding(name, what, "Keep one of them, or give them different codes.")
                seen.add(caught)


def _named(node: Node, event: EventDefinition) -> Iterator[Finding]:
    throws = node.type in _THROWING
    match event.kind:
        case EventKind.MESSAGE if event.name is None and node.job is None:
            yield Finding(node.id, "The event names no message.", "Choose a message, or create one.")
        case EventKind.SIGNAL if event.name is None:
            yield Finding(node.id, "The event names no signal.", "Choose a signal, or create one.")
        case EventKind.ERROR | EventKind.ESCALATION if throws and not _has_code(event):
            kind = event.kind.value
            yield Finding(
                node.id, f"The event throws no {kind} of its own.", f"Choose {with_article(kind)} with a code."
            )
        case _:
            return


def _has_code(event: EventDefinition) -> bool:
    """Whether the event has a code: a text that is not empty, or an expression."""
    return event.code is not None and text_literal(event.code) != ""


RULES: tuple[Rule, ...] = (
    catching_needs_an_event,
    kinds_by_position,
    names_and_codes,
    correlation_keys,
    parallel_multiples,
    event_based_gateways,
    cancellation,
    compensation,
    one_catcher_for_each_code,
)
