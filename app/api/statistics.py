"""Figures of a doctor, counted beside each other by a chord of Celery tasks."""

from flask import Blueprint, abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from app.api.problems import problem
from app.clinic import people
from app.clinic.errors import InvalidInput
from app.clinic.models import Role, Scope
from app.web.access import only
from app.web.services import services, tasks
from workers.celery.outcomes import Outcome, Stage, waited

blueprint = Blueprint("statistics", __name__, url_prefix="/admin/doc/stats")

_PATIENCE_SECONDS = 2.0


@blueprint.get("")
@only(Role.ADMINISTRATOR, scope=Scope.REPORTS)
def count() -> ResponseReturnValue:
    """Count a doctor's patients and laboratory requests: 200 with both, or 202 with where to look for them."""
    docid = request.args.get("docid", "")
    if not docid:
        raise InvalidInput("docid", "Name the doctor, such as ?docid=HSP-200.")
    asking = tasks()
    with services().database.read() as session:
        people.find_doctor(session, docid=docid)
    task_id = asking.count(docid)
    return _answer(task_id, waited(lambda: asking.outcome(task_id), _PATIENCE_SECONDS))


@blueprint.get("/<task_id>")
@only(Role.ADMINISTRATOR, scope=Scope.REPORTS)
def show(task_id: str) -> ResponseReturnValue:
    """Return what was counted within the last hour."""
    return _answer(task_id, tasks().outcome(task_id))


def _answer(task_id: str, outcome: Outcome) -> ResponseReturnValue:
    match outcome.stage:
        case Stage.DONE:
            return jsonify(outcome.value)
        case Stage.UNKNOWN:
            abort(404, "Nothing was counted under this id within the last hour.")
        case Stage.WAITING:
            here = url_for("statistics.show", task_id=task_id)
            return jsonify(id=task_id, state=outcome.stage, href=here), 202, {"Location": here}
    return problem(500, "It could not be counted. Try again later.")
