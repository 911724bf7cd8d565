"""Process instances, found by what staff knows of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from app.clinic.models import Role
from app.clinic.paging import Page
from app.web.access import only
from app.web.desk.changes import tell_changes
from app.web.desk.paging import PER_PAGE, fingerprint, page_of
from app.web.desk.values import read_loosely, shown, span
from app.web.services import services
from workflows.engine import InstanceOrder, InstanceQuery, InstanceState, ProcessInstance
from workflows.errors import InvalidInput

instances = Blueprint("instances", __name__, url_prefix="/instances")
for _filter in (shown, span):
    instances.add_app_template_filter(_filter)

ORDERS: Mapping[str, tuple[str, InstanceOrder, bool]] = {
    "newest": ("Newest first", InstanceOrder.STARTED, True),
    "oldest": ("Oldest first", InstanceOrder.STARTED, False),
    "ended": ("Last ended first", InstanceOrder.ENDED, True),
    "business_key": ("Business key", InstanceOrder.BUSINESS_KEY, False),
    "process": ("Process", InstanceOrder.PROCESS_ID, False),
}
"""What a list can be sorted by: the words for it, and what the engine calls it, falling or not."""


@dataclass(frozen=True, slots=True)
class Search:
    """What was asked for, as it stands in the address."""

    process: str
    version: str
    business_key: str
    state: str
    variable: str
    value: str
    incidents: bool
    sort: str

    @classmethod
    def asked(cls) -> "Search":
        """Return what the present request asks for."""
        given = {name: value.strip() for name, value in request.args.items()}
        texts = {name: given.get(name, "") for name in cls.__slots__ if name not in {"incidents", "sort"}}
        return cls(**texts, incidents=bool(given.get("incidents")), sort=given.get("sort") or "newest")

    @property
    def given(self) -> dict[str, str]:
        """What an address has to say to ask for the same."""
        texts = {name: getattr(self, name) for name in self.__slots__ if name != "incidents"}
        found = {name: text for name, text in texts.items() if text and (name, text) != ("sort", "newest")}
        return found | ({"incidents": "1"} if self.incidents else {})

    def query(self) -> InstanceQuery:
        """Return it as the engine is asked; raise `InvalidInput` for what makes no sense."""
        if self.sort not in ORDERS:
            raise InvalidInput(f"Instances can't be sorted by {self.sort!r}.")
        if self.state and self.state not in list(InstanceState):
            raise InvalidInput(f"There is no state {self.state!r}.")
        if self.value and not self.variable:
            raise InvalidInput("Give the name of the variable that has this value.")
        _, order, descending = ORDERS[self.sort]
        return InstanceQuery(
            process_id=self.process or None,
            definition_id=self._definition_id(),
            business_key=self.business_key or None,
            states=(InstanceState(self.state),) if self.state else (),
            variables={self.variable: read_loosely(self.value)} if self.variable else {},
            with_incidents=self.incidents,
            order=order,
            descending=descending,
        )

    def _definition_id(self) -> str | None:
        if not self.version:
            return None
        if not self.process:
            raise InvalidInput("Choose the process that this is a version of.")
        versions = services().engine.definitions(self.process, latest=False)
        for each in versions:
            if str(each.version) == self.version:
                return each.id
        raise InvalidInput(f"The process {self.process} has no version {self.version!r}.")


@instances.get("")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List instances, a page at a time."""
    search, processes = Search.asked(), services().engine.definitions()
    try:
        found, problem = _page(search), ""
    except InvalidInput as error:
        found, problem = Page([], 1, 1, 0), str(error)
    page = render_template(
        "desk/instances/listing.html",
        found=found,
        fingerprint=fingerprint(found),
        problem=problem,
        search=search,
        processes=processes,
        names={each.process_id: each.name or each.process_id for each in processes},
        states=list(InstanceState),
        orders=ORDERS,
    )
    return page, 422 if problem else 200


@instances.get("/changes")
@only(Role.ADMINISTRATOR)
def changes() -> Response:
    """Tell a page of the list whenever what it shows has changed; it looks for itself what that is."""
    search = Search.asked()
    return tell_changes({"instances", "incidents"}, lambda: fingerprint(_page(search)))


def _page(search: Search) -> Page[ProcessInstance]:
    """Return what a page of the list shows now; raise `InvalidInput` for a search that makes no sense."""
    engine, query = services().engine, search.query()
    return page_of(
        engine.count_instances(query),
        request.args.get("page", 1, type=int),
        lambda offset: engine.instances(replace(query, limit=PER_PAGE, offset=offset)),
    )
