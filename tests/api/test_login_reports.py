"""The report of accounts, as far as the service makes it itself; `tests/airflow` has the rest."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app.airflow import Airflow
from app.application import create_app
from app.clinic.models import Login, Scope
from app.web import WebConfig
from tests.api.conftest import token_of
from tests.api.program import Program
from tests.house import House
from tests.servers.processes import free_port
from tests.visitor import Visitor

LISTED, COUNTED = "/login/list/all", "/login/report/count"
TRIGGERED, KEPT = "/login/dag/report/login/count", "/login/dag/xcom/values"


def test_every_account_is_listed_and_no_password(house: House, program: Program) -> None:
    answer = program.get(LISTED)
    assert answer.json is not None
    with house.services.database.read() as session:
        assert len(answer.json["records"]) == session.scalar(select(func.count()).select_from(Login))
        hashes = session.scalars(select(Login.password_hash)).all()
    assert {field for record in answer.json["records"] for field in record} == {"id", "username", "role", "active"}
    assert not any(each in answer.text for each in hashes)


def test_the_sentence_is_in_the_time_of_the_clinic(program: Program) -> None:
    answer = program.get(COUNTED, login_count=20)
    assert answer.json == {"message": "As of 2026-06-01 07:00:00 CEST, there are 20 users."}


@pytest.mark.parametrize("count", ["", "-1", "many", "2.5", "1" * 20])
def test_what_is_no_count_is_refused(program: Program, count: str) -> None:
    answer = program.get(COUNTED, login_count=count)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_the_book_s_way_to_trigger_is_refused_with_the_right_one(program: Program) -> None:
    answer = program.get(TRIGGERED)
    assert answer.status_code == 405
    assert answer.json is not None
    assert answer.json["detail"] == "This address takes POST, not GET."


def test_without_an_airflow_the_service_says_what_to_set(program: Program, administrator: Visitor) -> None:
    for answer in (program.post(TRIGGERED), program.get(KEPT)):
        assert answer.status_code == 503
        assert answer.json is not None
        assert "DAMS_AIRFLOW_URL" in answer.json["detail"]
    page = administrator.open("/dag-runs")
    assert page.status == 200
    assert "DAMS_AIRFLOW_URL" in page.text
    assert "Count the accounts now" not in page.text


@pytest.fixture
def without(house: House) -> House:
    """A service whose Airflow is away."""
    away = Airflow(f"http://127.0.0.1:{free_port()}/", "admin", "secret", 1.0)
    services = replace(house.services, airflow=away)
    return replace(house, services=services, app=create_app(services, WebConfig("secret", rate_limits=False)))


def test_an_airflow_that_is_away_is_told_with_the_reason(without: House) -> None:
    program = Program(without.app, token_of(without, "admin", Scope.REPORTS))
    for answer in (program.post(TRIGGERED), program.get(KEPT), program.get(KEPT, dag_run_id="one")):
        assert answer.status_code == 502
        assert answer.json is not None
        assert "Airflow can't be reached" in answer.json["detail"]
        assert "secret" not in answer.text


def test_the_page_says_that_airflow_is_away(without: House) -> None:
    visitor = without.visitor("admin")
    page = visitor.open("/dag-runs")
    assert page.status == 200
    assert "Airflow can't be reached" in page.text
