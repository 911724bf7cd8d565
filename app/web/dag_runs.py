"""What Airflow has done for the clinic, and asking it for a report."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.airflow import REPORT, AirflowError
from app.clinic.models import Role
from app.web.access import only
from app.web.errors import error_page, status_of
from app.web.services import airflow

dag_runs = Blueprint("dag_runs", __name__, url_prefix="/dag-runs")

_MOST = 50


@dag_runs.get("")
@only(Role.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """List the newest runs of all DAGs, or say why they can't be seen."""
    try:
        found, trouble = airflow().runs(limit=_MOST), None
    except AirflowError as error:
        found, trouble = [], error
    return render_template("dag_runs/listing.html", runs=found, trouble=trouble)


@dag_runs.post("/report")
@only(Role.ADMINISTRATOR)
def report() -> ResponseReturnValue:
    """Let Airflow count the accounts now."""
    here = url_for("dag_runs.listing")
    try:
        run = airflow().trigger(REPORT)
    except AirflowError as error:
        return error_page(status_of(error), str(error), {"DAG runs": here})
    flash(f"Airflow makes the report: {run.run_id}.")
    return redirect(here, 303)
