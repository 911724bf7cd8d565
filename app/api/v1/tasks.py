"""User tasks of any process: one's own and those that are offered to one, and doing them."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from flask import abort
from flask_smorest import abort as refuse
from marshmallow import Schema, fields

from app.api.v1.fields import ListQuery, Sent
from app.api.v1.operations import Operations, Window
from app.api.v1.tags import expect
from app.clinic.models import Role, Scope
from app.web import filling, positions
from app.web.identity import User, the_user
from app.web.services import services
from workflows.diagrams.forms import FieldType, FieldView
from workflows.engine import Engine, TaskQuery, UserTask
from workflows.values import JsonValue

blueprint = Operations("v1_tasks", __name__, description="What processes wait for people to do.")

_READ = (Scope.READ_CLINIC, Scope.READ_PROCESSES)
_WRITE = (Scope.WRITE_CLINIC, Scope.RUN_PROCESSES)


class Whose(StrEnum):
    """Whose tasks to list."""

    MINE = "mine"
    OFFERED = "offered"


class TaskSchema(Schema):
    """An open user task."""

    id = fields.String()
    instance_id = fields.String()
    process_id = fields.String()
    element_id = fields.String()
    name = fields.String()
    business_key = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    assignee = fields.String(allow_none=True)
    candidate_users = fields.List(fields.String())
    candidate_groups = fields.List(fields.String())
    due = fields.AwareDateTime(allow_none=True)
    follow_up = fields.AwareDateTime(allow_none=True)
    priority = fields.Integer()
    suspended = fields.Boolean()


class ChoiceSchema(Schema):
    """One choice of a field: `value` is what to send."""

    value = fields.String(attribute="text")
    label = fields.String()


class FormFieldSchema(Schema):
    """A field of a task's form, as it stands; `values` are its present ones as texts."""

    id = fields.String()
    type = fields.Enum(FieldType, by_value=True)
    label = fields.String()
    description = fields.String()
    required = fields.Boolean()
    readonly = fields.Boolean()
    values = fields.List(fields.String(), attribute="texts")
    options = fields.List(fields.Nested(ChoiceSchema))


class WholeTaskSchema(TaskSchema):
    """A task with its form."""

    form = fields.List(fields.Nested(FormFieldSchema))


class WhoseQuery(ListQuery):
    """Which tasks to list."""

    whose = fields.Enum(Whose, by_value=True, load_default=None, metadata={"description": "both if it is left out"})


class CompletionSchema(Sent):
    """What was entered into the form, by the ids of its fields: texts, numbers, true and false, or lists of choices."""

    values = fields.Dict(keys=fields.String(), load_default=dict)


class DoneSchema(Schema):
    """The instance that goes on."""

    instance_id = fields.String()


@blueprint.listing("/tasks", TaskSchema, scope=_READ, query=WhoseQuery)
def listing(asked: dict[str, Any], window: Window) -> Sequence[UserTask]:
    """List one's own tasks and those that one may take, oldest first."""
    user, engine = the_user(), services().engine
    found: dict[str, UserTask] = {}
    if asked["whose"] is not Whose.OFFERED:
        found |= {task.id: task for task in _mine(engine, user, window.reach)}
    if asked["whose"] is not Whose.MINE:
        found |= {task.id: task for task in _offered(engine, user, window.reach)}
    return window.of(sorted(found.values(), key=lambda task: (task.created_at, task.id)))


@blueprint.reading("/tasks/<task_id>", WholeTaskSchema, scope=_READ)
def show(task_id: str) -> dict[str, Any]:
    """Read a task with its form."""
    return _whole(_task(task_id))


@blueprint.changing("POST", "/tasks/<task_id>/claim", TaskSchema, scope=_WRITE, guarded=True)
def claim(task_id: str) -> UserTask:
    """Take a task that is offered."""
    expect(WholeTaskSchema, _whole(_task(task_id)))
    services().engine.claim(task_id, the_user().id)
    return services().engine.task(task_id)


@blueprint.changing("POST", "/tasks/<task_id>/unclaim", TaskSchema, scope=_WRITE, guarded=True)
def unclaim(task_id: str) -> UserTask:
    """Give a task back to those to whom it is offered."""
    task = _task(task_id)
    expect(WholeTaskSchema, _whole(task))
    if task.assignee is None or not positions.is_offered(task):
        abort(409, "This task can't be given back: nobody has it, or it is offered to nobody else.")
    services().engine.unclaim(task_id, by=the_user().id)
    return services().engine.task(task_id)


@blueprint.changing("POST", "/tasks/<task_id>/complete", DoneSchema, scope=_WRITE, body=CompletionSchema, guarded=True)
def complete(asked: dict[str, Any], task_id: str) -> dict[str, str]:
    """Complete one's own task; its form says what is accepted."""
    task = _task(task_id)
    expect(WholeTaskSchema, _whole(task))
    if task.assignee is None:
        abort(409, "Take this task first.")
    if task.suspended:
        abort(409, "Staff holds this process for now: try again later.")
    refused = filling.submit(
        task, the_user(), _entered(asked["values"], {field.id for field in filling.opened(task).fields})
    )
    if refused is not None:
        _refuse({field.id: field.error for field in refused.fields if field.error})
    return {"instance_id": task.instance_id}


def _mine(engine: Engine, user: User, limit: int) -> Iterable[UserTask]:
    for name in user.names:
        yield from engine.tasks(TaskQuery(assignee=name, limit=limit))


def _offered(engine: Engine, user: User, limit: int) -> Iterable[UserTask]:
    yield from engine.tasks(TaskQuery(candidate_groups=(user.group,), unassigned=True, limit=limit))
    for name in user.names:
        yield from engine.tasks(TaskQuery(candidate_user=name, unassigned=True, limit=limit))
    if user.role is Role.ADMINISTRATOR:
        everything = engine.tasks(TaskQuery(unassigned=True, limit=limit))
        yield from (task for task in everything if not positions.is_offered(task))


def _task(task_id: str) -> UserTask:
    """Return a task that is one's own or offered to one; others' are as unknown as none."""
    task = services().engine.task(task_id)
    if not positions.may_work_on(task, the_user()):
        abort(404)
    return task


def _whole(task: UserTask) -> dict[str, Any]:
    form: list[FieldView] = [field for field in filling.opened(task).visible_fields if field.type is not FieldType.TEXT]
    return {**{name: getattr(task, name) for name in TaskSchema().fields}, "form": form}


def _entered(values: Mapping[str, JsonValue], known: set[str]) -> dict[str, list[str]]:
    """Return JSON values as a form sends them; refuse fields that the form does not have."""
    if unknown := values.keys() - known:
        _refuse(dict.fromkeys(sorted(unknown), "The form has no such field."))
    if odd := [name for name, value in values.items() if _is_odd(value)]:
        _refuse(dict.fromkeys(odd, "Give a text, a number, true, false, or a list of choices."))
    return {name: _texts(value) for name, value in values.items()}


def _is_odd(value: JsonValue) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict | list) for each in value))


def _texts(value: JsonValue) -> list[str]:
    match value:
        case None | False:
            return []
        case True:
            return ["true"]
        case list():
            return [text for each in value for text in _texts(each)]
        case _:
            return [str(value)]


def _refuse(errors: Mapping[str, str]) -> None:
    refuse(422, messages={"json": {f"values.{name}": [sentence] for name, sentence in errors.items()}})
