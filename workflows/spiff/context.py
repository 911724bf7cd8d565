"""What a callback of a workflow in Python can read, and ask the engine for."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task

from workflows.core import subscriptions, tokens, variables, waits
from workflows.core.effects import JobCreated, MessageThrown, SubscriptionOpened, TimerSet, UserTaskOpened
from workflows.core.records import Phase, Subscription, Token, WaitKind
from workflows.diagrams.graph import EventKind
from workflows.spiff.library import Leaf
from workflows.values import JsonValue

if TYPE_CHECKING:
    from workflows.spiff.machine import TreeMachine

_PRIORITY = 50


def context(task: Task) -> "Context":
    """Return what the callback of `task` can do; only within that callback."""
    if not isinstance(task, Leaf):
        raise TypeError("this task is not run by the engine")
    m = task.workflow.machine
    if task.id not in m.tokens:
        raise ValueError(f"the task {task.spec_name} is no longer there: ask at its ready_event or completed_event")
    return Context(m, m.tokens[task.id])


class Context:
    """One task of an instance, while its callback runs.

    What is asked for becomes durable together with the step, and survives a restart. A task may wait for one thing:
    asked for at its `ready_event`, it is run when that is answered; at its `completed_event`, what follows goes on at
    once, and the instance ends when that is answered. What an answer or message brings becomes process variables.
    """

    def __init__(self, m: "TreeMachine", token: Token) -> None:
        self._machine = m
        self._token = token

    @property
    def variables(self) -> dict[str, Any]:
        """A copy of the process variables."""
        return variables.visible(self._machine, variables.scope_of(self._machine, self._token))

    @property
    def business_key(self) -> str | None:
        """What the instance was started for."""
        return self._machine.state.business_key

    @property
    def now(self) -> datetime:
        """The time of this step, aware."""
        return self._machine.now

    def set(self, **values: object) -> None:
        """Write process variables: JSON values."""
        variables.assign(self._machine, variables.scope_of(self._machine, self._token), values)

    def want_job(self, job_type: str, *, retries: int = 3, headers: Mapping[str, str] | None = None) -> None:
        """Have a worker's handler of this type run, with the process variables."""
        wait = self._open(WaitKind.JOB)
        activity = tokens.entered(self._machine, self._token)
        job = JobCreated(wait, self._token.node, activity, job_type, max(retries, 1), 0, dict(headers or {}))
        self._machine.emit(job)

    def open_user_task(
        self,
        *,
        assignee: str | None = None,
        candidate_users: tuple[str, ...] = (),
        candidate_groups: tuple[str, ...] = (),
        due: datetime | None = None,
    ) -> None:
        """Have a person do something: the task has the name of this one, and no form of its own."""
        wait = self._open(WaitKind.USER_TASK)
        activity = tokens.entered(self._machine, self._token)
        self._machine.emit(
            UserTaskOpened(
                wait, self._token.node, activity, assignee, candidate_users, candidate_groups, due, None, _PRIORITY
            )
        )

    def wait_for_message(self, name: str, correlation_key: str | None = None) -> None:
        """Wait for a message, with this key or else the business key."""
        event = self._subscribe(EventKind.MESSAGE)
        event.name = name
        subscriptions.add(self._machine, event)
        self._machine.emit(SubscriptionOpened(event.id, event.node, event.kind, name, correlation_key))

    def wait_until(self, instant: datetime) -> None:
        """Wait until a time, which is aware."""
        if instant.tzinfo is None:
            raise ValueError("the time to wait until has no time zone")
        event = self._subscribe(EventKind.TIMER)
        event.due = instant.isoformat()
        subscriptions.add(self._machine, event)
        self._machine.emit(TimerSet(event.id, event.node, instant))

    def throw_message(
        self, name: str, correlation_key: str | None = None, values: Mapping[str, JsonValue] | None = None
    ) -> None:
        """Send a message to whoever waits for it, or is started by it."""
        carried = variables.fresh(values or {})
        self._machine.emit(MessageThrown(self._token.node, name, correlation_key, carried))

    def _open(self, kind: WaitKind) -> int:
        self._refuse_second()
        return waits.open_wait(self._machine, self._token, kind)

    def _subscribe(self, kind: EventKind) -> Subscription:
        self._refuse_second()
        self._machine.touch(self._token)
        self._token.phase = Phase.WAIT
        return Subscription(self._machine.next_id(), kind=kind, node=self._token.node, token=self._token.id)

    def _refuse_second(self) -> None:
        if self._token.wait is not None or self._token.subscriptions:
            raise ValueError(f"the task {self._token.node} waits for something already: let another task wait too")
