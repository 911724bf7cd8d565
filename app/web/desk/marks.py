"""What a diagram shows of an instance: where its tokens are, what failed, and which elements it has behind it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workflows.engine import ElementCounts, Incident
from workflows.pictures import Mark


@dataclass(frozen=True, slots=True)
class Marks:
    """Elements by their ids: how many executions and incidents each has now, and which were left before."""

    running: Mapping[str, int]
    incidents: Mapping[str, int]
    left: frozenset[str]

    def for_scripts(self) -> dict[str, object]:
        """Return them as JSON values, for the script that draws them over the diagram."""
        return {"running": dict(self.running), "incidents": dict(self.incidents), "left": sorted(self.left)}

    def for_picture(self) -> dict[str, set[Mark]]:
        """Return them as the marks of a picture."""
        found: dict[str, set[Mark]] = {element: {Mark.COVERED} for element in self.left - self.running.keys()}
        found |= {element: {Mark.ACTIVE} for element in self.running}
        return found | {element: {Mark.INCIDENT} for element in self.incidents}


def marks_of(counts: Iterable[ElementCounts], incidents: Iterable[Incident]) -> Marks:
    """Return the marks of an instance that has entered these elements, with these open incidents."""
    entered = list(counts)
    running = {each.element_id: each.running for each in entered if each.running}
    left = frozenset(each.element_id for each in entered if each.completed)
    return Marks(running, Counter(incident.element_id for incident in incidents), left)
