"""Doctors ask what they told their patients: `/diagnosis/...`."""

from datetime import timedelta

import pytest

from app.api import diagnosis
from app.clinic import audit, diagnoses, people
from app.clinic.models import Scope
from tests.api.conftest import program_of
from tests.api.program import Program
from tests.house import House
from tests.visitor import Visitor
from tests.web.test_diagnoses import treat

ASK = "/diagnosis/analysis/text"
DOCTOR, USERNAME = "HSP-200", "amara.okafor"


@pytest.fixture
def doctor(house: House) -> Program:
    """A program that acts for HSP-200."""
    return program_of(house, USERNAME, Scope.READ_CLINIC)


@pytest.fixture
def patientid(house: House) -> int:
    """A patient of HSP-200, who was told something twice."""
    number = treat(house, house.add_patient())
    with house.services.database.write() as session:
        for resolution in ("Rest.", "Drink enough."):
            diagnoses.record(
                session,
                docid=DOCTOR,
                patientid=number,
                narrative="A cold.",
                resolution=resolution,
                now=house.clock.now,
                by="tests",
            )
    return number


def entries(house: House, patientid: int) -> list[tuple[str, str]]:
    """Return who did what with a patient's diagnoses, newest first."""
    with house.services.database.read() as session:
        return [(entry.who, entry.action) for entry in audit.list_entries(session, subject=f"patient {patientid}")]


def test_an_administrator_deploys_the_diagram_and_nobody_else(house: House, program: Program, doctor: Program) -> None:
    answer = program.post("/diagnosis/bpmn/deploy")
    assert (answer.status_code, answer.json) == (
        201,
        {"data": True, "process_id": "Process_Diagnostics", "version": 1},
    )
    assert doctor.post("/diagnosis/bpmn/deploy").status_code == 403
    assert Program(house.app).post("/diagnosis/bpmn/deploy").status_code == 401


def test_a_doctor_gets_what_a_patient_was_told_and_the_audit_knows(
    house: House, doctor: Program, patientid: int
) -> None:
    answer = doctor.post(ASK, {"docid": DOCTOR, "patientid": str(patientid)})
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    assert answer.json["result"] == ["Drink enough.", "Rest."]
    who = house.login_id(USERNAME)
    read = [("tests", "diagnosis recorded")] * 2
    assert entries(house, patientid) == [
        (who, "diagnoses handed over"),
        (who, "diagnosis read"),
        (who, "diagnosis read"),
        *read,
    ]
    again = doctor.get(f"{ASK}/{answer.json['id']}")
    assert (again.status_code, again.json) == (200, answer.json)
    assert entries(house, patientid)[0] == (who, "diagnoses handed over")
    assert len(entries(house, patientid)) == 6


def test_a_patient_without_diagnoses_gives_an_empty_list(house: House, doctor: Program) -> None:
    number = treat(house, house.add_patient())
    answer = doctor.post(ASK, {"docid": DOCTOR, "patientid": number})
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["result"] == []


def test_nobody_asks_for_another_doctor_or_for_somebody_else_s_patient(
    house: House, doctor: Program, program: Program, patientid: int
) -> None:
    stranger = treat(house, house.add_patient(), "HSP-202")
    body = {"docid": DOCTOR, "patientid": patientid}
    assert doctor.post(ASK, {"docid": "HSP-202", "patientid": stranger}).status_code == 403
    assert doctor.post(ASK, {"docid": DOCTOR, "patientid": stranger}).status_code == 404
    assert program.post(ASK, body).status_code == 403
    assert program_of(house, house.add_patient(), Scope.READ_CLINIC).post(ASK, body).status_code == 403
    assert Program(house.app).post(ASK, body).status_code == 401
    assert [action for _, action in entries(house, stranger)] == []


def test_an_answer_is_for_who_asked(house: House, doctor: Program, patientid: int) -> None:
    asked = doctor.post(ASK, {"docid": DOCTOR, "patientid": patientid}).json
    assert asked is not None
    with house.services.database.read() as session:
        others = people.list_doctors(session)
    other = next(each for each in others if each.docid != DOCTOR)
    program = program_of(house, other.login.username, Scope.READ_CLINIC)
    assert program.get(f"{ASK}/{asked['id']}").status_code == 404
    booking = house.engine.start("Process_PaymentReminders", by=house.login_id(USERNAME))
    assert doctor.get(f"{ASK}/{booking.id}").status_code == 404
    assert doctor.get(f"{ASK}/nothing").status_code == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"docid": DOCTOR}, {"docid": DOCTOR, "patientid": True}, {"docid": 1, "patientid": 1}]
    + [{"docid": DOCTOR, "patientid": wrong} for wrong in ("", "x", "1.5", -1, 1.5, "9" * 5000, [1])],
)
def test_what_names_no_doctor_and_patient_is_refused(doctor: Program, body: dict[str, object]) -> None:
    assert doctor.post(ASK, body).status_code == 422


def test_a_session_needs_the_csrf_header(house: House, patientid: int) -> None:
    visitor = Visitor(house.app)
    signed_in = house.visitor(USERNAME)
    body = {"docid": DOCTOR, "patientid": patientid}
    assert visitor.client.post(ASK, json=body).status_code == 401
    assert signed_in.client.post(ASK, json=body).status_code == 400


def test_what_takes_longer_can_be_asked_for_later(
    house: House, doctor: Program, patientid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "_PATIENCE", timedelta(0))
    waiting = [doctor.post(ASK, {"docid": DOCTOR, "patientid": patientid}) for _ in range(3)]
    late = next((answer for answer in waiting if answer.status_code == 202), None)
    if late is None:
        assert {answer.status_code for answer in waiting} == {200}
        return
    assert late.json is not None
    assert late.json["href"] == late.headers["Location"]
