"""A user task's form: opened, and submitted."""

from collections.abc import Mapping, Sequence

from flask import abort, request

from app.web.identity import User
from app.web.services import services
from workflows.diagrams.forms import Form, FormView, prepare, validate
from workflows.engine import UserTask

# No form field can have these names: a colon is in no name of a variable.
TASK_FIELD = "dams:task"
CSRF_FIELD = "dams:csrf"


def opened(task: UserTask) -> FormView:
    """Return the form of a task as it stands when it is opened; without a form of its own, an empty one."""
    found = services()
    return prepare(_form(task), found.engine.task_variables(task.id), found.now())


def submitted_task_id() -> str:
    """Return the id of the task that the present request submits."""
    task_id = request.form.get(TASK_FIELD, "")
    if not task_id:
        abort(400)
    return task_id


def submit(task: UserTask, user: User, entered: Mapping[str, Sequence[str]] | None = None) -> FormView | None:
    """Complete a task with what was entered, in the form of the present request unless it is given.

    Return the form with its errors if it is refused.

    Raise the engine's `NotFound` or `Conflict` if somebody completed or withdrew the task meanwhile.
    """
    found = services()
    variables = found.engine.task_variables(task.id)
    texts = request.form.to_dict(flat=False) if entered is None else entered
    result = validate(_form(task), texts, variables, found.now())
    if not result.accepted:
        return result.view
    found.engine.complete(task.id, result.values, by=user.id)
    return None


def _form(task: UserTask) -> Form:
    return task.form or Form(task.element_id)
