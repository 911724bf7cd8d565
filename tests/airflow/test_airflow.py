"""A real Airflow beside the service: reports from the button to the sentence, what goes wrong, and human steps."""

import pytest
import requests

from app.airflow import REPORT, Airflow, AirflowUnavailable
from tests.airflow.conftest import Call
from tests.airflow.looking import SECONDS, ask, dags, ended, hold
from tests.browser.served import Served
from tests.servers.airflow import USER, AirflowServer

TRIGGER, VALUE = "/login/dag/report/login/count", "/login/dag/xcom/values"


def test_every_dag_is_imported_and_explained(rest: Airflow) -> None:
    assert ask(rest, "importErrors")["import_errors"] == []
    assert not any(dag["is_paused"] or dag["has_import_errors"] for dag in dags(rest).values())
    for dag_id in (REPORT, "dams_nightly"):
        assert "###" in str(ask(rest, f"dags/{dag_id}/details")["doc_md"])


def test_airflow_lets_nobody_in_without_signing_in(airflow: AirflowServer) -> None:
    assert requests.get(f"{airflow.address}/api/v2/dags", timeout=SECONDS).status_code == 401
    with pytest.raises(AirflowUnavailable, match="does not take"):
        Airflow(airflow.address, USER, "wrong", SECONDS).runs()


def test_a_token_that_is_no_good_any_more_is_renewed_by_itself(airflow: AirflowServer, rest: Airflow) -> None:
    fresh = Airflow(airflow.address, USER, rest.password, SECONDS)
    fresh.runs()
    fresh._token = "of an Airflow from before"
    fresh.runs()
    assert fresh._token != "of an Airflow from before"


def test_reports_are_made_when_they_are_asked_for(rest: Airflow, call: Call) -> None:
    hold(rest, REPORT, held=True)
    answers = [call("POST", TRIGGER) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    first, second = (answer.json() for answer in answers)
    assert first["dag_run_id"] != second["dag_run_id"]
    assert first["link"].endswith(f"/dags/{REPORT}/runs/{first['dag_run_id']}")
    early = call("GET", VALUE, params={"dag_run_id": first["dag_run_id"]})
    assert (early.status_code, early.json()["detail"]) == (
        409,
        f"The report {first['dag_run_id']} is being made: it is queued.",
    )
    hold(rest, REPORT, held=False)
    count = len(call("GET", "/login/list/all").json()["records"])
    for made in (first, second):
        assert ended(rest, REPORT, made["dag_run_id"]).state == "success"
        value = call("GET", VALUE, params={"dag_run_id": made["dag_run_id"]})
        assert value.status_code == 200
        assert value.json()["message"].endswith(f", there are {count} users.")
    assert call("GET", VALUE).json()["dag_run_id"] == second["dag_run_id"]


def test_an_unknown_report_has_no_message(airflow: AirflowServer, call: Call) -> None:
    assert call("GET", VALUE, params={"dag_run_id": "nothing"}).status_code == 404


def test_a_service_that_is_away_is_a_failure_in_airflow(rest: Airflow, clinic: Served, call: Call) -> None:
    clinic.stop()
    try:
        run = ended(rest, REPORT, rest.trigger(REPORT).run_id)
    finally:
        clinic.start()
    assert run.state == "failed"
    assert rest.failed_tasks(REPORT, run.run_id) == ["list_all_login"]
    answer = call("GET", VALUE, params={"dag_run_id": run.run_id})
    assert answer.status_code == 502
    assert "has failed in Airflow, at list_all_login" in answer.json()["detail"]
