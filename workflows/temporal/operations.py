"""What operators do to instances on Temporal: each command is an update of the instance's workflow."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import select

from workflows.embedded import EmbeddedEngine, migrating
from workflows.embedded.ids import split
from workflows.embedded.inputs import checked_variables, storable
from workflows.embedded.tables import incident
from workflows.errors import Conflict, InvalidInput, NotFound
from workflows.temporal.payloads import Audit, Migrated, TaskAnswer
from workflows.temporal.payloads import Operation as Asked
from workflows.values import JsonValue


class Update(Protocol):
    """Sends an update to the workflow of an instance."""

    def __call__(self, instance_id: str, update: str, argument: object) -> Any:
        """Return what it answers; raise what the workflow refuses it with."""


class TemporalOperations:
    """The operator's part of `workflows.mover.Mover`."""

    _store: EmbeddedEngine
    _update: Update

    def suspend(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Hold a running instance; raise `Conflict` if it is held already, or has ended."""
        self._update(instance_id, "suspend", Asked(_audit("suspend", by, reason)))

    def resume(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Let a suspended instance go on, at once with all that is due by now."""
        self._update(instance_id, "resume", Asked(_audit("resume", by, reason)))

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
        """Cancel what runs in the elements `cancel`, set process variables, then start at the elements `start`."""
        if not cancel and not start:
            raise InvalidInput("A modification needs an element to cancel or to start at.")
        details = f"cancelled: {', '.join(cancel) or '-'}; started: {', '.join(start) or '-'}"
        values = checked_variables(variables)
        audit = _audit("modify", by, reason, details)
        self._update(instance_id, "modify", Asked(audit, cancel=list(cancel), start=list(start), variables=values))

    def migrate(
        self,
        instance_id: str,
        definition_id: str,
        *,
        mapping: Mapping[str, str] | None = None,
        reason: str = "",
        by: str | None = None,
    ) -> None:
        """Move an instance to another definition. `mapping` names the elements whose id is another one there."""
        mirror, renamed = self._store.mirror, dict(mapping or {})
        old = mirror.definition(self._store.instance(instance_id).definition_id)
        if definition_id == old.id:
            raise Conflict(f"The process instance {instance_id!r} has this definition already.")
        new = mirror.definition(definition_id)
        migrating.refuse_unknown(old, new, renamed)
        audit = _audit("migrate", by, reason, migrating.described(old, new, renamed))
        self._update(instance_id, "migrate", Asked(audit, migrated=Migrated(definition_id, renamed)))

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
        """Set process variables, or those that an open user task or a running element sees."""
        values = checked_variables(variables)
        if not values:
            raise InvalidInput("There is no variable to set.")
        number = None
        if scope is not None:
            of, number = split(scope, "task or running element")
            if of != instance_id:
                raise InvalidInput(f"The task or running element {scope!r} belongs to another instance.")
        details = ", ".join(values) + ("" if scope is None else f" at {scope}")
        audit = _audit("set_variables", by, reason, details)
        self._update(instance_id, "set_variables", Asked(audit, number, local, variables=values))

    def throw_task_error(
        self,
        task_id: str,
        code: str,
        message: str = "",
        variables: Mapping[str, JsonValue] | None = None,
        *,
        by: str | None = None,
    ) -> None:
        """End a user task with a BPMN error. If nothing catches it, the task stays open beside an incident."""
        audit = _audit("throw_error", by, message, f"{code} from {task_id}")
        answer = TaskAnswer(0, checked_variables(variables), code, message, audit=audit)
        self._answer_task(task_id, "throw_task_error", answer)

    def escalate_task(
        self, task_id: str, code: str, variables: Mapping[str, JsonValue] | None = None, *, by: str | None = None
    ) -> None:
        """Raise an escalation from a user task, which stays open unless what catches it interrupts it."""
        audit = _audit("escalate", by, "", f"{code} from {task_id}")
        self._answer_task(task_id, "escalate_task", TaskAnswer(0, checked_variables(variables), code, audit=audit))

    def resolve(self, incident_id: str, *, retries: int = 1, reason: str = "", by: str | None = None) -> None:
        """Try the element of an incident again, a job with this many retries."""
        if retries < 1:
            raise InvalidInput("A job needs at least one retry.")
        instance_id, number = split(incident_id, "incident")
        query = select(incident.c.resolved_at).where(incident.c.instance_id == instance_id, incident.c.number == number)
        with self._store.mirror.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound(f"There is no incident {incident_id!r}.")
        if row.resolved_at is not None:
            raise Conflict(f"The incident {incident_id!r} was resolved before.")
        self._update(instance_id, "resolve", Asked(_audit("resolve", by, reason, incident_id), number, retries=retries))

    def cancel(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """End a running instance without finishing it; raise `Conflict` if it has ended."""
        self._update(instance_id, "cancel", Asked(_audit("cancel", by, reason)))

    def _answer_task(self, task_id: str, update: str, answer: TaskAnswer) -> None:
        raise NotImplementedError


def _audit(action: str, by: str | None, reason: str, details: str = "") -> Audit:
    return Audit(action, storable(by, "The id of who does it"), reason, details)
