"""What every part of the engine works with, and the transactions in which it does."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, Row, insert
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from workflows.core.effects import Effect
from workflows.decisions import DecisionGraph
from workflows.embedded import rings
from workflows.embedded.bell import Bell
from workflows.embedded.cache import Cache
from workflows.embedded.database import WRITES
from workflows.embedded.definitions import Definition, compiled
from workflows.embedded.sightings import Sightings
from workflows.embedded.states import HotStates, Stored, read_documents
from workflows.embedded.tables import delivery
from workflows.errors import Unavailable
from workflows.scripts import ScriptRunner
from workflows.spiff import PythonWorkflow

Observer: TypeAlias = Callable[[Definition, Sequence[Effect]], None]
"""Is told what an instance of a definition did, once that is committed."""

_GRACE = timedelta(seconds=5)
"""How long a delivery is left to the thread that caused it."""


_LONG_SECONDS = 0.3

_DELIVER = insert(delivery).returning(delivery.c.id, sort_by_parameter_order=True)


@dataclass(frozen=True, slots=True)
class Runtime:
    """The engine's database, clock and scripts; what it keeps in memory; and the bells it rings after commits.

    `jobs` rings when there may be jobs for workers, `timers` when a timer was set, `chores` when there is work for
    the engine itself: continuations and deliveries. `workflows` are those written in Python, by process id.
    """

    database: Engine
    clock: Callable[[], datetime]
    scripts: ScriptRunner | None = None
    definitions: Cache[Definition] = field(default_factory=Cache)
    decisions: Cache[DecisionGraph] = field(default_factory=Cache)
    states: HotStates = field(default_factory=HotStates)
    jobs: Bell = field(default_factory=Bell)
    timers: Bell = field(default_factory=Bell)
    chores: Bell = field(default_factory=Bell)
    observers: list[Observer] = field(default_factory=list)
    workflows: Mapping[str, PythonWorkflow] = field(default_factory=dict)
    sightings: Sightings = field(default_factory=Sightings)

    def definition(self, connection: Connection, definition_id: str) -> Definition:
        """Return a process definition that exists, compiled once."""
        return self.definitions.get(definition_id, lambda: compiled(connection, self.workflows, definition_id))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that only reads; `Unavailable` if the database can't be reached."""
        with unavailable_if_lost(), self.database.connect() as connection:
            yield connection

    @contextmanager
    def ahead(self) -> Iterator["Transaction"]:
        """Give a transaction that only reads, for computing what another one writes (`Transition.join`).

        Few computations read anything: it has no connection before it needs one.
        """
        with ExitStack() as stack:
            yield Transaction(self, lambda: stack.enter_context(self.read()), self.clock())

    @contextmanager
    def transaction(self) -> Iterator["Transaction"]:
        """Give a transaction that is committed at the end of the block, or leaves nothing after an error."""
        with unavailable_if_lost(), self.database.execution_options(**WRITES).begin() as connection:
            transaction = Transaction(self, connection, self.clock())
            yield transaction
            transaction.write_topics()
        transaction.committed()


@dataclass(slots=True)
class Transaction:
    """An open transaction at the time `now`, and what is to be done once it is committed.

    `source` is its connection, or opens it. `deliveries` are the ids of those it wrote, `awaited` the messages that
    instances began to wait for in it, `topics` what it rings for those who wait in any process (`rings.py`).
    """

    runtime: Runtime
    source: Connection | Callable[[], Connection]
    now: datetime
    deliveries: list[int] = field(default_factory=list)
    awaited: list[tuple[str, str | None]] = field(default_factory=list)
    states: dict[str, tuple[int, Stored]] = field(default_factory=dict)
    bells: list[Bell] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)
    observed: list[tuple[Definition, Sequence[Effect]]] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)

    @property
    def connection(self) -> Connection:
        """What it reads and writes through."""
        if not isinstance(self.source, Connection):
            self.source = self.source()
        return self.source

    def definition(self, definition_id: str) -> Definition:
        """Return a process definition that exists, compiled once."""
        workflows = self.runtime.workflows
        return self.runtime.definitions.get(definition_id, lambda: compiled(self.connection, workflows, definition_id))

    @property
    def postgresql(self) -> bool:
        """Whether rows are locked one by one; on SQLite the whole transaction is alone."""
        return self.connection.dialect.name == "postgresql"

    def deliver(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[int]:
        """Write deliveries, and return their ids. They are carried out after the commit, and by the background if this
        process dies.

        One whose payload has an `instance_id` is for that instance.
        """
        if not rows:
            return ()
        due_at = self.now + _GRACE
        targets = [row["payload"].get("instance_id") for row in rows]
        values = [{**row, "target_id": target, "due_at": due_at} for row, target in zip(rows, targets, strict=True)]
        new = self.connection.execute(_DELIVER, values).scalars().all()
        self.deliveries.extend(new)
        return new

    def is_long(self) -> bool:
        """Whether it has lasted so long that what can be done in another one should be: others may wait for it."""
        return time.monotonic() - self.begun > _LONG_SECONDS

    def take_states(self, rows: Iterable[Row[Any]]) -> dict[str, Stored]:
        """Return the states of instances, given by rows with `id`, `revision` and `definition_id`: those in memory
        are taken from there."""
        taken: dict[str, Stored] = {}
        cold: dict[str, str] = {}
        for row in rows:
            known = self.states.pop(row.id, None)
            if known is not None and known[0] == row.revision:
                taken[row.id] = known[1]
            elif (hot := self.runtime.states.take(row.id, row.revision)) is not None:
                taken[row.id] = hot
            else:
                cold[row.id] = row.definition_id
        if cold:
            for instance_id, document in read_documents(self.connection, cold).items():
                program = self.definition(cold[instance_id]).program
                taken[instance_id] = Stored.of(document, program.read_state)
        return taken

    def write_topics(self) -> None:
        """Write what it rings, at its end: with the bell for jobs also those whose types nobody named."""
        if self.runtime.jobs in self.bells and not any(topic.startswith("job:") for topic in self.topics):
            self.topics.add(rings.JOBS)
        if self.topics:
            rings.write(self.connection, self.topics, self.now)

    def committed(self) -> None:
        """Keep the states that are now in the database, wake who waits for what was written, and tell observers."""
        for instance_id, (revision, stored) in self.states.items():
            self.runtime.states.put(instance_id, revision, stored)
        for bell in self.bells:
            bell.ring()
        for observer in self.runtime.observers:
            for definition, effects in self.observed:
                observer(definition, effects)


@contextmanager
def unavailable_if_lost() -> Iterator[None]:
    """Turn the errors of a database that can't be reached, or gave up, into `Unavailable`."""
    try:
        yield
    except (OperationalError, InterfaceError, NoConnectionError) as error:
        raise Unavailable(f"The engine's database can't be used now: {error.args[0]}") from error
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise Unavailable(f"The engine's database was lost: {error.args[0]}") from error
