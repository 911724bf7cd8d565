"""One instance in the core host: every command runs on a state that lives on and on one read from JSON just before."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from workflows.core import State, Step, commands, effects
from workflows.diagrams.graph import EventKind, Graph
from workflows.embedded.cores import Program
from workflows.values import JsonValue


@dataclass(slots=True, eq=False)
class Instance:
    """An instance, what it has done, and what it waits for; `caller` and `call` name who called it."""

    graph: Graph
    program: Program
    business_key: str | None
    state: State = field(init=False)
    caller: "Instance | None" = None
    call: int = 0
    calls: "dict[int, Instance]" = field(default_factory=dict)
    keys: dict[int, str | None] = field(default_factory=dict)
    timers: dict[int, datetime] = field(default_factory=dict)
    incidents: dict[int, str] = field(default_factory=dict)
    running: dict[int, str] = field(default_factory=dict)
    stored: dict[str, JsonValue] = field(init=False)

    def __post_init__(self) -> None:
        self.state = self.program.new_state()
        self.stored = self.state.to_json()

    def step(self, command: commands.Command, now: datetime) -> Step:
        """Apply a command; whatever is refused leaves the state as it was."""
        written = json.dumps(self.state.to_json())
        read = self.program.read_state(json.loads(written))
        try:
            result = self.program.step(self.state, command, now)
        except Exception:
            assert self.state.to_json() == json.loads(written), "a refused command has changed the state"
            raise
        again = self.program.step(read, command, now)
        assert result == again, "a state that was written and read does not behave as the one that lived on"
        assert self.state.to_json() == read.to_json()
        self._check_changes()
        self.state = read
        for effect in result.effects:
            self._note(effect)
        return result

    def waits_for(self, name: str, key: str | None) -> int | None:
        """Return the oldest subscription of a message; a message without key is for any instance, if not suspended."""
        if self.state.status == "suspended":
            return None
        for event in self.state.subscriptions.values():
            if (event.kind, event.name) == (EventKind.MESSAGE, name):
                expected = self.keys[event.id]
                if key is None or key == (self.business_key if expected is None else expected):
                    return event.id
        return None

    def _check_changes(self) -> None:
        """A store that writes only what has changed holds the same as one that writes everything."""
        changes = self.state.take_changes()
        self.stored.update(changes.written)
        for key in changes.removed:
            self.stored.pop(key, None)
        assert self.stored == self.state.to_json(), "the changes of the step are not all that has changed"

    def _note(self, effect: effects.Effect) -> None:
        match effect:
            case effects.ActivityEntered():
                self.running[effect.id] = effect.node
            case effects.ActivityLeft() | effects.ActivityCancelled():
                del self.running[effect.id]
            case effects.TimerSet():
                self.timers[effect.id] = effect.due
            case effects.TimerCleared():
                del self.timers[effect.id]
            case effects.SubscriptionOpened():
                self.keys[effect.id] = effect.correlation_key
            case effects.SubscriptionClosed():
                del self.keys[effect.id]
            case effects.IncidentRaised():
                self.incidents[effect.id] = effect.node
            case effects.IncidentResolved():
                del self.incidents[effect.id]
            case _:
                pass
