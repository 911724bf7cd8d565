"""What an engine elsewhere is asked to do, by the one that everybody sees (`workflows.routing`)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from workflows.embedded.reading import Files
from workflows.engine import Correlation, ProcessDefinition, ProcessInstance
from workflows.values import JsonValue, Variables


class Mover(Protocol):
    """The commands of the port, carried out elsewhere, and reported to `EmbeddedEngine.mirror`.

    A report may come later than the command returns, but with what an operator does comes the line of the audit that
    says so. What the engine can't do raises `NotSupported` with its name, `Unavailable` says that it can't be reached.
    The instances and tasks it is asked about exist and are open; when they are no more by the time they are reached,
    that is a `Conflict`. Questions are answered by the store.
    """

    @property
    def name(self) -> str:
        """The name that settings and `definition.core` give it."""

    def place(self, files: Files, new: Sequence[ProcessDefinition]) -> Mapping[str, str]:
        """Take files there; see `workflows.embedded.deployments.Placement`."""

    def deployed(self) -> None:
        """A deployment is committed that this engine has had a part in."""

    def start(
        self,
        process_id: str,
        variables: Mapping[str, JsonValue] | None = None,
        *,
        business_key: str | None = None,
        version: int | None = None,
        by: str | None = None,
    ) -> ProcessInstance:
        """Start an instance, which is in the store when this returns."""

    def complete(
        self, task_id: str, variables: Mapping[str, JsonValue] | None = None, *, by: str | None = None
    ) -> None:
        """Complete a user task."""

    def task_variables(self, task_id: str) -> Variables:
        """Return the variables that a user task sees."""

    def publish_message(
        self,
        name: str,
        correlation_key: str | None = None,
        variables: Mapping[str, JsonValue] | None = None,
        *,
        time_to_live: timedelta,
        message_id: str,
    ) -> Correlation:
        """Deliver a message; an engine that does not tell to whom answers without an instance."""

    def broadcast_signal(self, name: str, variables: Mapping[str, JsonValue] | None = None) -> None:
        """Deliver a signal."""

    def cancel(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """End an instance."""

    def resolve(self, incident_id: str, *, retries: int = 1, reason: str = "", by: str | None = None) -> None:
        """Try the element of an incident again."""

    def suspend(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Hold an instance."""

    def resume(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Let a suspended instance go on."""

    def modify(
        self,
        instance_id: str,
        *,
        cancel: Sequence[str] = (),
        start: Sequence[str] = (),
        variables: Mapping[str, JsonValue] | None = None,
        reason: str = "",
        by: str | None = None,
    ) -> None:
        """Cancel what runs in elements, set process variables, and start at elements."""

    def migrate(
        self,
        instance_id: str,
        definition_id: str,
        *,
        mapping: Mapping[str, str] | None = None,
        reason: str = "",
        by: str | None = None,
    ) -> None:
        """Move an instance to another definition of this engine."""

    def set_variables(
        self,
        instance_id: str,
        variables: Mapping[str, JsonValue],
        *,
        scope: str | None = None,
        local: bool = False,
        reason: str = "",
        by: str | None = None,
    ) -> None:
        """Set variables of the process, or as a task or element sees them."""

    def throw_task_error(
        self,
        task_id: str,
        code: str,
        message: str = "",
        variables: Mapping[str, JsonValue] | None = None,
        *,
        by: str | None = None,
    ) -> None:
        """End a user task with a BPMN error."""

    def escalate_task(
        self, task_id: str, code: str, variables: Mapping[str, JsonValue] | None = None, *, by: str | None = None
    ) -> None:
        """Raise an escalation from a user task."""
