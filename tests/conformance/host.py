"""What a conformance case can do to an engine, and what it can see of it."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from workflows.values import Variables


@dataclass(frozen=True, slots=True)
class Seen:
    """What one action brought about, and how things stand after it.

    `entered` and `cancelled` are elements, each time they were since the last look, of every instance there is;
    `running` are the activities that go on, `incidents` the elements that have one. `statuses` are those of all
    instances, the first one's first; `variables` are the process variables of the first instance.
    """

    entered: tuple[str, ...]
    cancelled: tuple[str, ...]
    running: tuple[str, ...]
    incidents: tuple[str, ...]
    statuses: tuple[str, ...]
    variables: Variables


class Host(Protocol):
    """An engine with the files of one case deployed.

    Elements are named by their ids in the diagram; where one waits several times, the oldest wait is meant. After
    each action everything that can move has moved; asynchronous continuations wait for `run_continuations`.
    """

    def start(self, process: str, variables: Variables, business_key: str | None) -> None: ...

    def complete(self, element: str, variables: Variables) -> None:
        """Complete the user task or job of an element."""

    def fail(self, element: str) -> None:
        """Let the job of an element fail until it is an incident."""

    def throw_error(self, element: str, code: str, variables: Variables) -> None: ...

    def message(self, name: str, key: str | None, variables: Variables) -> bool:
        """Say whether somebody took the message."""
        ...

    def signal(self, name: str, variables: Variables) -> None: ...

    def advance(self, span: timedelta) -> None:
        """Let time pass, and everything fire that is due by then, at its own time."""

    def run_continuations(self) -> None: ...

    def resolve(self, element: str) -> None:
        """Resolve the incident of an element."""

    def cancel(self) -> None: ...

    def escalate(self, element: str, code: str, variables: Variables) -> None: ...

    def set_variables(self, variables: Variables) -> None: ...

    def suspend(self) -> None: ...

    def resume(self) -> None: ...

    def modify(self, cancel: list[str], start: list[str], variables: Variables) -> None: ...

    def migrate(self, diagram: Path, mapping: dict[str, str]) -> None: ...

    def seen(self) -> Seen: ...
