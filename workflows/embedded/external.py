"""The part of the embedded engine for workers elsewhere, each command in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from workflows.embedded import external_tasks, external_work, offers, repairs, seen_workers
from workflows.embedded.deliveries import command
from workflows.embedded.inputs import storable
from workflows.embedded.jobs import Failure
from workflows.embedded.runtime import Runtime
from workflows.external_tasks import ExternalTask, ExternalTaskQuery, FetchOrder, SeenWorker, Topic
from workflows.values import JsonValue

_ALL = ExternalTaskQuery()
_USUAL = FetchOrder()


class EmbeddedExternalTasks:
    """Implements `workflows.external_tasks.ExternalTasks`."""

    _runtime: Runtime

    def fetch_and_lock(
        self, worker: str, topics: Sequence[Topic], limit: int, order: FetchOrder = _USUAL
    ) -> list[ExternalTask]:
        """Lock up to `limit` tasks for a worker. Without any on offer, nothing is written."""
        types = {storable(topic.name, "The topic") for topic in topics}
        self._saw(storable(worker, "The worker"), types)
        with self._runtime.read() as connection:
            if not offers.are_offered(connection, types, self._runtime.clock()):
                return []
        with self._runtime.transaction() as transaction:
            return external_work.fetch(transaction, worker, topics, limit, order)

    def complete_external(
        self,
        task_id: str,
        worker: str,
        variables: Mapping[str, JsonValue] | None = None,
        local_variables: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """Complete a task; local variables are seen by its output mappings alone."""
        with command(self._runtime) as transaction:
            external_work.complete(transaction, task_id, worker, variables, local_variables)

    def fail_external(
        self,
        task_id: str,
        worker: str,
        message: str,
        details: str | None = None,
        *,
        retries: int | None = None,
        pause: timedelta | None = None,
        variables: Mapping[str, JsonValue] | None = None,
        local_variables: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """Record a failed attempt. `retries` are those left, none of them an incident; None counts one down."""
        failure = Failure(message, details, retries, pause)
        with command(self._runtime) as transaction:
            external_work.fail(
                transaction, task_id, worker, failure, variables=variables, local_variables=local_variables
            )

    def throw_external_error(
        self,
        task_id: str,
        worker: str,
        code: str,
        message: str = "",
        variables: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """End a task with a BPMN error. If nothing catches it, the task waits with an incident."""
        with command(self._runtime) as transaction:
            external_work.throw_error(transaction, task_id, worker, code, message, variables=variables)

    def extend_lock(self, task_id: str, worker: str, lock: timedelta) -> None:
        """Let a worker have its task for `lock` from now on; `Conflict` if its lock has ended."""
        with self._runtime.transaction() as transaction:
            external_work.extend(transaction, task_id, worker, lock)

    def lock_external(self, task_id: str, worker: str, lock: timedelta) -> None:
        """Lock one task, which nobody else has, for a worker."""
        with self._runtime.transaction() as transaction:
            external_work.lock(transaction, task_id, worker, lock)

    def unlock_external(self, task_id: str, *, by: str | None = None) -> None:
        """Offer a task again, whoever has it."""
        with self._runtime.transaction() as transaction:
            external_work.unlock(transaction, task_id, by=by)

    def set_external_retries(self, task_id: str, retries: int, *, by: str | None = None) -> None:
        """Say how many attempts are left: none is an incident, and any resolves it."""
        with command(self._runtime) as transaction:
            external_tasks.find(transaction.connection, task_id)
            repairs.set_retries(transaction, task_id, retries, by=by)

    def set_job_retries(self, job_id: str, retries: int, *, by: str | None = None) -> None:
        """Say the same of a job of any kind, continuations too."""
        with command(self._runtime) as transaction:
            repairs.set_retries(transaction, job_id, retries, by=by)

    def set_external_priority(self, task_id: str, priority: int, *, by: str | None = None) -> None:
        """Give a task another priority."""
        with self._runtime.transaction() as transaction:
            external_work.set_priority(transaction, task_id, priority, by=by)

    def external_tasks(self, query: ExternalTaskQuery = _ALL) -> list[ExternalTask]:
        """List the tasks that are not done."""
        with self._runtime.read() as connection:
            return external_tasks.list_tasks(connection, query, self._runtime.clock())

    def count_external_tasks(self, query: ExternalTaskQuery = _ALL) -> int:
        """Count them, whatever the query's offset and limit."""
        with self._runtime.read() as connection:
            return external_tasks.count_tasks(connection, query, self._runtime.clock())

    def external_task(self, task_id: str) -> ExternalTask:
        """Return one task that is not done."""
        with self._runtime.read() as connection:
            return external_tasks.get(connection, task_id)

    def topics(self, query: ExternalTaskQuery = _ALL) -> list[str]:
        """List the topics that have tasks of this query, in order."""
        with self._runtime.read() as connection:
            return external_tasks.list_topics(connection, query, self._runtime.clock())

    def workers(self) -> list[SeenWorker]:
        """List the workers that have asked for tasks in the last day, those seen last first."""
        with self._runtime.read() as connection:
            return seen_workers.list_workers(connection, self._runtime.sightings, self._runtime.clock())

    def _saw(self, worker: str, topics: Collection[str]) -> None:
        """Note that a worker asked for jobs of these topics."""
        if self._runtime.sightings.note(worker, topics, self._runtime.clock()):
            fresh = self._runtime.sightings.fresh()
            with self._runtime.transaction() as transaction:
                seen_workers.write(transaction, fresh)
            self._runtime.sightings.written(fresh)
