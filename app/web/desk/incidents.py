"""Incidents of all processes: what failed and waits for a person, and trying many of them again at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic.errors import InvalidInput
from app.clinic.models import Role
from app.clinic.paging import Page
from app.web import entries
from app.web.access import only
from app.web.desk.actions import named
from app.web.desk.changes import tell_changes
from app.web.desk.confirming import REFUSALS, Question, ask
from app.web.desk.paging import fingerprint, page_of
from app.web.desk.searching import Texts
from app.web.entries import Entries
from app.web.errors import error_page
from app.web.identity import the_user
from app.web.services import services
from workflows.diagrams.forms import FieldType
from workflows.engine import Incident
from workflows.errors import InvalidInput as Refused
from workflows.errors import NotFound

incidents = Blueprint("incidents", __name__, url_prefix="/incidents")

MOST = 100
"""How many incidents are on a page, and can be tried again at once."""

_MOST_RETRIES = 100
_RETRIES = entries.field(
    "retries",
    FieldType.INTEGER,
    "Attempts",
    hint="How often a job may fail now before it is an incident again.",
    longest=3,
)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one incident: `refusal` is why it was not tried again, empty if it is.

    `of` is what its instance is called, its id if there is none.
    """

    incident_id: str
    instance_id: str
    of: str
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Search(Texts):
    """What was asked for, as it stands in the address."""

    process: str
    element: str


@incidents.get("")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List the open incidents, the oldest first, a page at a time."""
    search, processes, problem = Search.asked(), services().engine.definitions(), ""
    try:
        found = _page(search)
    except Refused as error:
        found, problem = Page([], 1, 1, 0), str(error)
    page = render_template(
        "desk/incidents/listing.html",
        found=found,
        fingerprint=fingerprint(found),
        processes=processes,
        names={each.process_id: each.name or each.process_id for each in processes},
        search=search,
        problem=problem,
    )
    return page, 422 if problem else 200


@incidents.get("/changes")
@only(Role.ADMINISTRATOR)
def changes() -> Response:
    """Tell a page of the list whenever what it shows has changed; it looks for itself what that is."""
    search = Search.asked()
    return tell_changes({"incidents"}, lambda: fingerprint(_page(search)))


@incidents.get("/retry")
@only(Role.ADMINISTRATOR)
def ask_to_retry() -> ResponseReturnValue:
    """Ask before the chosen incidents are tried again."""
    chosen = _chosen(request.args.getlist("incident"))
    if not chosen:
        return _nothing_chosen()
    return ask(_question(chosen))


@incidents.post("/retry")
@only(Role.ADMINISTRATOR)
def retry() -> ResponseReturnValue:
    """Try the chosen incidents again, each in a step of its own, and say what came of each."""
    chosen = _chosen(request.form.getlist("incident"))
    if not chosen:
        return _nothing_chosen()
    results: list[Result] = []

    def act(entered: Entries) -> None:
        retries = entered.number("retries")
        if not 1 <= retries <= _MOST_RETRIES:
            raise InvalidInput("retries", f"Give a number from 1 to {_MOST_RETRIES}.")
        results.extend(_resolve(each, retries, entered.text("reason")) for each in chosen)

    refused = entries.submit(_question(chosen).form, act)
    if refused is not None:
        return ask(_question(chosen), refused), 422
    return render_template("desk/incidents/results.html", results=results)


def _page(search: Search) -> Page[Incident]:
    """Return what a page of the list shows now; raise `InvalidInput` for a search that makes no sense."""
    engine, process_id, element_id = services().engine, search.process or None, search.element or None
    return page_of(
        engine.count_incidents(process_id=process_id, element_id=element_id),
        request.args.get("page", 1, type=int),
        lambda offset: engine.incidents(process_id=process_id, element_id=element_id, limit=MOST, offset=offset),
        MOST,
    )


def _resolve(incident_id: str, retries: int, reason: str) -> Result:
    instance_id = _instance_of(incident_id)
    of = _called(instance_id)
    try:
        services().engine.resolve(incident_id, retries=retries, reason=reason, by=the_user().id)
    except REFUSALS as error:
        return Result(incident_id, instance_id, of, str(error))
    return Result(incident_id, instance_id, of)


def _called(instance_id: str) -> str:
    try:
        return named(services().engine.instance(instance_id))
    except NotFound:
        return instance_id


def _chosen(given: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(given))[:MOST]


def _nothing_chosen() -> ResponseReturnValue:
    links = {"Look at the incidents": url_for("desk.incidents.listing")}
    return error_page(422, "Choose the incidents that are to be tried again.", links)


def _question(chosen: Sequence[str]) -> Question:
    many = len(chosen) > 1
    return Question(
        f"Try {len(chosen)} incidents again" if many else "Try an incident again",
        (
            f"What failed in {'each of them' if many else 'it'} is done once more, from the beginning of its element, "
            "with the variables as they are now.",
            "What fails again comes back to the list of incidents.",
        ),
        "Try them again" if many else "Try it again",
        url_for("desk.incidents.listing")
        if many
        else url_for("desk.instances.instance.show", instance_id=_instance_of(chosen[0])),
        fields=(_RETRIES,),
        values={"retries": 1},
        kept=[("incident", each) for each in chosen],
    )


def _instance_of(incident_id: str) -> str:
    return incident_id.partition(":")[0]
