"""Doctors ask at `/diagnosis/analysis/text` what they told a patient, while a broker moves the process."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.api import diagnosis
from app.clinic import diagnoses
from app.clinic.models import Scope
from tests.api.conftest import program_of
from tests.api.program import Program
from tests.house import House
from tests.lives import eventually
from tests.web.test_diagnoses import treat
from tests.zeebe.service.house import FIRST_KEYS
from workflows.engine import InstanceState

ASK = "/diagnosis/analysis/text"
DOCTOR, USERNAME = "HSP-200", "amara.okafor"


@pytest.fixture
def doctor(house: House) -> Program:
    """A program that acts for HSP-200."""
    return program_of(house, USERNAME, Scope.READ_CLINIC)


@pytest.fixture
def patientid(house: House) -> int:
    """A patient of HSP-200, who was told nothing yet."""
    return treat(house, house.add_patient())


def tell(house: House, patientid: int, resolution: str) -> None:
    with house.services.database.write() as session:
        diagnoses.record(
            session,
            docid=DOCTOR,
            patientid=patientid,
            narrative="A cold.",
            resolution=resolution,
            now=house.clock.now,
            by="tests",
        )


@contextmanager
def changed(house: House, change: str, back: str) -> Iterator[None]:
    """Change the database, and back at the end of the block."""
    with house.services.database.write() as session:
        session.execute(text(change))
    yield
    with house.services.database.write() as session:
        session.execute(text(back))


def test_a_diagram_that_an_administrator_deploys_runs_on_the_broker(
    house: House, doctor: Program, patientid: int
) -> None:
    administrator = program_of(house, "admin", *Scope)
    assert doctor.post("/diagnosis/bpmn/deploy").status_code == 403
    deployed = administrator.post("/diagnosis/bpmn/deploy")
    assert deployed.status_code == 201
    assert deployed.json is not None
    for resolution in ("Rest.", "Drink enough."):
        tell(house, patientid, resolution)
    answer = doctor.post(ASK, {"docid": DOCTOR, "patientid": str(patientid)})
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    assert answer.json["result"] == ["Drink enough.", "Rest."]
    instance = house.engine.instance(answer.json["id"])
    assert instance.id.startswith(FIRST_KEYS)
    assert instance.version == deployed.json["version"]
    assert doctor.get(f"{ASK}/{instance.id}").json == answer.json


def test_a_patient_who_was_told_nothing_gives_an_empty_list(doctor: Program, patientid: int) -> None:
    answer = doctor.post(ASK, {"docid": DOCTOR, "patientid": patientid})
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    assert answer.json["result"] == []


def test_only_the_doctor_asks_for_patients_of_hers(house: House, doctor: Program, patientid: int) -> None:
    stranger = treat(house, house.add_patient(), "HSP-202")
    body = {"docid": DOCTOR, "patientid": patientid}
    assert doctor.post(ASK, {"docid": "HSP-202", "patientid": stranger}).status_code == 403
    assert doctor.post(ASK, {"docid": DOCTOR, "patientid": stranger}).status_code == 404
    assert program_of(house, "admin", *Scope).post(ASK, body).status_code == 403
    assert program_of(house, house.add_patient(), Scope.READ_CLINIC).post(ASK, body).status_code == 403
    assert Program(house.app).post(ASK, body).status_code == 401


def test_a_database_that_is_away_makes_the_answer_late(
    house: House, doctor: Program, patientid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(house, patientid, "Rest.")
    monkeypatch.setattr(diagnosis, "_PATIENCE", timedelta(0))
    with changed(house, "ALTER TABLE diagnosis RENAME TO away", "ALTER TABLE away RENAME TO diagnosis"):
        late = doctor.post(ASK, {"docid": DOCTOR, "patientid": patientid})
        assert late.status_code == 202, late.text
        assert late.json is not None
        assert late.json["href"] == late.headers["Location"]
        assert doctor.get(late.json["href"]).status_code == 202
    eventually(lambda: doctor.get(late.headers["Location"]).status_code, 200)
    found = doctor.get(late.headers["Location"]).json
    assert found is not None
    assert found["result"] == ["Rest."]


def test_a_database_that_fails_is_an_incident_and_no_result(
    house: House, doctor: Program, patientid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read is noted; where that can't be, nothing is handed over."""
    tell(house, patientid, "Rest.")
    monkeypatch.setattr(diagnosis, "_PATIENCE", timedelta(0))
    refuse = "CREATE TRIGGER refuse BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    with changed(house, refuse, "DROP TRIGGER refuse"):
        asked = doctor.post(ASK, {"docid": DOCTOR, "patientid": patientid})
        assert asked.status_code == 202, asked.text
        place = asked.headers["Location"]
        eventually(lambda: doctor.get(place).status_code, 500)
        answer = doctor.get(place).text
    instance = house.engine.instance(place.rsplit("/", 1)[-1])
    assert (instance.state, instance.incidents) == (InstanceState.ACTIVE, 1)
    (incident,) = house.engine.incidents(instance.id)
    assert "the disk is full" in incident.message
    assert "Rest." not in answer
    assert "result" not in house.engine.variables(instance.id)
    house.engine.resolve(incident.id)
    eventually(lambda: doctor.get(place).status_code, 200)
