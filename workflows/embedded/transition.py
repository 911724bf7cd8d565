"""Moving one instance inside an open transaction: read and lock it, let the core apply commands, write what changed.

with runtime.transaction() as transaction:
    moving = Transition.of(transaction, instance_id)
    moving.apply(commands.Complete(number, variables))
    moving.save()

Scripts and decisions are answered within the transition: scripts under the limits of their runner.

Several instances that nobody else moves can be moved together: `Transition.of_free` locks those without waiting for
any, so that there is nothing to deadlock over, and `save_all` writes them with few statements.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any, Self

from sqlalchemy import Row, Update, bindparam, insert, select, update

from workflows.core import commands
from workflows.embedded import changes
from workflows.embedded.answers import Request, answer, to_payload
from workflows.embedded.effects import Recorder, to_rows
from workflows.embedded.ids import is_id, new_id
from workflows.embedded.inputs import storable
from workflows.embedded.runtime import Transaction
from workflows.embedded.states import Renewal, Stored, remove_parts, write_parts
from workflows.embedded.tables import instance
from workflows.errors import Conflict, NotFound
from workflows.values import Variables

_STEPS = 100
"""Commands, scripts and decisions that follow from one command in its transaction; later ones get another. Those
that come when the transaction is long do so too."""


@dataclass(slots=True)
class Transition:
    """One instance, locked and under way. `new` is its row, while the instance is not in the database yet.

    Once it is saved, `caused` are the ids of the deliveries that the commands brought about.
    """

    transaction: Transaction
    recorder: Recorder
    stored: Stored
    revision: int
    new: dict[str, object] | None = None
    caused: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, transaction: Transaction, instance_id: str, *, by: str | None = None) -> Self:
        """Lock and read a running instance; `NotFound` if there is none, `Conflict` if it has ended."""
        row = lock_instance(transaction, instance_id)
        transaction.now = transaction.runtime.clock()  # after waiting for the lock, so that an instance's times rise
        if row.ended_at is not None:
            raise Conflict(f"The process instance {instance_id!r} has ended: it is {row.status}.")
        (opened,) = cls._opened(transaction, [row], by)
        return opened

    @classmethod
    def of_free(cls, transaction: Transaction, instance_ids: Collection[str]) -> dict[str, Self]:
        """Lock and read those of these instances that run and that nobody else moves now."""
        query = _FREE_INSTANCES if len(instance_ids) > 1 else _FREE_INSTANCE
        wanted = list(instance_ids) if len(instance_ids) > 1 else next(iter(instance_ids))
        rows = transaction.connection.execute(query, {"wanted": wanted}).all()
        transaction.now = transaction.runtime.clock()
        return {opened.instance_id: opened for opened in cls._opened(transaction, rows, None)}

    @classmethod
    def _opened(cls, transaction: Transaction, rows: Sequence[Row[Any]], by: str | None) -> list[Self]:
        stored = transaction.take_states(rows)
        opened = []
        for row in rows:
            definition = transaction.definition(row.definition_id)
            caller = None if row.parent_id is None else (row.parent_id, row.parent_number)
            recorder = Recorder(row.id, definition, row.business_key, caller, transaction.now, by)
            opened.append(cls(transaction, recorder, stored[row.id], row.revision))
        return opened

    @classmethod
    def begin(
        cls,
        transaction: Transaction,
        definition_id: str,
        *,
        business_key: str | None = None,
        caller: tuple[str, int] | None = None,
        by: str | None = None,
    ) -> Self:
        """Make an instance, which `apply(Start(...))` starts."""
        definition = transaction.definition(definition_id)
        instance_id = new_id(transaction.now)
        recorder = Recorder(instance_id, definition, business_key, caller, transaction.now, by, begins=True)
        new: dict[str, object] = {
            "id": instance_id,
            "definition_id": definition_id,
            "process_id": definition.process_id,
            "business_key": storable(business_key, "The business key"),
            "started_at": transaction.now,
            "started_by": storable(by, "The id of who starts it"),
            "parent_id": caller[0] if caller else None,
            "parent_number": caller[1] if caller else None,
        }
        return cls(transaction, recorder, Stored(definition.program.new_state()), 0, new)

    @property
    def instance_id(self) -> str:
        """The id of the instance."""
        return self.recorder.instance_id

    def start(
        self, variables: Variables, *, node: str | None = None, at: tuple[str, ...] = (), until: tuple[str, ...] = ()
    ) -> None:
        """Start a new instance, at the event `node`, before the elements `at`, or at its none start event; `save`
        writes it."""
        recorder = self.recorder
        self.apply(
            commands.Start(
                recorder.definition.process_id,
                variables,
                node=node,
                initiator=recorder.by,
                business_key=recorder.business_key,
                called=recorder.caller is not None,
                at=at,
                until=until,
            )
        )

    def join(self, transaction: Transaction) -> None:
        """Go on in the transaction that writes, after one in which things were only computed (`Runtime.ahead`)."""
        transaction.observed.extend(self.transaction.observed)
        self.transaction = transaction

    def apply(self, command: commands.Command) -> None:
        """Let the core take a command, and answer the scripts and decisions that it asks for.

        What goes on for long is cut into several transactions, so that others get their turn at the database.
        """
        todo: deque[commands.Command | Request] = deque([command])
        for count in range(_STEPS):
            if not todo:
                return
            if count and self.transaction.is_long():
                break
            item = todo.popleft()
            following = self._answer(item) if isinstance(item, Request) else item
            if following is not None:
                todo.extend(self._step(following))
        for item in todo:
            payload = to_payload(item) if isinstance(item, Request) else {}
            kind = "request" if payload else "continue"
            self.recorder.deliver(kind, instance_id=self.instance_id, **payload)

    def answer(self, request: Request) -> None:
        """Answer what an earlier transition left for this one."""
        following = self._answer(request)
        if following is not None:
            self.apply(following)

    def save(self) -> None:
        """Write the instance and everything the commands brought about."""
        save_all([self])

    def row(self, renewals: dict[str, Renewal]) -> changes.Row:
        """Return the row to write: a new one, or, with the key of the old one, what has changed in it.

        What more there is to write of a large state is added to `renewals`.
        """
        values: changes.Row = {"revision": self.revision + 1, "status": self.stored.state.status}
        if self.recorder.finished is None:
            renewal = self.stored.renew()
            values["state"] = renewal.text
            if renewal.written or renewal.removed:
                renewals[self.instance_id] = renewal
            self.transaction.states[self.instance_id] = (self.revision + 1, self.stored)
        else:
            ended = {"variables": self.recorder.finished.variables, "ended_at": self.recorder.now}
            values |= {"state": None, **ended}
        key = self.new if self.new is not None else {"key_id": self.instance_id, "key_revision": self.revision}
        self.new = None
        self.revision += 1
        return {**key, **values}

    def _step(self, command: commands.Command) -> Iterator[commands.Command | Request]:
        result = self.recorder.definition.program.step(self.stored.state, command, self.transaction.now)
        if self.transaction.runtime.observers:
            self.transaction.observed.append((self.recorder.definition, result.effects))
        for effect in result.effects:
            to_rows(effect, self.recorder)
            if isinstance(effect, Request):
                yield effect
        if result.more:
            yield commands.Continue()

    def _answer(self, request: Request) -> commands.Command | None:
        return answer(self.transaction, self.recorder.definition, self.stored.state, request)


def save_all(moved: Sequence[Transition]) -> None:
    """Write instances that were moved in one transaction, and everything the commands brought about."""
    if moved:
        transaction = moved[0].transaction
        _write_instances(moved)
        changes.write(transaction.connection, [moving.recorder.changes for moving in moved])
        _announce(moved)


def _write_instances(moved: Sequence[Transition]) -> None:
    """Write the rows of instances: a statement for the new ones, and one for each way in which others have changed."""
    transaction = moved[0].transaction
    renewals: dict[str, Renewal] = {}
    rows: dict[tuple[str, ...], list[changes.Row]] = defaultdict(list)
    for moving in moved:
        values = moving.row(renewals)
        rows[tuple(values)].append(values)
    for columns, alike in rows.items():
        if "key_id" not in columns:
            transaction.connection.execute(_INSERT, alike)
        elif transaction.connection.execute(_update(columns), alike).rowcount != len(alike):
            raise Conflict("A process instance was changed by somebody else meanwhile.")
    write_parts(transaction.connection, renewals)
    ended = [moving.instance_id for moving in moved if moving.recorder.finished and moving.stored.in_parts]
    if ended:
        remove_parts(transaction.connection, ended)


def _announce(moved: Sequence[Transition]) -> None:
    transaction = moved[0].transaction
    runtime = transaction.runtime
    delivered = iter(
        transaction.deliver(
            [
                {"kind": kind, "source_id": moving.instance_id, "source_number": number, "payload": payload}
                for moving in moved
                for kind, number, payload in moving.recorder.deliveries
            ]
        )
    )
    for moving in moved:
        recorder = moving.recorder
        moving.caused = list(islice(delivered, len(recorder.deliveries)))
        transaction.awaited.extend(recorder.awaited)
        transaction.topics.update(recorder.topics())
        for wanted, bell in (
            (recorder.new_jobs, runtime.jobs),
            (recorder.new_continuations, runtime.chores),
            (recorder.new_timers, runtime.timers),
        ):
            if wanted and bell not in transaction.bells:
                transaction.bells.append(bell)


_INSERT = insert(instance)
_COLUMNS = [column for column in instance.c if column.name not in ("state", "variables")]
_INSTANCE = select(*_COLUMNS).where(instance.c.id == bindparam("wanted")).with_for_update(key_share=True)
_FREE = select(*_COLUMNS).where(instance.c.ended_at.is_(None)).with_for_update(key_share=True, skip_locked=True)
_FREE_INSTANCE = _FREE.where(instance.c.id == bindparam("wanted"))
_FREE_INSTANCES = _FREE.where(instance.c.id.in_(bindparam("wanted", expanding=True)))


@cache
def _update(columns: tuple[str, ...]) -> Update:
    mine = (instance.c.id == bindparam("key_id"), instance.c.revision == bindparam("key_revision"))
    written: dict[str, Any] = {name: bindparam(name) for name in columns if not name.startswith("key_")}
    return update(instance).where(*mine).values(written)


def lock_instance(transaction: Transaction, instance_id: str) -> Row[Any]:
    """Return the row of an instance without its state, locked until the end of the transaction."""
    found = transaction.connection.execute(_INSTANCE, {"wanted": instance_id}) if is_id(instance_id) else None
    row = None if found is None else found.one_or_none()
    if row is None:
        raise NotFound(f"There is no process instance {instance_id!r}.")
    return row
