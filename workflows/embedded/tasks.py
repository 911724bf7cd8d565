"""User tasks: reading, claiming and completing them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, exists, insert, or_, select, update

from workflows.core import commands, visible_variables
from workflows.embedded.ids import numbered, split
from workflows.embedded.inputs import checked_variables, storable
from workflows.embedded.runtime import Runtime, Transaction
from workflows.embedded.states import Stored
from workflows.embedded.tables import instance, operation, task_candidate, user_task
from workflows.embedded.transition import Transition
from workflows.engine import TaskQuery, UserTask
from workflows.errors import Conflict, NotFound
from workflows.values import JsonValue, Variables


def list_tasks(runtime: Runtime, connection: Connection, query: TaskQuery) -> list[UserTask]:
    """List open user tasks, oldest first."""
    found = _open_tasks().order_by(user_task.c.created_at, user_task.c.instance_id, user_task.c.number)
    for column, wanted in (
        (user_task.c.instance_id, query.instance_id),
        (user_task.c.assignee, query.assignee),
        (user_task.c.process_id, query.process_id),
    ):
        if wanted is not None:
            found = found.where(column == storable(wanted, f"The {column.name}"))
    if query.unassigned:
        found = found.where(user_task.c.assignee.is_(None))
    if query.candidate_user is not None or query.candidate_groups:
        found = found.where(_is_candidate(query))
    rows = connection.execute(found.limit(query.limit)).mappings()
    return [_as_task(runtime, connection, row) for row in rows]


def get(runtime: Runtime, connection: Connection, task_id: str) -> UserTask:
    """Return one open user task; `NotFound` if there is none, or none any more."""
    return _as_task(runtime, connection, _find_open(connection, task_id, _open_tasks()))


def read_variables(connection: Connection, task_id: str) -> Variables:
    """Return the variables that an open user task sees."""
    row = _find_open(connection, task_id, _open_tasks(instance.c.state))
    return visible_variables(Stored.loads(row["state"]).state, row["number"])


def claim(transaction: Transaction, task_id: str, user: str) -> None:
    """Assign an unassigned task; `Conflict` if somebody else has it."""
    key = _key(task_id)
    free = or_(user_task.c.assignee.is_(None), user_task.c.assignee == user)
    claimed = (
        update(user_task).where(key, user_task.c.outcome.is_(None), free).values(assignee=storable(user, "The user"))
    )
    if transaction.connection.execute(claimed).rowcount == 0:
        row = _find_open(transaction.connection, task_id, _open_tasks())
        raise Conflict(f"The user task {task_id!r} is assigned to {row['assignee']!r} already.")


def unclaim(transaction: Transaction, task_id: str, *, by: str | None) -> None:
    """Take the assignee from a task."""
    row = _find_open(transaction.connection, task_id, _open_tasks())
    released = update(user_task).where(_key(task_id), user_task.c.outcome.is_(None)).values(assignee=None)
    transaction.connection.execute(released)
    noted = {
        "instance_id": row["instance_id"],
        "done_at": transaction.now,
        "done_by": storable(by, "The id of who takes the assignee away"),
        "action": "unclaim",
        "reason": f"task {row['number']}, of {row['assignee']}",
    }
    transaction.connection.execute(insert(operation), [noted])


def complete(
    transaction: Transaction, task_id: str, variables: Mapping[str, JsonValue] | None, *, by: str | None
) -> None:
    """Complete a user task; `Conflict` if it was completed or withdrawn before."""
    instance_id, number = split(task_id, "user task")
    answered = checked_variables(variables)
    try:
        moving = Transition.of(transaction, instance_id, by=storable(by, "The id of who completes it"))
    except NotFound:
        raise NotFound(f"There is no user task {task_id!r}.") from None
    except Conflict:
        _refuse_ended(transaction.connection, task_id)
        raise
    _refuse_ended(transaction.connection, task_id)
    moving.recorder.end_task(number, "completed")
    moving.apply(commands.Complete(number, answered))
    moving.save()


def _refuse_ended(connection: Connection, task_id: str) -> None:
    row = connection.execute(select(user_task.c.outcome, user_task.c.ended_by).where(_key(task_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no user task {task_id!r}.")
    if row.outcome is not None:
        by = "" if row.ended_by is None else f" by {row.ended_by!r}"
        raise Conflict(f"The user task {task_id!r} was {row.outcome} before{by}: there is nothing left to complete.")


def _key(task_id: str) -> Any:
    instance_id, number = split(task_id, "user task")
    return and_(user_task.c.instance_id == instance_id, user_task.c.number == number)


def _open_tasks(*more: Any) -> Select[Any]:
    columns = (user_task, instance.c.business_key, instance.c.definition_id, *more)
    return select(*columns).join(instance).where(user_task.c.outcome.is_(None))


def _find_open(connection: Connection, task_id: str, query: Select[Any]) -> RowMapping:
    row = connection.execute(query.where(_key(task_id))).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no open user task {task_id!r}.")
    return row


def _is_candidate(query: TaskQuery) -> Any:
    mine = []
    if query.candidate_user is not None:
        user = storable(query.candidate_user, "The candidate user")
        mine.append(and_(task_candidate.c.kind == "user", task_candidate.c.name == user))
    if query.candidate_groups:
        groups = [storable(group, "The candidate group") for group in query.candidate_groups]
        mine.append(and_(task_candidate.c.kind == "group", task_candidate.c.name.in_(groups)))
    same = and_(task_candidate.c.instance_id == user_task.c.instance_id, task_candidate.c.number == user_task.c.number)
    return exists().where(same, or_(*mine))


def _as_task(runtime: Runtime, connection: Connection, row: RowMapping) -> UserTask:
    node = runtime.definition(connection, row["definition_id"]).node(row["element_id"])
    return UserTask(
        id=numbered(row["instance_id"], row["number"]),
        instance_id=row["instance_id"],
        process_id=row["process_id"],
        element_id=row["element_id"],
        name=row["name"],
        created_at=row["created_at"],
        business_key=row["business_key"],
        assignee=row["assignee"],
        candidate_users=tuple(row["candidate_users"]),
        candidate_groups=tuple(row["candidate_groups"]),
        due=row["due_at"],
        follow_up=row["follow_up_at"],
        priority=row["priority"],
        form=node.user_task.form if node.user_task else None,
        form_key=node.user_task.form_key if node.user_task else None,
    )
