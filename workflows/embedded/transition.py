"""Moving one instance inside an open transaction: read and lock it, let the core apply commands, write what changed.

with runtime.transaction() as transaction:
    moving = Transition.of(transaction, instance_id)
    moving.apply(commands.Complete(number, variables))
    moving.save()

Scripts and decisions are answered within the transition: scripts under the limits of their runner.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from sqlalchemy import RowMapping, insert, select, update

from workflows.core import commands
from workflows.embedded.answers import Request, answer, to_payload
from workflows.embedded.effects import Recorder, to_rows
from workflows.embedded.ids import is_id, new_id
from workflows.embedded.inputs import storable
from workflows.embedded.runtime import Transaction
from workflows.embedded.states import Stored
from workflows.embedded.tables import instance, operation
from workflows.errors import Conflict, NotFound
from workflows.values import Variables

_STEPS = 100
"""Commands, scripts and decisions that follow from one command in its transaction; later ones get another."""


@dataclass(slots=True)
class Transition:
    """One instance, locked and under way. `new` is its row, while the instance is not in the database yet."""

    transaction: Transaction
    recorder: Recorder
    stored: Stored
    revision: int
    new: dict[str, object] | None = None

    @classmethod
    def of(cls, transaction: Transaction, instance_id: str, *, by: str | None = None) -> Self:
        """Lock and read a running instance; `NotFound` if there is none, `Conflict` if it has ended."""
        row = lock_instance(transaction, instance_id)
        transaction.now = transaction.runtime.clock()  # after waiting for the lock, so that an instance's times rise
        if row["ended_at"] is not None:
            raise Conflict(f"The process instance {instance_id!r} has ended: it is {row['status']}.")
        definition = transaction.runtime.definition(transaction.connection, row["definition_id"])
        stored = transaction.take_state(instance_id, row["revision"])
        if stored is None:
            text = transaction.connection.scalar(select(instance.c.state).where(instance.c.id == instance_id))
            stored = Stored.loads(str(text), definition.program.read_state)
        caller = None if row["parent_id"] is None else (row["parent_id"], row["parent_number"])
        recorder = Recorder(instance_id, definition, row["business_key"], caller, transaction.now, by)
        return cls(transaction, recorder, stored, row["revision"])

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
        definition = transaction.runtime.definition(transaction.connection, definition_id)
        instance_id = new_id(transaction.now)
        recorder = Recorder(instance_id, definition, business_key, caller, transaction.now, by)
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

    def start(self, variables: Variables, *, node: str | None = None) -> None:
        """Start a new instance, at the event `node` or at its none start event, and write it."""
        recorder = self.recorder
        self.apply(
            commands.Start(
                recorder.definition.process_id,
                variables,
                node=node,
                initiator=recorder.by,
                business_key=recorder.business_key,
                called=recorder.caller is not None,
            )
        )
        self.save()

    def apply(self, command: commands.Command) -> None:
        """Let the core take a command, and answer the scripts and decisions that it asks for.

        What goes on for long is cut into several transactions, so that others get their turn at the database.
        """
        todo: deque[commands.Command | Request] = deque([command])
        for _ in range(_STEPS):
            if not todo:
                return
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

    def record_operation(self, action: str, reason: str = "") -> None:
        """Note in the audit what somebody did to the instance."""
        self.recorder.changes.append(
            operation,
            instance_id=self.instance_id,
            done_at=self.transaction.now,
            done_by=self.recorder.by,
            action=action,
            reason=reason.replace("\0", "\N{REPLACEMENT CHARACTER}"),
        )

    def save(self) -> None:
        """Write the instance and everything the commands brought about."""
        finished = self.recorder.finished
        values: dict[str, object] = {"revision": self.revision + 1, "status": self.stored.state.status}
        if finished is None:
            values["state"] = self.stored.dumps()
            self.transaction.states[self.instance_id] = (self.revision + 1, self.stored)
        else:
            values |= {"state": None, "variables": finished.variables, "ended_at": self.transaction.now}
        self._write_instance(values)
        self.recorder.changes.write(self.transaction.connection)
        self._announce()

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

    def _write_instance(self, values: dict[str, object]) -> None:
        if self.new is not None:
            self.transaction.connection.execute(insert(instance), [{**self.new, **values}])
            self.new = None
        else:
            mine = (instance.c.id == self.instance_id, instance.c.revision == self.revision)
            written = self.transaction.connection.execute(update(instance).where(*mine).values(values))
            if written.rowcount != 1:
                raise Conflict(f"The process instance {self.instance_id!r} was changed by somebody else meanwhile.")
        self.revision += 1

    def _announce(self) -> None:
        recorder, transaction, runtime = self.recorder, self.transaction, self.transaction.runtime
        transaction.deliver(
            [
                {"kind": kind, "source_id": recorder.instance_id, "source_number": number, "payload": payload}
                for kind, number, payload in recorder.deliveries
            ]
        )
        transaction.awaited.extend(recorder.awaited)
        for wanted, bell in (
            (recorder.new_jobs, runtime.jobs),
            (recorder.new_continuations, runtime.chores),
            (recorder.new_timers, runtime.timers),
        ):
            if wanted:
                transaction.bells.append(bell)


def lock_instance(transaction: Transaction, instance_id: str) -> RowMapping:
    """Return the row of an instance without its state, locked until the end of the transaction."""
    columns = [column for column in instance.c if column.name not in ("state", "variables")]
    query = select(*columns).where(instance.c.id == instance_id).with_for_update(key_share=True)
    row = transaction.connection.execute(query).mappings().one_or_none() if is_id(instance_id) else None
    if row is None:
        raise NotFound(f"There is no process instance {instance_id!r}.")
    return row
