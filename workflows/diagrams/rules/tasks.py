"""Rules for activities: each says what does its work."""

from collections.abc import Iterator

from workflows.diagrams.elements import CAMUNDA, attribute, extension
from workflows.diagrams.graph import Node
from workflows.diagrams.rules.finding import Finding, Rule, Subject
from workflows.expressions.dialect import Dialect

_JAVA = ("class", "delegateExpression", "expression")
_JOB = {
    Dialect.CAMUNDA7: "Make it an external task: type external, and the topic of its handler.",
    Dialect.CAMUNDA8: "Give it a task definition with the job type of its handler.",
}


def work_of_tasks(subject: Subject) -> Iterator[Finding]:
    """A task that works by itself says who does the work."""
    job = _JOB[subject.dialect]
    for node in subject.nodes("serviceTask", "sendTask", "businessRuleTask", "scriptTask"):
        count = sum(part is not None for part in (node.job, node.decision, node.script))
        if count > 1:
            what = f"The {node.type} has both a job type and work of its own."
            yield Finding(node.id, what, "Keep one of the two.")
        elif not count and not (node.type == "sendTask" and node.events) and not _calls_java(subject, node):
            yield from _missing(subject, node, job)


def receivers(subject: Subject) -> Iterator[Finding]:
    """A receive task waits for a message."""
    for node in subject.nodes("receiveTask"):
        if not node.events:
            yield Finding(node.id, "The receive task names no message.", "Choose a message, or create one.")


def calls(subject: Subject) -> Iterator[Finding]:
    """A call activity calls a process."""
    for node in subject.nodes("callActivity"):
        if node.call is None:
            yield Finding(node.id, "The call activity calls no process.", "Name the called process.")


def transactions(subject: Subject) -> Iterator[Finding]:
    """A transaction that is cancelled is undone by compensation; there is no other method here."""
    for node in subject.nodes("transaction"):
        method = attribute(subject.elements[node.id], "method")
        if method not in {None, "##Compensate", "compensate"}:
            what = f"The method of the transaction is {method!r}; it can only compensate."
            yield Finding(node.id, what, "Remove method, or set it to ##Compensate.")


def _calls_java(subject: Subject, node: Node) -> bool:
    """Whether a task says what does its work, in a word that is refused for itself."""
    element = subject.elements[node.id]
    named = any(attribute(element, name, CAMUNDA) is not None for name in _JAVA)
    return named or extension(element, "connector", of=CAMUNDA) is not None


def _missing(subject: Subject, node: Node, job: str) -> Iterator[Finding]:
    match node.type:
        case "businessRuleTask":
            yield Finding(node.id, "The business rule task names no decision.", f"Name one. {job}")
        case "sendTask":
            yield Finding(node.id, "The send task sends nothing.", f"Choose a message. {job}")
        case "scriptTask" if subject.dialect is Dialect.CAMUNDA8:
            yield Finding(node.id, "The script task has no script.", f"Write one in FEEL. {job}")
        case "serviceTask":
            yield Finding(node.id, "Nothing does the work of the service task.", job)
        case _:
            return


RULES: tuple[Rule, ...] = (work_of_tasks, receivers, calls, transactions)
