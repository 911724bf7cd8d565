"""User tasks of any process: listed, taken, filled. A diagram that staff deploy needs no page of its own."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.clinic.models import Role
from app.web import filling, positions
from app.web.access import only
from app.web.errors import error_page
from app.web.identity import the_user
from app.web.services import config, services
from app.web.starters import may_start
from workflows.diagrams.forms import FormView
from workflows.engine import TaskQuery, UserTask
from workflows.errors import Conflict, NotFound

_HELD = "Staff holds this process for now. Nothing was changed by this form: try again later."

tasks = Blueprint("tasks", __name__, url_prefix="/tasks")


@tasks.get("")
@only()
def listing() -> ResponseReturnValue:
    """List the tasks that are a patient's, those that they may take, and the processes they may start.

    Staff has its list on the desk.
    """
    user, engine = the_user(), services().engine
    if user.role is not Role.PATIENT:
        return redirect(url_for("desk.tasks.listing"))
    offers = TaskQuery(candidate_users=user.names, candidate_groups=(user.group,), unassigned=True)
    return render_template(
        "tasks/listing.html",
        mine=engine.tasks(TaskQuery(assignees=user.names)),
        offered=engine.tasks(offers),
        startable=[each for each in engine.definitions() if may_start(each, user)],
    )


@tasks.get("/<task_id>")
@only()
def show(task_id: str) -> ResponseReturnValue:
    """Show the form of a task; one that has a page of its own is shown there."""
    task = _task(task_id)
    own_page = positions.task_address(task)
    started_by = services().engine.instance(task.instance_id).started_by
    if own_page != url_for("tasks.show", task_id=task.id) and started_by == the_user().id:
        return redirect(own_page)
    return _task_page(task, filling.opened(task))


@tasks.post("/<task_id>")
@only()
def submit(task_id: str) -> ResponseReturnValue:
    """Complete a task, and go on to the next one of its instance."""
    user = the_user()
    try:
        task = _task(task_id)
        if task.id != filling.submitted_task_id():
            abort(400)
        if task.assignee is None:
            return error_page(409, "Take this task first.", {"Go to the task": url_for("tasks.show", task_id=task_id)})
        if task.suspended:
            return error_page(409, _HELD, {"Go to your tasks": url_for("tasks.listing")})
        refused = filling.submit(task, user)
    except (Conflict, NotFound):
        sentence = "You pressed twice, or did it in another window: it counts once, and this form changed nothing."
        links = {"Go to your tasks": url_for("tasks.listing")}
        return error_page(409, sentence, links, "This task was done already")
    if refused is not None:
        return _task_page(task, refused), 422
    position = positions.wait(services().engine, task.instance_id, user, config().patience)
    flash(f"Done: {task.name}.")
    return redirect(position.address, 303)


@tasks.post("/<task_id>/claim")
@only()
def claim(task_id: str) -> ResponseReturnValue:
    """Take a task that is offered."""
    task = _task(task_id)
    services().engine.claim(task.id, the_user().id)
    return redirect(url_for("tasks.show", task_id=task.id), 303)


@tasks.post("/<task_id>/unclaim")
@only()
def unclaim(task_id: str) -> ResponseReturnValue:
    """Give a task back to those to whom it is offered."""
    task, user = _task(task_id), the_user()
    if task.assignee is None or not positions.is_offered(task):
        abort(409)
    services().engine.unclaim(task.id, by=user.id)
    flash(f"Given back: {task.name}.")
    return redirect(url_for("tasks.listing"), 303)


def _task(task_id: str) -> UserTask:
    """Return a task that is this person's or offered to them; others' are as unknown as none."""
    task = services().engine.task(task_id)
    if not positions.may_work_on(task, the_user()):
        abort(404)
    return task


def _task_page(task: UserTask, view: FormView) -> str:
    return render_template("tasks/task.html", task=task, view=view, offered=positions.is_offered(task))
