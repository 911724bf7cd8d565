"""What a diagram shows of an instance: where its tokens are, what failed, and which elements it has behind it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workflows.engine import HistoryEntry, Incident
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


def marks_of(history: Iterable[HistoryEntry], incidents: Iterable[Incident]) -> Marks:
    """Return the marks of an instance with this history and these open incidents."""
    entries = list(history)
    running = Counter(entry.element_id for entry in entries if entry.outcome == "running")
    left = frozenset(entry.element_id for entry in entries if entry.outcome == "completed")
    return Marks(running, Counter(incident.element_id for incident in incidents), left)
