"""Rules for where a process or sub-process begins."""

from collections.abc import Iterator

from workflows.diagrams.graph import EventKind, Node
from workflows.diagrams.outline import ACTIVITIES
from workflows.diagrams.rules.finding import Finding, Rule, Subject
from workflows.diagrams.wording import with_article

_PROCESS_STARTS = (EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL)
_EVENT_SUBPROCESS_STARTS = (
    *_PROCESS_STARTS, EventKind.CONDITIONAL, EventKind.ERROR, EventKind.ESCALATION, EventKind.COMPENSATE,
)  # fmt: skip


def something_begins(subject: Subject) -> Iterator[Finding]:
    """A process, and a sub-process that holds anything, has somewhere to begin."""
    for owner, body in subject.bodies():
        if body.entries or body.event_starts:
            continue
        if owner in subject.graph.processes:
            yield Finding(owner, "Nothing begins this process.", "Add a start event.")
        elif body.nodes:
            yield Finding(owner, "Nothing in this sub-process begins.", "Add a start event inside.")


def one_plain_start(subject: Subject) -> Iterator[Finding]:
    """Of several plain start events nobody could say which one begins."""
    for owner, body in subject.bodies():
        plain = [name for name in body.entries if subject.graph.nodes[name].type == "startEvent"]
        for name in plain[1:]:
            mend = "Keep one of them, or give the others an event such as a message."
            yield Finding(name, f"{owner} has more than one start event without an event.", mend)


def kinds_of_starts(subject: Subject) -> Iterator[Finding]:
    """Which events may begin depends on what they begin."""
    for node in subject.nodes("startEvent"):
        parent = subject.parent(node)
        if parent is None:
            yield from _allowed(node, _PROCESS_STARTS, "a process")
            if node.parallel_multiple:
                what = "A process can't begin with several events that must all happen."
                mend = "Begin with an instantiating parallel event-based gateway, with the events behind it."
                yield Finding(node.id, what, mend)
        elif parent.triggered_by_event:
            yield from _allowed(node, _EVENT_SUBPROCESS_STARTS, "an event sub-process")
        elif parent.type == "adHocSubProcess":
            what = "An ad-hoc sub-process has no start event: its activities begin by themselves."
            yield Finding(node.id, what, "Remove the start event.")
        elif node.events:
            what = "A sub-process that its flow leads to does not begin with an event."
            yield Finding(node.id, what, "Make it a plain start event, or the sub-process an event sub-process.")


def event_subprocesses(subject: Subject) -> Iterator[Finding]:
    """An event sub-process has one start event, which says what it waits for; nothing stands on it."""
    for node in subject.nodes("subProcess", "transaction", "adHocSubProcess"):
        if not node.triggered_by_event or node.body is None:
            continue
        starts = [name for name in node.body.nodes if subject.graph.nodes[name].type == "startEvent"]
        if len(starts) != 1 or len(node.body.event_starts) != 1:
            what = "An event sub-process has exactly one start event, with an event definition."
            yield Finding(node.id, what, "Draw one start event inside, and give it a message, timer or other event.")
        if node.attached:
            yield Finding(node.attached[0], "A boundary event can't stand on an event sub-process.", "Move it.")


def ad_hoc_subprocesses(subject: Subject) -> Iterator[Finding]:
    """An ad-hoc sub-process offers activities; it is over when these are, or by its condition."""
    for node in subject.nodes("adHocSubProcess"):
        inner = [subject.graph.nodes[name] for name in node.body.nodes] if node.body is not None else []
        if not any(each.type in ACTIVITIES for each in inner):
            yield Finding(node.id, "The ad-hoc sub-process has no activities.", "Draw those that may run in it.")
        for each in inner:
            if each.type == "endEvent":
                what = "An ad-hoc sub-process has no end event: it is over when its activities are."
                yield Finding(each.id, what, "Remove the end event, or write a completion condition.")


def what_people_start(subject: Subject) -> Iterator[Finding]:
    """A start form is filled by the person who starts a process, so only its plain start event can have one."""
    for node in subject.nodes("startEvent"):
        if node.user_task is not None and (node.events or not subject.is_top_level(node)):
            what = "Nobody would be shown the form of this start event."
            yield Finding(node.id, what, "Put it on the plain start event of the process, or on a user task.")
        if node.initiator is not None and not subject.is_top_level(node):
            what = "Nobody starts a sub-process, so there is no initiator here."
            yield Finding(node.id, what, "Put the initiator on the start event of the process.")


def starts_that_always_interrupt(subject: Subject) -> Iterator[Finding]:
    """An error ends what it happens in."""
    for node in subject.nodes("startEvent", "boundaryEvent"):
        kinds = {event.kind for event in node.events}
        if not node.interrupting and kinds & {EventKind.ERROR, EventKind.CANCEL}:
            yield Finding(node.id, "An error or cancel event always interrupts.", "Make the event interrupting.")


def instantiating_receivers(subject: Subject) -> Iterator[Finding]:
    """Only a process is begun by a message that a task or gateway receives."""
    for node in subject.nodes("receiveTask", "eventBasedGateway"):
        if node.instantiate and not subject.is_top_level(node):
            what = f"The {node.type} is to begin a process, but stands in a sub-process."
            yield Finding(node.id, what, "Set instantiate to false, or move it out.")


def _allowed(node: Node, kinds: tuple[EventKind, ...], what_begins: str) -> Iterator[Finding]:
    for event in node.events:
        if event.kind not in kinds:
            what = f"{with_article(event.kind.value).capitalize()} event can't begin {what_begins}."
            yield Finding(node.id, what, f"Use one of {', '.join(kind.value for kind in kinds)}.")


RULES: tuple[Rule, ...] = (
    something_begins,
    one_plain_start,
    kinds_of_starts,
    event_subprocesses,
    ad_hoc_subprocesses,
    what_people_start,
    starts_that_always_interrupt,
    instantiating_receivers,
)
