"""The operator's part of the embedded engine."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from workflows.embedded import audit, awaited_timers, history, migrating, modification, pruning, suspension, tasks
from workflows.embedded.deliveries import command
from workflows.embedded.runtime import Runtime
from workflows.operations import Operation, Timer, TimerQuery, VariableChange
from workflows.values import JsonValue

_ALL_TIMERS = TimerQuery()


class EmbeddedOperations:
    """Implements `workflows.operations.Operations`, each command in one transaction."""

    _runtime: Runtime

    def suspend(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Hold a running instance; raise `Conflict` if it is held already, or has ended."""
        with command(self._runtime) as transaction:
            suspension.suspend(transaction, instance_id, reason=reason, by=by)

    def resume(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Let a suspended instance go on, at once with all that is due by now."""
        with command(self._runtime) as transaction:
            suspension.resume(transaction, instance_id, reason=reason, by=by)

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
        with command(self._runtime) as transaction:
            modification.modify(
                transaction, instance_id, cancel=cancel, start=start, variables=variables, reason=reason, by=by
            )

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
        with command(self._runtime) as transaction:
            migrating.migrate(transaction, instance_id, definition_id, mapping=mapping, reason=reason, by=by)

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
        with command(self._runtime) as transaction:
            modification.set_variables(
                transaction, instance_id, variables, scope=scope, local=local, reason=reason, by=by
            )

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
        with command(self._runtime) as transaction:
            tasks.throw_error(transaction, task_id, code, message, variables, by=by)

    def escalate_task(
        self, task_id: str, code: str, variables: Mapping[str, JsonValue] | None = None, *, by: str | None = None
    ) -> None:
        """Raise an escalation from a user task, which stays open unless what catches it interrupts it."""
        with command(self._runtime) as transaction:
            tasks.escalate(transaction, task_id, code, variables, by=by)

    def delete(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Remove an ended instance with its history. Of its audit only this deletion is kept."""
        with self._runtime.transaction() as transaction:
            pruning.delete_instance(transaction, instance_id, reason=reason, by=by)

    def prune(self, now: datetime | None = None, *, limit: int = 100) -> int:
        """Remove up to `limit` ended instances whose definition's history time to live is over; return how many."""
        with self._runtime.transaction() as transaction:
            return pruning.prune(transaction, now or transaction.now, limit)

    def timers(self, query: TimerQuery = _ALL_TIMERS) -> list[Timer]:
        """List the timers that instances of this engine's own wait for; those of suspended ones are left out."""
        with self._runtime.read() as connection:
            return awaited_timers.list_timers(connection, query)

    def count_timers(self, query: TimerQuery = _ALL_TIMERS) -> int:
        """Count the timers that `query` lists on all its pages."""
        with self._runtime.read() as connection:
            return awaited_timers.count_timers(connection, query)

    def timer(self, timer_id: str) -> Timer:
        """Return one timer that is waited for."""
        with self._runtime.read() as connection:
            return awaited_timers.get(connection, timer_id)

    def fire_timer(self, timer_id: str, *, by: str | None = None) -> None:
        """Let a timer fire now, whenever it is due."""
        with command(self._runtime) as transaction:
            awaited_timers.fire(transaction, timer_id, by=by)

    def set_timer(self, timer_id: str, due: datetime, *, by: str | None = None) -> None:
        """Let a timer be due at another time; one in the past fires at once."""
        with command(self._runtime) as transaction:
            awaited_timers.set_due(transaction, timer_id, due, by=by)

    def operations(self, instance_id: str) -> list[Operation]:
        """List what was done to an instance by hand, in order."""
        with self._runtime.read() as connection:
            return audit.list_operations(connection, instance_id)

    def variable_history(
        self, instance_id: str, name: str | None = None, *, last: int | None = None
    ) -> list[VariableChange]:
        """List the changes of one variable of an instance (None: of all), in order: the `last` ones (None: every)."""
        with self._runtime.read() as connection:
            return history.list_variable_changes(connection, instance_id, name, last=last)
