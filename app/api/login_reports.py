"""The report of how many accounts there are: what Airflow asks the service for, and what the service asks Airflow."""

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue

from app.airflow import REPORT, SUCCESS, Airflow, DagRun
from app.clinic import people
from app.clinic.models import Role, Scope
from app.web.access import only
from app.web.services import airflow, services

blueprint = Blueprint("login_reports", __name__)

_TASK, _KEY = "return_report", "report_msg"
_MOST = 10**9


@blueprint.get("/login/list/all")
@blueprint.get("/ch08/login/list/all")
@only(Role.ADMINISTRATOR, scope=Scope.READ_PEOPLE)
def list_all() -> ResponseReturnValue:
    """List all accounts, without anything that lets somebody sign in."""
    with services().database.read() as session:
        logins = people.list_logins(session)
    records = [
        {"id": login.id, "username": login.username, "role": login.role.value, "active": login.active}
        for login in logins
    ]
    return jsonify(records=records)


@blueprint.get("/login/report/count")
@blueprint.get("/ch08/login/report/count")
@only(Role.ADMINISTRATOR, scope=Scope.REPORTS)
def report_count() -> ResponseReturnValue:
    """Write the sentence about a count."""
    count = request.args.get("login_count", -1, type=int)
    if not 0 <= count < _MOST:
        abort(422, "login_count is the number of accounts, such as login_count=20.")
    return jsonify(message=f"As of {services().now():%Y-%m-%d %H:%M:%S %Z}, there are {count} users.")


@blueprint.post("/login/dag/report/login/count")
@only(Role.ADMINISTRATOR, scope=Scope.REPORTS)
def trigger() -> ResponseReturnValue:
    """Let Airflow make the report now."""
    run = airflow().trigger(REPORT)
    message = f"The report {run.run_id} is {run.state}."
    return jsonify(message=message, dag_id=run.dag_id, dag_run_id=run.run_id, state=run.state, link=run.link), 202


@blueprint.get("/login/dag/xcom/values")
@only(Role.ADMINISTRATOR, scope=Scope.REPORTS)
def value() -> ResponseReturnValue:
    """Return the sentence of a report, of the newest if none is named."""
    asked = airflow()
    run = _run(asked, request.args.get("dag_run_id"))
    if not run.ended:
        abort(409, f"The report {run.run_id} is being made: it is {run.state}.")
    if run.state != SUCCESS:
        failed = ", ".join(asked.failed_tasks(REPORT, run.run_id))
        abort(502, f"The report {run.run_id} has failed in Airflow, at {failed or 'none of its tasks'}.")
    return jsonify(dag_run_id=run.run_id, message=asked.xcom(REPORT, run.run_id, _TASK, _KEY))


def _run(asked: Airflow, run_id: str | None) -> DagRun:
    if run_id is not None:
        return asked.run(REPORT, run_id)
    newest = asked.runs(REPORT, limit=1)
    if not newest:
        abort(404, "No report was made yet.")
    return newest[0]
