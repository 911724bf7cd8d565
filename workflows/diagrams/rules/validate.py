"""Runs every rule over a graph."""

from workflows.diagrams.graph import Graph
from workflows.diagrams.outline import Outline
from workflows.diagrams.rules import events, flows, starts, tasks
from workflows.diagrams.rules.finding import Rule, Subject

RULES: tuple[Rule, ...] = (*flows.RULES, *starts.RULES, *events.RULES, *tasks.RULES)


def validate(outline: Outline, graph: Graph) -> None:
    """Note everything in the report that would stop the graph from running as it is drawn."""
    subject = Subject(outline, graph)
    for rule in RULES:
        for finding in rule(subject):
            outline.compilation.problem(subject.elements[finding.element], finding.what, finding.mend)
