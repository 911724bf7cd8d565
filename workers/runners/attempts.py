"""One attempt at a job of the embedded engine: what its handler's answer, error or silence becomes."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from workers.registry import Job, Registry, Retry
from workflows.embedded import Answer, EmbeddedEngine, LockedJob
from workflows.errors import BpmnError, Conflict, NotFound, Unavailable

if TYPE_CHECKING:
    from workflows.temporal.payloads import JobInput

DATABASE_LOST = (OperationalError, InterfaceError, Unavailable)

_log = logging.getLogger(__name__)


class Attempts:
    """Has jobs done by the handlers of `registry`, which are handed `resources` by type.

    A handler that asks for a database session writes in the transaction that completes its job.
    """

    def __init__(self, engine: EmbeddedEngine, registry: Registry, resources: Mapping[type, object]) -> None:
        self._engine = engine
        self._registry = registry
        self._resources = resources

    @property
    def types(self) -> frozenset[str]:
        """The job types that have a handler."""
        return self._registry.types

    def run(self, locked: LockedJob) -> Answer | None:
        """Have a job done, or an error thrown for the diagram, or the job offered again, or the attempt counted.

        Return the answer that is still to be brought to the engine. A lost lease (`Conflict`, `NotFound`) and a lost
        database (`DATABASE_LOST`) are the caller's: the job is offered again when its lease is over.
        """
        try:
            return self._attempt(locked)
        except BpmnError as error:
            self._engine.throw_error(locked, error.code, error.message, error.variables)
        except Retry as retry:
            self._engine.postpone_job(locked, retry.after)
        except DATABASE_LOST:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed attempt
            _log.warning("Job %s of %s failed", locked.id, locked.type, exc_info=True)
            self._engine.fail_job(locked, f"{type(error).__name__}: {error}")
        return None

    def refused(self, locked: LockedJob, refusal: Exception) -> None:
        """The engine did not take an answer: the job is not ours any more, or the answer is wrong."""
        if isinstance(refusal, Conflict | NotFound):
            _log.info("Job %s of %s is not ours any more: %s", locked.id, locked.type, refusal)
        else:
            _log.warning("The answer of job %s of %s was refused", locked.id, locked.type, exc_info=refusal)
            self._engine.fail_job(locked, f"{type(refusal).__name__}: {refusal}")

    def _attempt(self, locked: LockedJob) -> Answer | None:
        handler = self._registry[locked.type]
        resources = {**self._resources, Job: described(locked, locked.retries)}
        if not handler.needs(Session):
            return Answer(locked, handler(locked.variables, resources))
        with self._engine.job_transaction(locked) as transaction:
            with Session(bind=transaction.connection, join_transaction_mode="create_savepoint") as session:
                result = handler(locked.variables, {**resources, Session: session})
                session.commit()
            transaction.complete(result)
        return None


def described(offered: "LockedJob | JobInput", retries: int) -> Job:
    """Return what a handler is told of a job that an engine offers, with so many attempts left."""
    return Job(
        key=offered.key,
        type=offered.type,
        instance_id=offered.instance_id,
        process_id=offered.process_id,
        element_id=offered.element_id,
        business_key=offered.business_key,
        retries=retries,
        headers=offered.headers,
    )
