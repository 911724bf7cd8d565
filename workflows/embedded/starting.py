"""Starting instances. Those that several threads start at the same time share a transaction.

What an instance does at first is computed ahead of that transaction, each in its own thread, so that the others wait
for no more than its statements. It is computed with the version that was the newest when this process last looked.
What is outdated by then, or stands in the way of others, is started in a transaction of its own.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from sqlalchemy import Connection

from workflows.diagrams.forms import Form
from workflows.embedded import deliveries
from workflows.embedded.definitions import Wanted, find_definition
from workflows.embedded.gathering import Gathering
from workflows.embedded.inputs import checked_variables, storable
from workflows.embedded.runtime import Runtime, Transaction
from workflows.embedded.transition import Transition, save_all
from workflows.engine import InstanceState, ProcessInstance
from workflows.errors import InvalidInput, Unavailable, WorkflowError
from workflows.values import JsonValue

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NewInstance:
    """What somebody wants started: the newest version of a process, or `version`, at its none start event or before
    the elements `at`; it is cancelled when one of the elements `until` has ended."""

    process_id: str
    variables: Mapping[str, JsonValue] | None = None
    business_key: str | None = None
    version: int | None = None
    by: str | None = None
    at: tuple[str, ...] = ()
    until: tuple[str, ...] = ()


@dataclass(slots=True)
class _Begun:
    """An instance that is computed, what it is once it is `written`, and what to raise if that is not known."""

    wanted: NewInstance
    moving: Transition
    started: ProcessInstance
    written: bool = False
    lost: Unavailable | None = None


class Starter:
    """Starts instances, for any thread."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: dict[tuple[str, int | None], str] = {}  # the ids of definitions, as they were last found
        self.gathering: Gathering[_Begun] = Gathering(self._write_together)

    def start(self, wanted: NewInstance) -> tuple[ProcessInstance, bool]:
        """Start an instance, and carry out what it causes; `InvalidInput` if the process has no none start event.

        Return it as it was written, and whether what it caused may have moved it since.
        """
        begun = self._start_beside_others(wanted) or self._start_alone(wanted)
        caused = begun.moving.caused
        deliveries.follow_up(self._runtime, caused, begun.moving.recorder.awaited)
        return begun.started, bool(caused)

    def _start_beside_others(self, wanted: NewInstance) -> _Begun | None:
        """Start an instance in the transaction of several; return None if it was not, and has to be started alone."""
        known = self._known.get((wanted.process_id, wanted.version))
        if known is None:
            return None
        try:
            with self._runtime.ahead() as transaction:
                begun = _begin(transaction, known, wanted)
        except WorkflowError:  # of a version that may not be the newest any more
            return None
        self.gathering.bring(begun)
        if begun.lost is not None:
            raise begun.lost
        return begun if begun.written else None

    def _start_alone(self, wanted: NewInstance) -> _Begun:
        with self._runtime.transaction() as transaction:
            found = _find(transaction.connection, wanted.process_id, wanted.version)
            begun = _begin(transaction, found, wanted)
            begun.moving.save()
        self._known[wanted.process_id, wanted.version] = found
        return begun

    def _write_together(self, several: Sequence[_Begun]) -> None:
        committing = False
        try:
            with self._runtime.transaction() as transaction:
                writable = self._up_to_date(transaction, several)
                for begun in writable:
                    begun.moving.join(transaction)
                save_all([begun.moving for begun in writable])
                committing = True
        except BaseException as error:
            if committing or isinstance(error, Unavailable):
                for begun in several:
                    begun.lost = _lost(error)
            elif isinstance(error, Exception):
                _log.exception("Instances could not be started together; each is tried alone")
            if not isinstance(error, Exception):
                raise
        else:
            for begun in writable:
                begun.written = True

    def _up_to_date(self, transaction: Transaction, several: Sequence[_Begun]) -> list[_Begun]:
        """Return those that were computed with the version that is wanted now."""
        for process_id, version in {(begun.wanted.process_id, begun.wanted.version) for begun in several}:
            self._known[process_id, version] = _find(transaction.connection, process_id, version)
        return [
            begun
            for begun in several
            if begun.moving.recorder.definition.id == self._known[begun.wanted.process_id, begun.wanted.version]
        ]


def start_form(runtime: Runtime, connection: Connection, process_id: str, version: int | None) -> Form | None:
    """Return the form of the none start event of a process, if it has one."""
    found = runtime.definition(connection, _find(connection, process_id, version))
    starts = (found.node(entry).user_task for entry in found.process.body.entries)
    return next((start.form for start in starts if start is not None), None)


def _begin(transaction: Transaction, definition_id: str, wanted: NewInstance) -> _Begun:
    moving = Transition.begin(transaction, definition_id, business_key=wanted.business_key, by=wanted.by)
    if not wanted.at and not moving.recorder.definition.process.body.entries:
        what = f"The process {wanted.process_id!r} has no none start event: only its events can start it."
        raise InvalidInput(what)
    moving.start(checked_variables(wanted.variables), at=wanted.at, until=wanted.until)
    return _Begun(wanted, moving, _started(moving))


def _lost(error: BaseException) -> Unavailable:
    """What those hear whose instances may have been committed before something failed."""
    if isinstance(error, Unavailable):
        return error
    return Unavailable(f"It is not known whether the instance was started: {type(error).__name__} {error}")


def _find(connection: Connection, process_id: str, version: int | None) -> str:
    wanted = Wanted.numbered(version)
    return find_definition(connection, storable(process_id, "The process id"), wanted)


def _started(moving: Transition) -> ProcessInstance:
    """What the database would give of an instance that was just written."""
    recorder, state = moving.recorder, moving.stored.state
    now = recorder.now.astimezone(UTC)
    return ProcessInstance(
        id=moving.instance_id,
        process_id=recorder.definition.process_id,
        definition_id=recorder.definition.id,
        version=recorder.definition.version,
        business_key=recorder.business_key,
        state=InstanceState(state.status),
        started_at=now,
        ended_at=None if recorder.finished is None else now,
        started_by=recorder.by,
        incidents=len(state.incidents),
    )
