"""The transaction that a handler's own writes share with the completion of its job."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection

from workflows.embedded import jobs
from workflows.embedded.deliveries import command
from workflows.embedded.jobs import LockedJob
from workflows.embedded.runtime import Runtime, Transaction
from workflows.values import JsonValue


class JobTransaction:
    """What a handler writes through `connection` and what `complete` answers become durable together, or not at all."""

    def __init__(self, transaction: Transaction, job: LockedJob) -> None:
        self._transaction = transaction
        self._job = job

    @property
    def connection(self) -> Connection:
        """The connection to write through. The end of the block commits it; nobody else may."""
        return self._transaction.connection

    def complete(self, variables: Mapping[str, JsonValue] | None = None) -> None:
        """Complete the job; `Conflict` if its lease is over."""
        jobs.complete(self._transaction, self._job, variables)

    def throw_error(self, code: str, message: str = "", variables: Mapping[str, JsonValue] | None = None) -> None:
        """Raise a BPMN error at the job's element, and keep what was written."""
        jobs.throw_error(self._transaction, self._job, code, message, variables)


@contextmanager
def job_transaction(runtime: Runtime, job: LockedJob) -> Iterator[JobTransaction]:
    """Give the transaction of one job; an error in the block undoes everything in it and is raised on."""
    with command(runtime) as transaction:
        yield JobTransaction(transaction, job)
