"""Temporal as a mover: it moves the instances, the store answers what is asked about them.

A command is an update of the instance's workflow, and returns once the store knows what came of it. Without a worker
(`worker`) that runs instances nothing moves: a command then is `Unavailable`, and what was sent may still be carried
out when a worker comes.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from workflows import errors
from workflows.core import check_part
from workflows.embedded import EmbeddedEngine, tasks
from workflows.embedded.cores import TEMPORAL
from workflows.embedded.definitions import Wanted
from workflows.embedded.engine import utc_now
from workflows.embedded.ids import split
from workflows.embedded.inputs import checked_variables, storable
from workflows.embedded.reading import Files
from workflows.engine import Correlation, ProcessDefinition, ProcessInstance
from workflows.errors import Conflict, InvalidInput, Unavailable
from workflows.temporal.connection import Connection
from workflows.temporal.mailbox import Mailbox
from workflows.temporal.operations import TemporalOperations
from workflows.temporal.payloads import Sent, TaskAnswer
from workflows.temporal.post import Hosting, Post
from workflows.temporal.starts import StartEvents
from workflows.values import JsonValue, Variables

_T = TypeVar("_T")
_NO_TIME = timedelta(0)
_PATIENCE = timedelta(seconds=30)


class TemporalEngine(TemporalOperations):
    """Runs processes on the Temporal server of `connection`; `store` is told what becomes of them.

    `hosting` names the task queue of the workers that run instances. `clock` gives aware times, by which messages
    expire. `patience` is how long a command waits for a worker.
    """

    name = TEMPORAL

    def __init__(
        self,
        store: EmbeddedEngine,
        connection: Connection,
        hosting: Hosting | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
        patience: timedelta = _PATIENCE,
    ) -> None:
        self._store = store
        self._connection = connection
        self._hosting = hosting or Hosting()
        self._clock = clock
        self._patience = patience
        self._mailbox = Mailbox(store.mirror)
        self._starts = StartEvents(store.mirror)

    def place(self, files: Files, new: Sequence[ProcessDefinition]) -> Mapping[str, str]:  # noqa: ARG002
        """Take files there: nothing is to be done, as workers read definitions from the store."""
        return {}

    def deployed(self) -> None:
        """Let every timer start event be waited for."""
        if self._starts.timers():
            self._post_on(lambda post: post.set_start_timers())

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
        """Start an instance of the newest version, or of `version`, at its none start event or the elements `at`."""
        mirror = self._store.mirror
        wanted = Wanted.numbered(version)
        definition_id = mirror.find(process_id, wanted)
        definition = mirror.definition(definition_id)
        check_part(definition.graph, process_id, at=at, until=until)
        if not at and not definition.process.body.entries:
            raise InvalidInput(f"The process {process_id!r} has no none start event: only its events can start it.")
        instance_id, values = mirror.new_id(), checked_variables(variables)
        key, starter = storable(business_key, "The business key"), storable(by, "The id of who starts it")
        how: dict[str, Any] = {"business_key": key, "by": starter, "at": list(at), "until": list(until)}
        self._post_on(lambda post: post.start(instance_id, definition_id, values, **how))
        return self._store.instance(instance_id)

    def task_variables(self, task_id: str) -> Variables:
        """Return the variables that a user task sees: its own and those around it."""
        with self._store.mirror.read() as connection:
            return tasks.read_variables(connection, task_id)

    def complete(
        self, task_id: str, variables: Mapping[str, JsonValue] | None = None, *, by: str | None = None
    ) -> None:
        """Complete a user task; raise `Conflict` if it was completed or withdrawn before."""
        completed_by = storable(by, "The id of who completes it")
        self._answer_task(task_id, "complete_task", TaskAnswer(0, checked_variables(variables), by=completed_by))

    def publish_message(
        self,
        name: str,
        correlation_key: str | None = None,
        variables: Mapping[str, JsonValue] | None = None,
        *,
        time_to_live: timedelta,
        message_id: str,
    ) -> Correlation:
        """Deliver a message once: to a waiting instance, to a start event, or, within its time to live, later.

        A message without a correlation key that several instances wait for is a `Conflict`.
        """
        if time_to_live < _NO_TIME:
            raise InvalidInput("The time to live of a message can't be negative.")
        sent = Sent(
            storable(message_id, "The message id"),
            storable(name, "The message name"),
            storable(correlation_key, "The correlation key"),
            checked_variables(variables),
            time_to_live.total_seconds(),
        )
        if correlation_key is None and self._mailbox.several_wait(name):
            raise Conflict(f"Several instances wait for the message {name!r}: give it a correlation key.")
        return self._post_on(lambda post: post.publish(sent))

    def broadcast_signal(self, name: str, variables: Mapping[str, JsonValue] | None = None) -> None:
        """Deliver a signal to everything that waits for it now, start events included."""
        signal = Sent(
            self._store.mirror.new_id(), storable(name, "The signal name"), None, checked_variables(variables)
        )
        self._post_on(lambda post: post.broadcast(signal))

    def status(self, instance_id: str) -> dict[str, Any]:
        """Ask the workflow itself where its instance stands (`process.ProcessWorkflow.status`)."""

        async def query(client: Client) -> dict[str, Any]:
            handle = client.get_workflow_handle(instance_id)
            found: dict[str, Any] = await handle.query("status", result_type=dict[str, Any])
            return found

        return self._ask(instance_id, query)

    def _answer_task(self, task_id: str, update: str, answer: TaskAnswer) -> None:
        instance_id, number = split(task_id, "user task")
        self._update(instance_id, update, replace(answer, number=number))

    def _update(self, instance_id: str, update: str, argument: object) -> Any:
        """Have the workflow of an instance do something, and return when the store knows what came of it."""

        async def ask(client: Client) -> Any:
            return await client.get_workflow_handle(instance_id).execute_update(update, argument)

        return self._ask(instance_id, ask)

    def _ask(self, instance_id: str, ask: Callable[[Client], Awaitable[_T]]) -> _T:
        try:
            return self._send(ask)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            raise _ended(self._store.instance(instance_id)) from error

    def _post_on(self, send: Callable[[Post], Awaitable[_T]]) -> _T:
        async def ask(client: Client) -> _T:
            return await send(Post(client, self._store.mirror, self._hosting, self._clock))

        return self._send(ask)

    def _send(self, ask: Callable[[Client], Awaitable[_T]]) -> _T:
        try:
            return self._connection.ask(ask, self._patience)
        except WorkflowUpdateFailedError as error:
            raise _refusal(error) from error
        except WorkflowUpdateRPCTimeoutOrCancelledError as error:
            seconds = self._patience.total_seconds()
            why = f"No worker has carried out the command within {seconds:g} s; it may still be carried out."
            raise Unavailable(why) from error


def _ended(instance: ProcessInstance) -> Conflict:
    return Conflict(f"The process instance {instance.id!r} has ended: it is {instance.state}.")


def _refusal(failed: WorkflowUpdateFailedError) -> Exception:
    """Return the error with which the workflow refused an update."""
    cause = failed.cause
    kind = getattr(errors, cause.type or "", None) if isinstance(cause, ApplicationError) else None
    if isinstance(cause, ApplicationError) and isinstance(kind, type) and issubclass(kind, errors.EngineError):
        return kind(cause.message)
    return failed
