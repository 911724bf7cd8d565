"""The task list of staff: what is theirs, what their group may take, and for administrators everybody's tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic import people
from app.clinic.errors import InvalidInput
from app.clinic.errors import NotFound as NobodyFound
from app.clinic.models import Role
from app.clinic.paging import Page
from app.web import positions
from app.web.access import only
from app.web.desk.changes import tell_changes
from app.web.desk.paging import PER_PAGE, fingerprint, page_of
from app.web.desk.searching import Texts
from app.web.entries import Entries, field, opened, submit
from app.web.errors import error_page
from app.web.identity import User, the_user
from app.web.services import services
from app.web.starters import may_start
from workflows.diagrams.forms import FieldType, Form, FormView
from workflows.engine import TaskOrder, TaskQuery, UserTask, containing
from workflows.errors import InvalidInput as Refused
from workflows.errors import NotFound
from workflows.expressions.expression import Literal

tasks = Blueprint("tasks", __name__, url_prefix="/tasks")

_GONE = "This task was done already, perhaps in another window. Nothing was changed by this form."


class View(StrEnum):
    """Whose tasks are listed."""

    MINE = "mine"
    GROUPS = "groups"
    UNASSIGNED = "unassigned"
    ALL = "all"


LABELS: Mapping[View, str] = {
    View.MINE: "Mine",
    View.GROUPS: "For my group",
    View.UNASSIGNED: "Unassigned",
    View.ALL: "All",
}
ORDERS: Mapping[str, tuple[str, TaskOrder, bool]] = {
    "oldest": ("Oldest first", TaskOrder.CREATED, False),
    "newest": ("Newest first", TaskOrder.CREATED, True),
    "due": ("Due first", TaskOrder.DUE, False),
    "priority": ("Most important first", TaskOrder.PRIORITY, True),
    "name": ("Name", TaskOrder.NAME, False),
}
"""What the list can be sorted by: the words for it, and what the engine calls it, falling or not."""


@dataclass(frozen=True, slots=True)
class Search(Texts):
    """What was asked for, as it stands in the address; everything empty lists all tasks of the view."""

    view: str
    name: str
    business_key: str
    process: str
    sort: str

    @property
    def narrows(self) -> bool:
        """Whether tasks of the view are left out."""
        return bool(self.name or self.business_key or self.process)

    def chosen(self, user: User) -> View:
        """Return whose tasks are asked for; raise `InvalidInput` for what this person has no such list of."""
        if (self.view or View.MINE) not in views(user):
            raise Refused(f"You have no list of tasks {self.view!r}.")
        return View(self.view or View.MINE)

    def query(self, user: User) -> TaskQuery:
        """Return it as the engine is asked; raise `InvalidInput` for what makes no sense."""
        if (self.sort or "oldest") not in ORDERS:
            raise Refused(f"Tasks can't be sorted by {self.sort!r}.")
        _, order, descending = ORDERS[self.sort or "oldest"]
        return replace(
            query_of(self.chosen(user), user),
            name_like=containing(self.name) if self.name else None,
            business_key=self.business_key or None,
            process_id=self.process or None,
            order=order,
            descending=descending,
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """A page of the list, and how long each list of this person is."""

    found: Page[UserTask]
    counts: Mapping[View, int]

    @property
    def fingerprint(self) -> str:
        """Text that is another one when something on the page has changed."""
        shown = [(task.id, task.assignee, task.name, task.due, task.suspended) for task in self.found.rows]
        page = Page(shown, self.found.number, self.found.pages, self.found.total)
        return fingerprint(page, sorted(self.counts.items()))


def views(user: User) -> tuple[View, ...]:
    """Return the lists that a person has."""
    return tuple(View) if user.role is Role.ADMINISTRATOR else (View.MINE, View.GROUPS)


def query_of(view: View, user: User) -> TaskQuery:
    """Return which tasks a list of a person has."""
    match view:
        case View.MINE:
            return TaskQuery(assignees=user.names)
        case View.GROUPS:
            return TaskQuery(candidate_users=user.names, candidate_groups=(user.group,), unassigned=True)
        case View.UNASSIGNED:
            return TaskQuery(unassigned=True)
    return TaskQuery()


@tasks.get("")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def listing() -> ResponseReturnValue:
    """List open tasks, a page at a time, beside the processes that this person may start.

    Administrators start processes where all of them are listed.
    """
    search, user, problem = Search.asked(), the_user(), ""
    try:
        view, seen = search.chosen(user), _look(search, user)
    except Refused as error:
        view, seen, problem = View.MINE, Seen(Page([], 1, 1, 0), _counts(user)), str(error)
    found, definitions = seen.found, services().engine.definitions()
    page = render_template(
        "desk/tasks.html",
        found=found,
        problem=problem,
        search=search,
        view=view,
        label=LABELS[view],
        views=[(each, LABELS[each], count) for each, count in seen.counts.items()],
        fingerprint=seen.fingerprint,
        orders=ORDERS,
        processes={each.process_id: each.name or each.process_id for each in definitions},
        startable=[each for each in definitions if user.role is not Role.ADMINISTRATOR and may_start(each, user)],
        people=_usernames(found.rows),
        workable={task.id for task in found.rows if positions.may_work_on(task, user)},
        offered={task.id for task in found.rows if positions.is_offered(task)},
        now=services().clock(),
    )
    return page, 422 if problem else 200


@tasks.get("/changes")
@only(Role.ADMINISTRATOR, Role.DOCTOR)
def changes() -> Response:
    """Tell a page of the list whenever what it shows has changed; it looks for itself what that is."""
    search, user = Search.asked(), the_user()
    return tell_changes({"tasks"}, lambda: _look(search, user).fingerprint)


@tasks.get("/<task_id>/assign")
@only(Role.ADMINISTRATOR)
def ask_whom(task_id: str) -> ResponseReturnValue:
    """Ask to whom a task is to be given."""
    task = services().engine.task(task_id)
    return _assign_page(task, opened(_assign_form()))


@tasks.post("/<task_id>/assign")
@only(Role.ADMINISTRATOR)
def assign(task_id: str) -> ResponseReturnValue:
    """Give a task to somebody, whoever had it before."""
    try:
        task = services().engine.task(task_id)
        refused = submit(_assign_form(), lambda entered: _assign(task, entered))
    except NotFound:
        return error_page(409, _GONE, {"Go to the tasks": url_for("desk.tasks.listing")})
    if refused is not None:
        return _assign_page(task, refused), 422
    flash(f"Assigned: {task.name or task.element_id}.")
    return redirect(url_for("desk.tasks.listing", view=View.ALL), 303)


def _assign(task: UserTask, entered: Entries) -> None:
    username = entered.text("username")
    try:
        with services().database.read() as session:
            login = people.find_username(session, username=username)
    except NobodyFound:
        raise InvalidInput("username", f"Nobody has the user name {username}.") from None
    if not login.active:
        raise InvalidInput("username", f"The account of {username} is closed.")
    services().engine.assign(task.id, login.id, by=the_user().id)


def _assign_form() -> Form:
    hint = "The task is then theirs alone, whoever had it or may take it now."
    username = field("username", FieldType.STRING, "User name", hint=hint, longest=100)
    return Form("assign", (username,), submit_label=Literal("Assign"))


def _assign_page(task: UserTask, view: FormView) -> str:
    over = f"{task.process_id} {task.business_key or ''}".strip()
    heading, back = f"Assign: {task.name or task.element_id}", url_for("desk.tasks.listing", view=View.ALL)
    return render_template("entry.html", heading=heading, over=over, view=view, back=back)


def _look(search: Search, user: User) -> Seen:
    """Return what a page of the list shows now; raise `InvalidInput` for a search that makes no sense."""
    return Seen(_page(search.query(user), request.args.get("page", 1, type=int)), _counts(user))


def _counts(user: User) -> dict[View, int]:
    return {view: services().engine.count_tasks(query_of(view, user)) for view in views(user)}


def _usernames(found: list[UserTask]) -> dict[str, str]:
    with services().database.read() as session:
        return people.usernames(session, login_ids={task.assignee for task in found if task.assignee})


def _page(query: TaskQuery, wanted: int) -> Page[UserTask]:
    engine = services().engine
    return page_of(
        engine.count_tasks(query),
        wanted,
        lambda offset: engine.tasks(replace(query, limit=PER_PAGE, offset=offset)),
    )
