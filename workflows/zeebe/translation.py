"""From the broker's records to the store's rows.

Each record is about one instance. What happened becomes effects of our own core, which `embedded.mirror` writes; the
numbers of activities, tasks and incidents are the broker's keys. A batch is one transaction with the position up to
which the partition was read, so a batch that comes again changes nothing. Records of processes that were not deployed
through us are passed over.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update

from workflows.conversion import BUSINESS_KEY
from workflows.core import effects
from workflows.embedded.migrating import move_rows
from workflows.embedded.mirror import Mirror, MirrorTransaction, Moved
from workflows.embedded.tables import instance, user_task
from workflows.errors import NotFound
from workflows.zeebe.records import Record
from workflows.zeebe.words import ENGINE, STARTED_BY, USER_TASK_JOB, is_reserved, task_key

_NONE = -1
"""How the broker says that there is no such key."""

_COMPLETING: Final = ("PROCESS_INSTANCE", "ELEMENT_COMPLETING")
_HEADER = "io.camunda.zeebe:"
_COLUMNS: Final = {BUSINESS_KEY: instance.c.business_key, STARTED_BY: instance.c.started_by}
_INCIDENTS: Final = {
    "JOB_NO_RETRIES": "job",
    "EXECUTION_LISTENER_NO_RETRIES": "job",
    "TASK_LISTENER_NO_RETRIES": "job",
    "UNHANDLED_ERROR_EVENT": "error",
    "CALLED_ELEMENT_ERROR": "call",
    "CALLED_DECISION_ERROR": "decision",
    "DECISION_EVALUATION_ERROR": "decision",
}
_PRIORITY = 50


class Translation:
    """Writes records to the store. One thread uses it at a time."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._completing: dict[str, int] = {}

    def write(self, records: Iterable[Record]) -> None:
        """Write what is new in these records, which are in the order of their positions."""
        wanted = [record for record in records if _is_told(record)]
        if not any((record.kind, record.intent) != _COMPLETING for record in wanted):
            self._completing.update({record.instance_id: record.key for record in wanted})
            return
        with self._mirror.transaction() as rows:
            for partition in sorted({record.partition for record in wanted}):
                feed = f"{ENGINE}-{partition}"
                position = rows.position(feed)
                new = [record for record in wanted if record.partition == partition and record.position > position]
                if new:
                    self._write_new(rows, new)
                    rows.advance(feed, new[-1].position)

    def _write_new(self, rows: MirrorTransaction, records: Sequence[Record]) -> None:
        batch = _Batch(self._mirror, rows, self._completing)
        for record in records:
            _TRANSLATIONS[record.kind, record.intent](batch, record)
        batch.save()


class _Batch:
    """The instances that a batch of records moves. `completing` is the element at whose end each of them is now, as
    what is written then is that element's work."""

    def __init__(self, mirror: Mirror, rows: MirrorTransaction, completing: dict[str, int]) -> None:
        self._mirror = mirror
        self.rows = rows
        self.completing = completing
        self._moved: dict[str, Moved] = {}
        self._definitions: dict[str, str | None] = {}

    def find(self, record: Record) -> Moved | None:
        """Return the instance of a record, None if it is not in the store."""
        found = self._moved.get(record.instance_id)
        if found is None:
            try:
                found = self._moved[record.instance_id] = self.rows.open(record.instance_id)
            except NotFound:
                return None
        return found

    def find_or_begin(self, record: Record) -> Moved | None:
        """Return the instance of a record, a new one if there is none; None if its process is not ours."""
        found = self.find(record)
        if found is not None:
            return found
        definition_id = self.definition(record.definition_key)
        if definition_id is None:
            return None
        self.rows.begin(record.instance_id, definition_id, started_at=record.at)
        return self.find(record)

    def definition(self, key: str) -> str | None:
        """Return the definition with the broker's `key`, None if it was not deployed through us."""
        if key not in self._definitions:
            self._definitions[key] = self.rows.definition_with_key(ENGINE, key)
        return self._definitions[key]

    def migrate(self, instance_id: str, definition_id: str, pairs: Mapping[str, str]) -> None:
        """Move an instance, and the rows of what runs in it, to the elements of another definition."""
        self._moved.pop(instance_id).save()
        renamed = {before: after for before, after in pairs.items() if before != after}
        move_rows(self.rows.connection, instance_id, self._mirror.definition(definition_id), renamed)

    def is_open(self, record: Record, number: int) -> bool:
        """Return whether a user task was not ended before, by the command that completed it."""
        query = select(user_task.c.outcome).where(
            user_task.c.instance_id == record.instance_id, user_task.c.number == number
        )
        return self.rows.connection.scalar(query) is None

    def save(self) -> None:
        """Write all of them."""
        for moved in self._moved.values():
            moved.save()


def _activating(batch: _Batch, record: Record) -> None:
    value = record.value
    if value["bpmnElementType"] == "PROCESS":
        batch.find_or_begin(record)
        if value["parentProcessInstanceKey"] != _NONE:  # noted here, as the caller's variables come before
            caller = {
                "parent_id": str(value["parentProcessInstanceKey"]),
                "parent_number": value["parentElementInstanceKey"],
            }
            mine = update(instance).where(instance.c.id == record.instance_id)
            batch.rows.connection.execute(mine.values(caller))
        return
    moved = batch.find(record)
    if moved is not None and _is_drawn(moved, value):
        around = value["flowScopeKey"]
        parent = None if around == value["processInstanceKey"] else around
        moved.apply(effects.ActivityEntered(record.key, value["elementId"], parent), record.at)


def _completing(batch: _Batch, record: Record) -> None:
    batch.completing[record.instance_id] = record.key


def _completed(batch: _Batch, record: Record) -> None:
    _ended(batch, record, "completed", effects.ActivityLeft)


def _terminated(batch: _Batch, record: Record) -> None:
    _ended(batch, record, "cancelled", effects.ActivityCancelled)


def _ended(
    batch: _Batch, record: Record, outcome: str, effect: type[effects.ActivityLeft | effects.ActivityCancelled]
) -> None:
    moved, value = batch.find(record), record.value
    batch.completing.pop(record.instance_id, None)
    if moved is None:
        return
    if value["bpmnElementType"] == "PROCESS":
        moved.apply(effects.InstanceFinished(outcome, {}), record.at)
    elif _is_drawn(moved, value):
        if value["bpmnElementType"] == "USER_TASK" and batch.is_open(record, record.key):
            moved.end_task(record.key, "completed" if outcome == "completed" else "withdrawn", record.at)
        moved.apply(effect(record.key, value["elementId"]), record.at)


def _migrated(batch: _Batch, record: Record) -> None:
    """The instance belongs to another definition now, and what runs in it to other elements."""
    moved, value = batch.find(record), record.value
    definition_id = batch.definition(str(value["targetProcessDefinitionKey"]))
    if moved is not None and definition_id is not None:
        pairs = {pair["sourceElementId"]: pair["targetElementId"] for pair in value["mappingInstructions"]}
        batch.migrate(record.instance_id, definition_id, pairs)


def _variable(batch: _Batch, record: Record) -> None:
    moved, value = batch.find_or_begin(record), record.value
    if moved is None:
        return
    name, content = value["name"], json.loads(value["value"])
    in_process = value["scopeKey"] == value["processInstanceKey"]
    if is_reserved(name):
        if in_process and name in _COLUMNS:
            column = _COLUMNS[name]
            mine = (instance.c.id == record.instance_id, column.is_(None))
            batch.rows.connection.execute(update(instance).where(*mine).values({column: content}))
        return
    written = batch.completing.get(record.instance_id)
    moved.apply(effects.VariableWritten(value["scopeKey"], name, content, written), record.at)
    if in_process:
        moved.write_variables({name: content})


def _task_created(batch: _Batch, record: Record) -> None:
    value = record.value
    _open_task(
        batch,
        record,
        task_key(record.key, is_job=False),
        assignee=value["assignee"] or None,
        candidate_users=value["candidateUsersList"],
        candidate_groups=value["candidateGroupsList"],
        due=value["dueDate"],
        follow_up=value["followUpDate"],
        priority=value["priority"],
    )


def _task_job_created(batch: _Batch, record: Record) -> None:
    headers: Mapping[str, str] = record.value["customHeaders"]
    _open_task(
        batch,
        record,
        task_key(record.key, is_job=True),
        assignee=headers.get(f"{_HEADER}assignee"),
        candidate_users=json.loads(headers.get(f"{_HEADER}candidateUsers", "[]")),
        candidate_groups=json.loads(headers.get(f"{_HEADER}candidateGroups", "[]")),
        due=headers.get(f"{_HEADER}dueDate"),
        follow_up=headers.get(f"{_HEADER}followUpDate"),
        priority=_PRIORITY,
    )


def _open_task(
    batch: _Batch,
    record: Record,
    key: str,
    *,
    assignee: str | None,
    candidate_users: Sequence[str],
    candidate_groups: Sequence[str],
    due: str | None,
    follow_up: str | None,
    priority: int,
) -> None:
    """A user task has the number of its activity, so that its variables are found by it."""
    moved, value = batch.find(record), record.value
    if moved is None or not _is_drawn(moved, value):
        return
    number = value["elementInstanceKey"]
    opened = effects.UserTaskOpened(
        id=number,
        node=value["elementId"],
        activity=number,
        assignee=assignee,
        candidate_users=tuple(candidate_users),
        candidate_groups=tuple(candidate_groups),
        due=_instant(due),
        follow_up=_instant(follow_up),
        priority=priority,
    )
    moved.apply(opened, record.at)
    moved.name_task(number, key)


def _task_assigned(batch: _Batch, record: Record) -> None:
    moved = batch.find(record)
    if moved is not None and _is_drawn(moved, record.value):
        moved.assign(record.value["elementInstanceKey"], record.value["assignee"] or None)


def _incident_created(batch: _Batch, record: Record) -> None:
    moved, value = batch.find(record), record.value
    if moved is not None:
        raised = effects.IncidentRaised(
            id=record.key,
            node=value["elementId"],
            activity=value["elementInstanceKey"],
            kind=_INCIDENTS.get(value["errorType"], "expression"),
            message=value["errorMessage"],
            wait=_job_of(value),
        )
        moved.apply(raised, record.at)


def _incident_resolved(batch: _Batch, record: Record) -> None:
    moved = batch.find(record)
    if moved is not None:
        moved.apply(effects.IncidentResolved(record.key, _job_of(record.value)), record.at)


def _started_by_message(batch: _Batch, record: Record) -> None:
    """An instance that a message started has the message's key as its business key."""
    if record.value["correlationKey"] and batch.find_or_begin(record) is not None:
        mine = (instance.c.id == record.instance_id, instance.c.business_key.is_(None))
        values = {"business_key": record.value["correlationKey"]}
        batch.rows.connection.execute(update(instance).where(*mine).values(values))


def _is_told(record: Record) -> bool:
    """Whether a record says anything that is kept."""
    if (record.kind, record.intent) not in _TRANSLATIONS:
        return False
    return record.kind != "JOB" or record.value["type"] == USER_TASK_JOB


def _is_drawn(moved: Moved, value: Mapping[str, Any]) -> bool:
    """Whether an element is in the file as its author saved it: a translation may have added others."""
    return value["elementId"] in moved.definition.graph.nodes


def _job_of(value: Mapping[str, Any]) -> int | None:
    return value["jobKey"] if value["jobKey"] > 0 else None


def _instant(text: str | None) -> datetime | None:
    """Read a date of the broker, which may have the name of its zone behind its offset."""
    return datetime.fromisoformat(text.partition("[")[0]) if text else None


_TRANSLATIONS: Final[Mapping[tuple[str, str], Callable[[_Batch, Record], None]]] = {
    ("PROCESS_INSTANCE", "ELEMENT_ACTIVATING"): _activating,
    _COMPLETING: _completing,
    ("PROCESS_INSTANCE", "ELEMENT_COMPLETED"): _completed,
    ("PROCESS_INSTANCE", "ELEMENT_TERMINATED"): _terminated,
    ("PROCESS_INSTANCE_MIGRATION", "MIGRATED"): _migrated,
    ("VARIABLE", "CREATED"): _variable,
    ("VARIABLE", "UPDATED"): _variable,
    ("USER_TASK", "CREATED"): _task_created,
    ("USER_TASK", "ASSIGNED"): _task_assigned,
    ("JOB", "CREATED"): _task_job_created,
    ("INCIDENT", "CREATED"): _incident_created,
    ("INCIDENT", "RESOLVED"): _incident_resolved,
    ("MESSAGE_START_EVENT_SUBSCRIPTION", "CORRELATED"): _started_by_message,
}
