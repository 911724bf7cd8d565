"""Where an instance stands for one person, and the page of that place."""

from dataclasses import dataclass
from datetime import timedelta

from flask import url_for

from app.clinic.models import Role
from app.web.identity import User
from app.web.steps import BY_ELEMENT, PROCESS_ID
from app.web.waiting import until
from workflows.engine import Engine, InstanceState, ProcessInstance, TaskQuery, UserTask

_RUNNING = frozenset({InstanceState.ACTIVE, InstanceState.SUSPENDED})


@dataclass(frozen=True, slots=True)
class Position:
    """An instance, the user task in it that waits for this person, and whether one waits for anybody.

    `booked` says of a booking that it has come to an appointment, whose life the instance goes on to lead.
    """

    instance: ProcessInstance
    task: UserTask | None
    waits: bool
    booked: bool = False

    @property
    def ended(self) -> bool:
        """Whether the instance is over."""
        return self.instance.state not in _RUNNING

    @property
    def broken(self) -> bool:
        """Whether the instance waits for staff to mend something."""
        return self.task is None and not self.ended and not self.booked and self.instance.incidents > 0

    @property
    def suspended(self) -> bool:
        """Whether staff holds the instance."""
        return self.instance.state is InstanceState.SUSPENDED

    @property
    def settled(self) -> bool:
        """Whether nothing more will come by itself soon."""
        return self.waits or self.ended or self.booked or self.broken or self.suspended

    @property
    def address(self) -> str:
        """The page of this place."""
        if self.task is not None and not self.suspended:
            return task_address(self.task)
        if self.instance.process_id != PROCESS_ID:
            return url_for("tasks.listing")
        if self.booked:
            return url_for("booking.confirmation", booking=self.instance.id)
        return url_for("booking.progress", booking=self.instance.id)


def task_address(task: UserTask) -> str:
    """Return the page of a user task: its own, or the one for tasks of any process."""
    step = BY_ELEMENT.get(task.element_id) if task.process_id == PROCESS_ID else None
    if step is None:
        return url_for("tasks.show", task_id=task.id)
    return url_for("booking.form", slug=step.slug, booking=task.instance_id)


def may_work_on(task: UserTask, user: User) -> bool:
    """Say whether a task is this person's, or may become it; what is offered to nobody, administrators may take."""
    if task.assignee is not None:
        return task.assignee in user.names
    if not is_offered(task):
        return user.role is Role.ADMINISTRATOR
    return user.group in task.candidate_groups or any(name in task.candidate_users for name in user.names)


def is_offered(task: UserTask) -> bool:
    """Say whether the diagram offers a task to somebody."""
    return bool(task.candidate_groups or task.candidate_users)


def find(engine: Engine, instance: ProcessInstance, user: User) -> Position:
    """Return where `instance` stands for `user`."""
    tasks = engine.tasks(TaskQuery(instance_id=instance.id))
    mine = next((task for task in tasks if may_work_on(task, user)), None)
    booked = not tasks and instance.process_id == PROCESS_ID and engine.variables(instance.id).get("booked") is True
    return Position(instance, mine, waits=bool(tasks), booked=booked)


def wait(engine: Engine, instance_id: str, user: User, patience: timedelta) -> Position:
    """Return where an instance stands once it is settled, or after `patience`, whatever comes first."""
    return until(lambda: find(engine, engine.instance(instance_id), user), lambda position: position.settled, patience)
