"""Whether the service says how it is."""

from dataclasses import replace
from pathlib import Path

from app.database import Database
from app.web import WebConfig, create_app
from tests.house import House


def test_a_service_whose_database_answers_is_well(house: House) -> None:
    answer = house.visitor().client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok", "database": "reachable"})
    assert "Set-Cookie" not in answer.headers


def test_a_service_whose_database_is_gone_says_so(house: House, tmp_path: Path) -> None:
    lost = Database.open(f"sqlite:///{tmp_path / 'missing' / 'dams.db'}")
    app = create_app(replace(house.services, database=lost), WebConfig("secret"))
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json == {"status": "unavailable", "database": "unreachable"}
    lost.close()
