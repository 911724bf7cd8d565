"""The variables of a scope as the mapping that SpiffWorkflow knows as the `data` of a task."""

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING

from workflows.core import variables
from workflows.core.records import Scope
from workflows.values import JsonValue, to_json

if TYPE_CHECKING:
    from workflows.spiff.machine import TreeMachine


class ScopeData(MutableMapping[str, JsonValue]):
    """What the task `number` sees. Values are copied, so that changing one in place changes nothing: assign it."""

    def __init__(self, m: "TreeMachine", number: int) -> None:
        self._machine = m
        self._number = number

    def __getitem__(self, name: str) -> JsonValue:
        return to_json(variables.view(self._machine, self._scope())[name])

    def __setitem__(self, name: str, value: object) -> None:
        variables.assign(self._machine, self._scope(), {name: value})

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"the variable {name!r} can't be deleted: set it to None")

    def __iter__(self) -> Iterator[str]:
        return iter(variables.view(self._machine, self._scope()))

    def __len__(self) -> int:
        return len(variables.view(self._machine, self._scope()))

    def _scope(self) -> Scope:
        m = self._machine
        token = m.tokens.get(self._number)
        return m.scopes[m.state.root or 0] if token is None else variables.scope_of(m, token)
