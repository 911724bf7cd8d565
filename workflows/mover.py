"""What an engine elsewhere is asked to do, by the one that everybody sees (`workflows.routing`)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from workflows.embedded.reading import Files
from workflows.engine import ProcessDefinition
from workflows.values import Variables


class Mover(Protocol):
    """An engine elsewhere: it carries out commands, and reports to `EmbeddedEngine.mirror` what comes of them.

    A report may come later than the command returns. What the engine can't do raises `NotSupported` with its name,
    `Unavailable` says that it can't be reached. The instances and tasks it is asked about exist and are open; when
    they are no more by the time they are reached, that is a `Conflict`.
    """

    @property
    def name(self) -> str:
        """The name that settings and `definition.core` give it."""

    def place(self, files: Files, new: Sequence[ProcessDefinition]) -> Mapping[str, str]:
        """Take files there; see `workflows.embedded.deployments.Placement`."""

    def start(
        self, definition: ProcessDefinition, variables: Variables, *, business_key: str | None, by: str | None
    ) -> str:
        """Start an instance, and return its id, under which it is in the store."""

    def complete(self, task_id: str, variables: Variables, *, by: str | None) -> None:
        """Complete a user task."""

    def task_variables(self, task_id: str) -> Variables:
        """Return the variables that a user task sees."""

    def publish_message(
        self, name: str, correlation_key: str | None, variables: Variables, *, time_to_live: timedelta, message_id: str
    ) -> str | None:
        """Deliver a message, and return the id of the instance that it reached, if that is known."""

    def broadcast_signal(self, name: str, variables: Variables) -> None:
        """Deliver a signal."""

    def cancel(self, instance_id: str, *, by: str | None) -> None:
        """End an instance."""

    def resolve(self, incident_id: str, *, retries: int) -> None:
        """Try the element of an incident again."""

    def suspend(self, instance_id: str) -> None:
        """Hold an instance."""

    def resume(self, instance_id: str) -> None:
        """Let a suspended instance go on."""

    def modify(
        self, instance_id: str, *, cancel: Sequence[str], start: Sequence[str], variables: Variables, by: str | None
    ) -> None:
        """Cancel what runs in elements, set process variables, and start at elements."""

    def migrate(self, instance_id: str, definition: ProcessDefinition, mapping: Mapping[str, str]) -> None:
        """Move an instance to another definition of this engine."""

    def set_variables(self, instance_id: str, variables: Variables, *, scope: str | None, local: bool) -> None:
        """Set variables of the process, or as a task or element sees them."""

    def throw_task_error(self, task_id: str, code: str, message: str, variables: Variables, *, by: str | None) -> None:
        """End a user task with a BPMN error."""

    def escalate_task(self, task_id: str, code: str, variables: Variables, *, by: str | None) -> None:
        """Raise an escalation from a user task."""
