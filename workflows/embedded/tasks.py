"""User tasks: reading, claiming and completing them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, exists, or_, select, update

from workflows.core import commands, visible_variables
from workflows.embedded import audit, paging
from workflows.embedded.ids import is_id, numbered, split
from workflows.embedded.inputs import checked_variables, storable
from workflows.embedded.runtime import Runtime, Transaction
from workflows.embedded.states import Stored, read_documents
from workflows.embedded.tables import instance, task_candidate, user_task
from workflows.embedded.transition import Transition
from workflows.engine import EndedTask, TaskOrder, TaskQuery, UserTask
from workflows.errors import Conflict, NotFound
from workflows.values import JsonValue, Variables

_ORDERS = {
    TaskOrder.CREATED: user_task.c.created_at,
    TaskOrder.DUE: user_task.c.due_at,
    TaskOrder.FOLLOW_UP: user_task.c.follow_up_at,
    TaskOrder.PRIORITY: user_task.c.priority,
    TaskOrder.NAME: user_task.c.name,
    TaskOrder.ASSIGNEE: user_task.c.assignee,
}


def list_tasks(runtime: Runtime, connection: Connection, query: TaskQuery) -> list[UserTask]:
    """List open user tasks, oldest first unless the query says otherwise."""
    first = paging.ordered(_ORDERS[query.order], descending=query.descending)
    found = _found(query).order_by(first, user_task.c.created_at, user_task.c.instance_id, user_task.c.number)
    rows = connection.execute(paging.page(found, limit=query.limit, offset=query.offset)).mappings()
    return [_as_task(runtime, connection, row) for row in rows]


def count_tasks(connection: Connection, query: TaskQuery) -> int:
    """Count the open user tasks that a query lists on all its pages."""
    return paging.count(connection, _found(query))


def list_ended(runtime: Runtime, connection: Connection, instance_id: str) -> list[EndedTask]:
    """List the user tasks of an instance that are not open any more, in the order in which they were opened."""
    ended = and_(user_task.c.instance_id == instance_id, user_task.c.outcome.is_not(None))
    query = _all_tasks().where(ended).order_by(user_task.c.number)
    rows = connection.execute(query).mappings().all() if is_id(instance_id) else []
    return [
        EndedTask(_as_task(runtime, connection, row), row["outcome"], row["ended_at"], row["ended_by"]) for row in rows
    ]


def get(runtime: Runtime, connection: Connection, task_id: str) -> UserTask:
    """Return one open user task; `NotFound` if there is none, or none any more."""
    return _as_task(runtime, connection, _find_open(connection, task_id, _open_tasks()))


def read_variables(connection: Connection, task_id: str) -> Variables:
    """Return the variables that an open user task sees."""
    row = _find_open(connection, task_id, _open_tasks())
    document = read_documents(connection, [row["instance_id"]]).get(row["instance_id"])
    state = None if document is None else Stored.of(document).state
    if state is None or row["number"] not in state.waits:  # it was completed in between
        raise NotFound(f"There is no open user task {task_id!r}.")
    return visible_variables(state, row["number"])


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
    transaction.topics.update(("tasks", f"instance:{split(task_id, 'user task')[0]}"))


def unclaim(transaction: Transaction, task_id: str, *, by: str | None) -> None:
    """Take the assignee from a task."""
    row = _find_open(transaction.connection, task_id, _open_tasks())
    released = update(user_task).where(_key(task_id), user_task.c.outcome.is_(None)).values(assignee=None)
    transaction.connection.execute(released)
    transaction.topics.add("tasks")
    details = f"{task_id}, of {row['assignee']}"
    audit.record(transaction, row["instance_id"], "unclaim", by=by, details=details)


def assign(transaction: Transaction, task_id: str, user: str, *, by: str | None) -> None:
    """Assign a task to somebody, whoever had it before."""
    row = _find_open(transaction.connection, task_id, _open_tasks())
    given = update(user_task).where(_key(task_id), user_task.c.outcome.is_(None))
    transaction.connection.execute(given.values(assignee=storable(user, "The user")))
    transaction.topics.add("tasks")
    before = "" if row["assignee"] is None else f", of {row['assignee']}"
    audit.record(transaction, row["instance_id"], "assign", by=by, details=f"{task_id}{before}, to {user}")


def complete(
    transaction: Transaction, task_id: str, variables: Mapping[str, JsonValue] | None, *, by: str | None
) -> None:
    """Complete a user task; `Conflict` if it was completed or withdrawn before."""
    answered = checked_variables(variables)
    moving, number = _open(transaction, task_id, storable(by, "The id of who completes it"))
    moving.recorder.end_task(number, "completed")
    moving.apply(commands.Complete(number, answered))
    moving.save()


def throw_error(
    transaction: Transaction,
    task_id: str,
    code: str,
    message: str,
    variables: Mapping[str, JsonValue] | None,
    *,
    by: str | None,
) -> None:
    """End a user task with a BPMN error; if nothing catches it, the task stays open beside an incident."""
    moving, number = _open(transaction, task_id, storable(by, "The id of who throws the error"))
    moving.apply(commands.ThrowError(number, code, message, checked_variables(variables)))
    moving.save()
    details = f"{code} from {task_id}"
    audit.record(transaction, moving.instance_id, "throw_error", by=by, reason=message, details=details)


def escalate(
    transaction: Transaction, task_id: str, code: str, variables: Mapping[str, JsonValue] | None, *, by: str | None
) -> None:
    """Raise an escalation from a user task."""
    moving, number = _open(transaction, task_id, storable(by, "The id of who escalates it"))
    moving.apply(commands.Escalate(number, code, checked_variables(variables)))
    moving.save()
    audit.record(transaction, moving.instance_id, "escalate", by=by, details=f"{code} from {task_id}")


def _open(transaction: Transaction, task_id: str, by: str | None) -> tuple[Transition, int]:
    """Open the instance of an open user task, whose number comes with it."""
    instance_id, number = split(task_id, "user task")
    try:
        moving = Transition.of(transaction, instance_id, by=by)
    except NotFound:
        raise NotFound(f"There is no user task {task_id!r}.") from None
    except Conflict:
        refuse_ended(transaction.connection, task_id)
        raise
    refuse_ended(transaction.connection, task_id)
    if moving.stored.state.status == "suspended":
        raise Conflict(f"The user task {task_id!r} is suspended with its process instance: resume that first.")
    return moving, number


def refuse_ended(connection: Connection, task_id: str) -> None:
    """Raise `Conflict` for a user task that is not open any more, `NotFound` for one that never was."""
    row = connection.execute(select(user_task.c.outcome, user_task.c.ended_by).where(_key(task_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no user task {task_id!r}.")
    if row.outcome is not None:
        by = "" if row.ended_by is None else f" by {row.ended_by!r}"
        raise Conflict(f"The user task {task_id!r} was {row.outcome} before{by}: there is nothing left to complete.")


def _key(task_id: str) -> Any:
    instance_id, number = split(task_id, "user task")
    return and_(user_task.c.instance_id == instance_id, user_task.c.number == number)


def _all_tasks() -> Select[Any]:
    return select(user_task, instance.c.business_key, instance.c.definition_id, instance.c.status).join(instance)


def _open_tasks() -> Select[Any]:
    return _all_tasks().where(user_task.c.outcome.is_(None))


def _found(query: TaskQuery) -> Select[Any]:
    found = _open_tasks().where(
        *paging.equal(
            (user_task.c.instance_id, query.instance_id),
            (user_task.c.assignee, query.assignee),
            (user_task.c.process_id, query.process_id),
            (user_task.c.element_id, query.element_id),
            (instance.c.definition_id, query.definition_id),
            (instance.c.business_key, query.business_key),
        ),
        *paging.like(user_task.c.name, query.name_like),
        *paging.within(user_task.c.due_at, query.due_after, query.due_before),
        *paging.within(user_task.c.created_at, query.created_after, query.created_before),
    )
    if query.unassigned:
        found = found.where(user_task.c.assignee.is_(None))
    if query.assigned:
        found = found.where(user_task.c.assignee.is_not(None))
    if query.assignees:
        names = [storable(name, "The assignee") for name in query.assignees]
        found = found.where(user_task.c.assignee.in_(names))
    if query.candidate_user is not None or query.candidate_users or query.candidate_groups:
        found = found.where(_is_candidate(query))
    return found


def _find_open(connection: Connection, task_id: str, query: Select[Any]) -> RowMapping:
    row = connection.execute(query.where(_key(task_id))).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no open user task {task_id!r}.")
    return row


def _is_candidate(query: TaskQuery) -> Any:
    mine = []
    given = query.candidate_users if query.candidate_user is None else (query.candidate_user, *query.candidate_users)
    if given:
        users = [storable(user, "The candidate user") for user in given]
        mine.append(and_(task_candidate.c.kind == "user", task_candidate.c.name.in_(users)))
    if query.candidate_groups:
        groups = [storable(group, "The candidate group") for group in query.candidate_groups]
        mine.append(and_(task_candidate.c.kind == "group", task_candidate.c.name.in_(groups)))
    same = and_(task_candidate.c.instance_id == user_task.c.instance_id, task_candidate.c.number == user_task.c.number)
    return exists().where(same, or_(*mine))


def _as_task(runtime: Runtime, connection: Connection, row: RowMapping) -> UserTask:
    node = runtime.definition(connection, row["definition_id"]).graph.nodes.get(row["element_id"])
    asked = None if node is None else node.user_task  # an ended task may be of an earlier version
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
        form=None if asked is None else asked.form,
        form_key=None if asked is None else asked.form_key,
        suspended=row["status"] == "suspended",
        definition_id=row["definition_id"],
        activity_id=None if row["activity"] is None else numbered(row["instance_id"], row["activity"]),
    )
