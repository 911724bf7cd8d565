"""The operator's part of the port: what puts right, or holds, a running process, and what has been done to one.

Every command here happens whole, in one transaction, or raises and changes nothing. Each is kept in the audit of its
instance (`operations`), with `by`, who did it, and `reason`, why. A command that was done before, or that the state
does not allow, is a `Conflict`; what does not exist is `NotFound`; what makes no sense is `InvalidInput`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from workflows.values import JsonValue


@dataclass(frozen=True, slots=True)
class Operation:
    """What somebody did to an instance: `action` names the command, `details` what exactly it did, `reason` why."""

    action: str
    done_at: datetime
    done_by: str | None
    details: str
    reason: str


@dataclass(frozen=True, slots=True)
class VariableChange:
    """A new value of a variable. `scope` numbers the scope that holds it; that of the process has the lowest number.

    `element_id` names the element whose work wrote it, None where it came from outside: at the start, or by hand.
    """

    name: str
    value: JsonValue
    scope: int
    changed_at: datetime
    element_id: str | None = None


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer that a running instance of this engine's own waits for at an element."""

    id: str
    instance_id: str
    process_id: str
    definition_id: str
    element_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class TimerQuery:
    """Which timers to list, those that are due first: every criterion given must hold. Times are exclusive."""

    ids: tuple[str, ...] = ()
    instance_ids: tuple[str, ...] = ()
    element_id: str | None = None
    process_id: str | None = None
    definition_id: str | None = None
    due_before: datetime | None = None
    due_after: datetime | None = None
    offset: int = 0
    limit: int = 100


class OperatorCommands(Protocol):
    """What an operator can do to running instances, whatever moves them."""

    def suspend(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Hold a running instance: no job of it is offered, no timer fires, no task can be completed, no event comes.

        Messages pass it by, or are kept for their time to live. What it called runs on, and answers after `resume`.
        """
        ...

    def resume(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Let a suspended instance go on, at once with all that is due by now."""
        ...

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
        """Cancel what runs in the elements `cancel`, set process variables, then start at the elements `start`.

        `cancel` names elements, or single entries of the history by their id. An instance in which nothing is left
        is cancelled.
        """
        ...

    def migrate(
        self,
        instance_id: str,
        definition_id: str,
        *,
        mapping: Mapping[str, str] | None = None,
        reason: str = "",
        by: str | None = None,
    ) -> None:
        """Move an instance to another definition. `mapping` names the elements whose id is another one there.

        Raise `InvalidInput` naming everything that has no counterpart in the other definition.
        """
        ...

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
        """Set process variables, or those that an open user task or a running element sees.

        `scope` is the id of the task, or of the element's entry in the history. Each variable is set where it is
        visible from there, else in the process; with `local` it is set there alone, for nobody else to see.
        """
        ...

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
        ...

    def escalate_task(
        self, task_id: str, code: str, variables: Mapping[str, JsonValue] | None = None, *, by: str | None = None
    ) -> None:
        """Raise an escalation from a user task, which stays open unless what catches it interrupts it."""
        ...


class Operations(OperatorCommands, Protocol):
    """What an operator can do to instances, and read of them."""

    def delete(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Remove an ended instance with its history. Of its audit only this deletion is kept."""
        ...

    def prune(self, now: datetime | None = None, *, limit: int = 100) -> int:
        """Remove up to `limit` ended instances whose definition's history time to live is over at `now` (None: by the
        clock); return how many there were."""
        ...

    def timers(self, query: TimerQuery = TimerQuery()) -> list[Timer]:
        """List the timers that instances of this engine's own wait for; those of suspended ones are left out."""
        ...

    def count_timers(self, query: TimerQuery = TimerQuery()) -> int:
        """Count the timers that `query` lists on all its pages."""
        ...

    def timer(self, timer_id: str) -> Timer:
        """Return one timer that is waited for."""
        ...

    def fire_timer(self, timer_id: str, *, by: str | None = None) -> None:
        """Let a timer fire now, whenever it is due; one that repeats has its next time as if it had been due."""
        ...

    def set_timer(self, timer_id: str, due: datetime, *, by: str | None = None) -> None:
        """Let a timer be due at another time; one in the past fires at once."""
        ...

    def operations(self, instance_id: str) -> list[Operation]:
        """List what was done to an instance by hand, in order."""
        ...

    def variable_history(
        self, instance_id: str, name: str | None = None, *, last: int | None = None
    ) -> list[VariableChange]:
        """List the changes of one variable of an instance (None: of all), in order: the `last` ones (None: every)."""
        ...
