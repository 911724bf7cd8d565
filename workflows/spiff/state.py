"""The state of an instance that SpiffWorkflow steps: variables, waits and subscriptions as in our core, and the
library's tasks beside them, under the keys "x12", without their specs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflows.core import Changes, State
from workflows.spiff.library import Tree
from workflows.values import JsonValue


@dataclass(slots=True, eq=False)
class TreeState(State):
    """Each token of the state stands for the task of the same number in `tree`."""

    tree: Tree = field(kw_only=True)

    def __post_init__(self) -> None:
        self.tree.tokens = self.tokens

    def to_json(self) -> dict[str, JsonValue]:
        return {**State.to_json(self), **self.tree.dump_leaves()}

    def read(self, stored: Mapping[str, JsonValue]) -> None:
        State.read(self, stored)
        nodes = {token.id: token.node for token in self.tokens.values()}
        self.tree.read_leaves(stored, nodes)

    def take_changes(self) -> Changes:
        changes = State.take_changes(self)
        written, removed = changes.written, list(changes.removed)
        for number in self.tree.changed:
            leaf = self.tree.tasks.get(number)
            if leaf is None:
                removed.append(f"x{number}")
            else:
                written[f"x{number}"] = leaf.to_json()
        self.tree.changed = {}
        return Changes(written, tuple(removed))
