"""Instances that another engine moves, in the tables of this one.

Pages and operators ask one store, whatever moves an instance. Zeebe and Temporal move theirs by themselves; what they
report becomes the same rows that a transition of this engine writes, through the same effects:

    with mirror.transaction() as rows:
        rows.begin(instance_id, definition_id, started_at=now, business_key="A-1", by="7")
        moved = rows.open(instance_id)
        if moved.step < 12:                                   # what was reported before changes nothing
            moved.apply(ActivityEntered(4, "ask", None), now)
            moved.apply(UserTaskOpened(5, "ask", 4, None, (), ("staff",), None, None, 50), now)
            moved.save(step=12)

An id of an instance is ASCII letters and digits. Numbers of activities, tasks and incidents are those of the engine,
up to 2^63; they rise with time, for history is told by their order. Effects that ask for work (jobs, timers,
subscriptions, calls, messages) are the other engine's own affair and are passed over.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import BindParameter, Connection, Select, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from workflows.core import commands, effects
from workflows.core.state import Changes as StateChanges
from workflows.embedded import audit, changes, deployments, previews, tasks
from workflows.embedded.answers import Request, evaluate
from workflows.embedded.cores import ELSEWHERE, Choice, Core, mover_named
from workflows.embedded.definitions import Definition, Wanted, find_definition
from workflows.embedded.deployments import Placement
from workflows.embedded.effects import Recorder, to_rows
from workflows.embedded.ids import is_id, new_id, split
from workflows.embedded.inputs import storable
from workflows.embedded.runtime import Runtime, Transaction
from workflows.embedded.states import Renewal, remove_parts, renewal_of, write_parts
from workflows.embedded.tables import definition, feed, instance, resource, user_task
from workflows.embedded.transition import lock_instance
from workflows.engine import Deployment, InstanceState, PlannedVersion, Resource
from workflows.errors import NotFound
from workflows.values import JsonValue

_OTHERS_AFFAIR = (
    effects.JobCreated
    | effects.JobWithdrawn
    | effects.CallRequested
    | effects.CallWithdrawn
    | effects.TimerSet
    | effects.TimerCleared
    | effects.SubscriptionOpened
    | effects.SubscriptionClosed
    | effects.MessageThrown
    | effects.SignalThrown
    | effects.EscalationUncaught
)


class Mirror:
    """Writes what other engines do. Threads may share it."""

    def __init__(self, runtime: Runtime, choose_core: Choice) -> None:
        self._runtime = runtime
        self._choose_core = choose_core

    @contextmanager
    def transaction(self) -> Iterator["MirrorTransaction"]:
        """Give a transaction that is committed at the end of the block, or leaves nothing after an error."""
        with self._runtime.transaction() as transaction:
            yield MirrorTransaction(transaction)

    def new_id(self) -> str:
        """Return an id for an instance that nobody can guess."""
        return new_id(self._runtime.clock())

    def definition(self, definition_id: str) -> Definition:
        """Return a definition with its graph, compiled once. Its program is only for reading states."""
        with self._runtime.read() as connection:
            if not is_id(definition_id) or connection.scalar(_DEFINITION, {"wanted": definition_id}) is None:
                raise NotFound(f"There is no process definition {definition_id!r}.")
            return self._runtime.definition(connection, definition_id)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that only reads."""
        with self._runtime.read() as connection:
            yield connection

    def find(self, process_id: str, wanted: Wanted) -> str:
        """Return the id of the version of a process that is wanted; `NotFound` if there is none."""
        with self._runtime.read() as connection:
            return find_definition(connection, process_id, wanted)

    def evaluate(
        self, definition_id: str, request: Request, visible: Mapping[str, JsonValue], now: datetime
    ) -> commands.Command:
        """Return the core's command that answers a script or decision, which sees these variables."""
        with self._runtime.read() as connection:
            known = self._runtime.definition(connection, definition_id)
            return evaluate(Transaction(self._runtime, connection, now), known, request, dict(visible))

    def preview(self, resources: Sequence[Resource], engines: Mapping[str, str]) -> list[PlannedVersion]:
        """Say what `deploy` would bring."""
        return previews.preview(self._runtime, resources, self._choice(engines))

    def deploy(
        self,
        resources: Sequence[Resource],
        engines: Mapping[str, str],
        placements: Mapping[str, Placement],
        *,
        name: str = "",
        by: str | None = None,
        filter_duplicates: bool = False,
    ) -> Deployment:
        """Deploy files together: `engines` names, by process id or "*", the engine elsewhere that moves a process,
        and `placements`, by engine, what takes it there. What is not named is moved here."""
        return deployments.deploy(
            self._runtime,
            resources,
            name=name,
            by=by,
            filter_duplicates=filter_duplicates,
            choose_core=self._choice(engines),
            placements=placements,
        )

    def _choice(self, engines: Mapping[str, str]) -> Choice:
        def choose(process_id: str) -> Core:
            engine = engines.get(process_id, engines.get("*", ""))
            return mover_named(engine) if engine in ELSEWHERE else self._choose_core(process_id)

        return choose

    def mover(self, instance_id: str) -> str:
        """Return what moves an instance: the name of a core or of an engine elsewhere."""
        return self._one(_MOVER_OF_INSTANCE, instance_id, "process instance")

    def movers(self) -> frozenset[str]:
        """Return everything that moves instances of some definition."""
        with self._runtime.read() as connection:
            return frozenset(connection.scalars(select(definition.c.core).distinct()))

    def check_open(self, task_id: str) -> None:
        """Raise `Conflict` for a user task that was completed or withdrawn, `NotFound` for one that never was."""
        with self._runtime.read() as connection:
            tasks.refuse_ended(connection, task_id)

    def mover_of_definition(self, definition_id: str) -> str:
        """Return what moves the instances of a definition."""
        return self._one(_MOVER, definition_id, "process definition")

    def key(self, definition_id: str) -> str | None:
        """Return what the engine elsewhere calls a definition."""
        with self._runtime.read() as connection:
            return connection.scalar(_KEY, {"wanted": definition_id})

    def resource(self, resource_id: str) -> Resource:
        """Return a file that was deployed."""
        with self._runtime.read() as connection:
            return Resource(*connection.execute(_RESOURCE, {"wanted": resource_id}).one())

    def task_key(self, task_id: str) -> str:
        """Return what the engine elsewhere calls an open user task; `Conflict` if it is not open any more."""
        with self._runtime.read() as connection:
            tasks.refuse_ended(connection, task_id)
            instance_id, number = split(task_id, "user task")
            found = connection.scalar(_TASK_KEY, {"wanted": instance_id, "number": number})
        if found is None:
            raise NotFound(f"There is no user task {task_id!r} of another engine.")
        return str(found)

    def _one(self, query: Select[tuple[str]], identifier: str, what: str) -> str:
        with self._runtime.read() as connection:
            found = connection.scalar(query, {"wanted": identifier}) if is_id(identifier) else None
        if found is None:
            raise NotFound(f"There is no {what} {identifier!r}.")
        return str(found)


@dataclass(frozen=True, slots=True)
class MirrorTransaction:
    """An open transaction, in which instances of other engines are written."""

    _transaction: Transaction

    @property
    def connection(self) -> Connection:
        """For rows of the adapter's own."""
        return self._transaction.connection

    def begin(
        self,
        instance_id: str,
        definition_id: str,
        *,
        started_at: datetime,
        business_key: str | None = None,
        by: str | None = None,
        caller: tuple[str, int] | None = None,
    ) -> bool:
        """Write a new, active instance; return whether it was new. `caller` is the instance that called it and the
        number of its activity."""
        parent_id, parent_number = caller or (None, None)
        values: dict[str, object] = {
            "id": instance_id,
            "definition_id": definition_id,
            "process_id": self._transaction.runtime.definition(self.connection, definition_id).process_id,
            "business_key": storable(business_key, "The business key"),
            "status": str(InstanceState.ACTIVE),
            "revision": 0,
            "variables": {},
            "started_at": started_at,
            "started_by": storable(by, "The id of who starts it"),
            "parent_id": parent_id,
            "parent_number": parent_number,
        }
        dialect = postgresql if self._transaction.postgresql else sqlite
        added: postgresql.Insert | sqlite.Insert = dialect.insert(instance)
        self._transaction.topics.add("instances")
        new = added.values(values).on_conflict_do_nothing().returning(instance.c.id)
        return self.connection.scalar(new) is not None

    def open(self, instance_id: str) -> "Moved":
        """Lock an instance until the end of the transaction; `NotFound` if there is none."""
        row = lock_instance(self._transaction, instance_id)
        known = self._transaction.runtime.definition(self.connection, row.definition_id)
        recorder = Recorder(row.id, known, row.business_key, None, self._transaction.now)
        return Moved(self._transaction, recorder, row.revision, row.status)

    def definition_with_key(self, engine: str, key: str) -> str | None:
        """Return the id of the definition that an engine elsewhere calls `key`, also of one that is being deployed."""
        query, wanted = _WITH_KEY, {"of": engine, "known_as": key}
        found = self.connection.scalar(query, wanted)
        if found is None:
            deployments.wait_for_others(self._transaction)
            found = self.connection.scalar(query, wanted)
        return found

    def audit(self, instance_id: str, action: str, *, by: str | None, reason: str = "", details: str = "") -> None:
        """Note what somebody did to an instance."""
        audit.record(self._transaction, instance_id, action, by=by, reason=reason, details=details)

    def position(self, name: str) -> int:
        """Return up to where a feed of records was written; 0 for a new one."""
        query = select(feed.c.position).where(feed.c.name == name).with_for_update()
        return self.connection.scalar(query) or 0

    def advance(self, name: str, position: int) -> None:
        """Note in the same transaction up to where a feed is written now."""
        dialect = postgresql if self._transaction.postgresql else sqlite
        added: postgresql.Insert | sqlite.Insert = dialect.insert(feed)
        self.connection.execute(
            added.values(name=name, position=position).on_conflict_do_update(
                index_elements=[feed.c.name], set_={"position": added.excluded.position}
            )
        )


@dataclass(slots=True)
class Moved:
    """An instance that another engine has moved. `step` is the number that was last saved with it."""

    _transaction: Transaction
    _recorder: Recorder
    step: int
    status: str
    _state: Renewal | None = None
    _variables: dict[str, JsonValue] = field(default_factory=dict)

    @property
    def definition(self) -> Definition:
        """Its definition."""
        return self._recorder.definition

    def apply(self, effect: effects.Effect, at: datetime, *, by: str | None = None) -> None:
        """Take over what happened at a time."""
        self._recorder.now, self._recorder.by = at, by
        if isinstance(effect, effects.InstanceFinished):
            self.status = effect.outcome
        if not isinstance(effect, _OTHERS_AFFAIR):
            to_rows(effect, self._recorder)

    def end_task(self, number: int, outcome: str, at: datetime, *, by: str | None = None) -> None:
        """Take a user task off the lists: it was "completed", or "withdrawn"."""
        self._recorder.now, self._recorder.by = at, by
        self._recorder.end_task(number, outcome)

    def name_task(self, number: int, key: str) -> None:
        """Note what the other engine calls a user task."""
        self._recorder.changes.update(user_task, number, key=key)

    def assign(self, number: int, assignee: str | None) -> None:
        """Give an open user task to somebody, or to nobody."""
        self._recorder.changes.update(user_task, number, assignee=storable(assignee, "The assignee"))

    def write_variables(self, values: Mapping[str, JsonValue]) -> None:
        """Set process variables of an instance whose state is not kept here."""
        self._variables.update(values)

    def write_state(self, changed: StateChanges) -> None:
        """Keep the state of our core, of which `changed` is new, so that its variables can be read here."""
        self._state = renewal_of(changed)

    def save(self, *, step: int | None = None) -> None:
        """Write everything, and `step` as the number of this report."""
        connection, finished = self._transaction.connection, self._recorder.finished
        row: dict[str, object] = {"status": self.status}
        if step is not None:
            self.step = row["revision"] = step
        if finished is not None:
            variables = self._known_variables() | self._variables | finished.variables
            row |= {"ended_at": self._recorder.now, "variables": variables, "state": None}
        elif self._state is not None:
            row["state"] = self._state.text
        elif self._variables:
            row["variables"] = self._known_variables() | self._variables
        mine = instance.c.id == self._recorder.instance_id
        connection.execute(update(instance).where(mine).values(row))
        if finished is not None:
            remove_parts(connection, [self._recorder.instance_id])
        elif self._state is not None:
            write_parts(connection, {self._recorder.instance_id: self._state})
        changes.write(connection, [self._recorder.changes])
        self._transaction.topics.update(self._recorder.topics())
        self._recorder = replace(self._recorder)

    def _known_variables(self) -> dict[str, JsonValue]:
        query = select(instance.c.variables).where(instance.c.id == self._recorder.instance_id)
        return self._transaction.connection.scalar(query) or {}


_WANTED: BindParameter[str] = bindparam("wanted")
_DEFINITION = select(definition.c.id).where(definition.c.id == _WANTED)
_RESOURCE = select(resource.c.name, resource.c.content).where(resource.c.id == _WANTED)
_TASK_KEY = select(user_task.c.key).where(user_task.c.instance_id == _WANTED, user_task.c.number == bindparam("number"))
_MOVER = select(definition.c.core).where(definition.c.id == _WANTED)
_KEY = select(definition.c.key).where(definition.c.id == _WANTED)
_WITH_KEY = select(definition.c.id).where(
    definition.c.core == bindparam("of"), definition.c.key == bindparam("known_as")
)
_MOVER_OF_INSTANCE = select(definition.c.core).join(instance).where(instance.c.id == _WANTED)
