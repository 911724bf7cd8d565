"""Which messages start instances: those get the message's key as their business key."""

from workflows.diagrams.graph import EventKind, Graph
from workflows.embedded import EmbeddedEngine
from workflows.expressions.expression import Literal


class MessageStarts:
    """The names of the messages that start instances of the newest definitions. Threads may share it."""

    def __init__(self, store: EmbeddedEngine) -> None:
        self._store = store
        self._known: dict[str, frozenset[str]] = {}

    def __contains__(self, name: str) -> bool:
        return any(name in self._names(definition.id) for definition in self._store.definitions())

    def _names(self, definition_id: str) -> frozenset[str]:
        names = self._known.get(definition_id)
        if names is None:
            names = self._known[definition_id] = _names(self._store.mirror.definition(definition_id).graph)
        return names


def _names(graph: Graph) -> frozenset[str]:
    return frozenset(
        event.name.source
        for node in graph.nodes.values()
        if node.type == "startEvent"
        for event in node.events
        if event.kind is EventKind.MESSAGE and isinstance(event.name, Literal)
    )
