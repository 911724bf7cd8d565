"""What workers do with many jobs at once; and the transaction that a handler's own writes share with its job's end."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from workflows.embedded import jobs
from workflows.embedded.deliveries import command
from workflows.embedded.jobs import Answer, LockedJob
from workflows.embedded.offers import are_offered
from workflows.embedded.runtime import Runtime, Transaction
from workflows.errors import Unavailable
from workflows.values import JsonValue


@dataclass(frozen=True, slots=True)
class Exchange:
    """Jobs that were leased, and for each answer that was given, in its place, why it was refused: None if it was
    taken."""

    leased: list[LockedJob]
    refusals: list[Exception | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a worker asks for: up to `limit` jobs of these types, for the span of `lease`."""

    worker: str
    types: Collection[str]
    limit: int
    lease: timedelta


def exchange(runtime: Runtime, answers: Sequence[Answer], wanted: Wanted) -> Exchange:
    """Take answers and give out new jobs, in one transaction if nothing stands in the way.

    An answer that can't be taken beside the others is taken, or refused, in a transaction of its own after them.
    Raises `Unavailable` if the database was lost: then it is not known which answers were taken. Where there is neither
    an answer nor a job it only reads: who asks in vain keeps nobody from SQLite's only writer.
    """
    if not answers and not _is_work(runtime, wanted):
        return Exchange([], [])
    taken = [False] * len(answers)
    leased: list[LockedJob] = []
    try:
        with command(runtime) as transaction:
            done = jobs.complete_free(transaction, answers) if answers else []
            if wanted.limit > 0:
                leased = jobs.lock(transaction, wanted.worker, wanted.types, wanted.limit, wanted.lease)
        taken = done
    except Unavailable:
        raise
    except Exception:
        if not answers:
            raise
        leased = []  # and what is wrong with which answer is found out one by one
    refusals = [None if ok else _complete(runtime, answer) for ok, answer in zip(taken, answers, strict=True)]
    return Exchange(leased, refusals)


def _is_work(runtime: Runtime, wanted: Wanted) -> bool:
    with runtime.read() as connection:
        return are_offered(connection, wanted.types, runtime.clock())


def _complete(runtime: Runtime, answer: Answer) -> Exception | None:
    try:
        with command(runtime) as transaction:
            jobs.complete(transaction, answer.job, answer.variables)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 -- handed to who gave the answer
        return error
    return None


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
