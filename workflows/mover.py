"""What an engine elsewhere is asked to do, by the one that everybody sees (`workflows.routing`)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from workflows.embedded.reading import Files
from workflows.engine import Correlation, ProcessDefinition, ProcessInstance
from workflows.operations import OperatorCommands
from workflows.values import JsonValue, Variables


class Mover(OperatorCommands, Protocol):
    """The port's commands, with those of operators, carried out elsewhere, and reported to `EmbeddedEngine.mirror`.

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
        at: Sequence[str] = (),
        until: Sequence[str] = (),
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
