"""The clinic for programs: appointments, bills, diagnoses, laboratory requests, notices, tasks, each for its role."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.clinic import audit, people, tokens
from app.clinic.models import Role
from tests.api.conftest import program_of
from tests.api.program import Program
from tests.house import House
from tests.lives import eventually
from workflows.engine import Resource

ROOT = "/api/v1"
DOCTOR, DOCID = "amara.okafor", "HSP-200"
FILE = Path(__file__).parents[1] / "airflow" / "diagrams" / "processes.bpmn"


@pytest.fixture
def patient(house: House) -> Program:
    """A program that acts for a new patient."""
    return acting(house, house.add_patient(), Role.PATIENT)


@pytest.fixture
def stranger(house: House) -> Program:
    """A program that acts for another patient."""
    return acting(house, house.add_patient(), Role.PATIENT)


@pytest.fixture
def doctor(house: House) -> Program:
    """A program that acts for the doctor whom patients of these tests see."""
    return acting(house, DOCTOR, Role.DOCTOR)


def acting(house: House, username: str, role: Role) -> Program:
    return program_of(house, username, *tokens.scopes_for(role))


def told(answer: TestResponse, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.json is not None
    return dict(answer.json)


def listed(program: Program, path: str, **query: str | int) -> list[dict[str, Any]]:
    return list(told(program.get(f"{ROOT}/{path}", **query))["items"])


def slots(program: Program) -> list[str]:
    return [slot["starts_at"] for slot in listed(program, f"doctors/{DOCID}/slots")]


def book(program: Program, **more: object) -> dict[str, Any]:
    """Book the first free slot of the doctor."""
    body = {"docid": DOCID, "starts_at": slots(program)[0], **more}
    return told(program.post(f"{ROOT}/appointments", body), 201)


def own_number(program: Program) -> int:
    return int(told(program.get(f"{ROOT}/profile"))["patientid"])


def test_a_booked_appointment_is_seen_by_both_and_by_nobody_else(
    house: House, patient: Program, stranger: Program, doctor: Program
) -> None:
    wanted = slots(patient)[0]
    made = told(patient.post(f"{ROOT}/appointments", {"docid": DOCID, "starts_at": wanted, "priority_level": 2}), 201)
    assert (made["status"], made["docid"], made["priority_level"]) == ("booked", DOCID, 2)
    assert datetime.fromisoformat(made["starts_at"]) == datetime.fromisoformat(wanted)
    assert wanted not in slots(patient)
    ticketid = made["ticketid"]
    assert [each["ticketid"] for each in listed(patient, "appointments")] == [ticketid]
    assert ticketid in {
        each["ticketid"] for each in listed(doctor, "appointments", status="booked", **{"from": wanted})
    }
    assert told(doctor.get(f"{ROOT}/appointments/{ticketid}")) == told(patient.get(f"{ROOT}/appointments/{ticketid}"))
    assert stranger.get(f"{ROOT}/appointments/{ticketid}").status_code == 404
    assert stranger.post(f"{ROOT}/appointments/{ticketid}/cancel").status_code == 404
    assert listed(stranger, "appointments", patientid=own_number(patient)) == []
    subjects = [notice["ticketid"] for notice in listed(doctor, "notices", unread="true")]
    assert ticketid in subjects  # the booking process has told the doctor


def test_what_cannot_be_booked_is_refused(patient: Program, stranger: Program) -> None:
    taken = book(patient)["starts_at"]
    address = f"{ROOT}/appointments"
    assert stranger.post(address, {"docid": DOCID, "starts_at": taken}).status_code == 409
    past = told(stranger.post(address, {"docid": DOCID, "starts_at": "2020-01-01T09:00:00+00:00"}), 422)
    assert past["errors"][0]["field"] == "starts_at"
    assert stranger.post(address, {"docid": DOCID, "starts_at": "2026-06-08T09:00:00"}).status_code == 422
    assert stranger.post(address, {"docid": "HSP-999", "starts_at": taken}).status_code == 404
    body = {"docid": DOCID, "starts_at": slots(stranger)[0]}
    assert stranger.post(address, {**body, "patientid": own_number(patient)}).status_code == 403
    assert stranger.post(address, {**body, "status": "completed"}).status_code == 422
    assert listed(stranger, "appointments") == []


def test_staff_book_for_a_patient(patient: Program, doctor: Program) -> None:
    assert told(doctor.post(f"{ROOT}/appointments", {"docid": DOCID, "starts_at": slots(doctor)[0]}), 422)
    assert book(doctor, patientid=own_number(patient))["patientid"] == own_number(patient)


def test_an_appointment_is_moved_and_cancelled(patient: Program) -> None:
    made = book(patient, starts_at=slots(patient)[-1])
    address = f"{ROOT}/appointments/{made['ticketid']}"
    tag = patient.get(address).headers["ETag"]
    later = slots(patient)[-1]
    moved = told(patient.post(f"{address}/reschedule", {"starts_at": later}))
    assert datetime.fromisoformat(moved["starts_at"]) == datetime.fromisoformat(later)
    assert patient.send("POST", f"{address}/cancel", {}, If_Match=tag).status_code == 412
    assert told(patient.post(f"{address}/cancel", {"reason": "I am well again"}))["status"] == "cancelled"
    assert patient.post(f"{address}/reschedule", {"starts_at": slots(patient)[0]}).status_code == 409
    assert patient.post(f"{address}/check-in").status_code == 403


def test_a_doctor_sees_a_patient_and_the_bill_is_paid_in_parts(
    house: House, patient: Program, stranger: Program, doctor: Program
) -> None:
    made = book(patient)
    ticketid, address = made["ticketid"], f"{ROOT}/appointments/{made['ticketid']}"
    assert doctor.post(f"{address}/complete").status_code == 409  # nobody has come yet
    now = house.clock.now
    house.clock.now = datetime.fromisoformat(made["starts_at"])
    assert told(doctor.post(f"{address}/check-in"))["status"] == "checked_in"
    assert told(doctor.post(f"{address}/complete"))["status"] == "completed"
    house.clock.now = now
    bill = told(patient.get(f"{ROOT}/bills/{ticketid}"))
    assert bill["status"] == "open"
    assert bill["outstanding"] == bill["due"]
    assert stranger.get(f"{ROOT}/bills/{ticketid}").status_code == 404
    payments = f"{ROOT}/bills/{ticketid}/payments"
    assert stranger.post(payments, {"amount": "1.00"}).status_code == 404
    assert patient.post(payments, {}).status_code == 422
    assert patient.post(payments, {"amount": "-1"}).status_code == 422
    part = patient.send("POST", payments, {"amount": "10.00"}, Idempotency_Key="part")
    assert told(part, 201)["outcome"] == "recorded"
    assert told(patient.get(part.headers["Location"])) == part.json
    patient.send("POST", payments, {"amount": "10.00"}, Idempotency_Key="part")
    held = told(patient.get(f"{ROOT}/bills/{ticketid}"))
    assert (held["status"], held["paid"]) == ("held", "10.00")
    told(patient.post(payments, {"amount": held["outstanding"]}), 201)
    assert told(patient.get(f"{ROOT}/bills/{ticketid}"))["status"] == "paid"
    assert patient.post(payments, {"amount": "1.00"}).status_code == 409
    assert [each["amount"] for each in listed(patient, "payments", ticketid=ticketid)] == [held["outstanding"], "10.00"]
    assert [each["ticketid"] for each in listed(patient, "bills", outstanding="false")] == [ticketid]
    assert listed(patient, "bills", outstanding="true") == []


def test_diagnoses_are_read_by_those_concerned_and_each_reading_is_noted(
    house: House, program: Program, patient: Program, stranger: Program, doctor: Program
) -> None:
    book(patient)
    number = own_number(patient)
    address = f"{ROOT}/patients/{number}/diagnoses"
    assert doctor.post(address, {"narrative": "", "resolution": "Rest"}).status_code == 422
    made = doctor.post(address, {"narrative": "A cold", "resolution": "Rest"})
    right = {"narrative": "Influenza", "resolution": "Rest for a week"}
    corrected = told(doctor.post(f"{made.headers['Location']}/correct", right), 201)
    assert doctor.post(f"{made.headers['Location']}/correct", right).status_code == 409
    before = _readings(house, number)
    (finding,) = listed(patient, f"patients/{number}/diagnoses")
    assert finding["current"] == corrected
    assert [each["narrative"] for each in finding["earlier"]] == ["A cold"]
    assert _readings(house, number) == before + 2
    assert stranger.get(address).status_code == 404
    assert program.get(address).status_code == 403
    assert acting(house, "priya.raman", Role.DOCTOR).get(address).status_code == 404


def test_laboratory_requests_are_decided_once(
    house: House, program: Program, patient: Program, doctor: Program
) -> None:
    book(patient)
    asked = doctor.post(f"{ROOT}/patients/{own_number(patient)}/laboratory-requests", {"details": "Blood count"})
    address = asked.headers["Location"]
    assert told(asked, 201)["status"] == "open"
    assert told(asked, 201)["id"] in {each["id"] for each in listed(program, "laboratory-requests", status="open")}
    assert doctor.post(f"{address}/approve").status_code == 403
    assert program.post(f"{address}/refuse", {}).status_code == 422
    refused = told(program.post(f"{address}/refuse", {"reason": "It was done last week"}))
    assert (refused["status"], refused["refusal"]) == ("refused", "It was done last week")
    assert program.post(f"{address}/approve").status_code == 409
    assert patient.get(address).status_code == 403
    assert "A laboratory test was refused" in {each["subject"] for each in listed(doctor, "notices")}


def test_notices_are_marked_as_read_by_their_reader_alone(house: House, patient: Program, doctor: Program) -> None:
    book(patient)
    notice = listed(doctor, "notices", unread="true")[0]
    address = f"{ROOT}/notices/{notice['id']}"
    assert patient.get(address).status_code == 404
    assert patient.post(f"{address}/read").status_code == 404
    assert told(doctor.post(f"{address}/read"))["read_at"] is not None
    assert notice["id"] not in {each["id"] for each in listed(doctor, "notices", unread="true")}
    assert told(doctor.post(f"{ROOT}/notices/read")) == {"unread": 0}


def test_a_task_is_taken_and_done_with_its_form(house: House, program: Program, patient: Program) -> None:
    house.engine.deploy([Resource(FILE.name, FILE.read_bytes())])
    instance = house.engine.start("airflow_asks")
    (task,) = (each for each in listed(program, "tasks", whose="offered") if each["instance_id"] == instance.id)
    address = f"{ROOT}/tasks/{task['id']}"
    assert patient.get(address).status_code == 404
    assert patient.post(f"{address}/claim").status_code == 404
    assert program.post(f"{address}/complete").status_code == 409
    assert told(program.post(f"{address}/claim"))["assignee"] == house.login_id("admin")
    assert told(program.post(f"{address}/unclaim"))["assignee"] is None
    told(program.post(f"{address}/claim"))
    assert task["id"] in {each["id"] for each in listed(program, "tasks", whose="mine")}
    form = told(program.get(address))["form"]
    wrong = told(program.post(f"{address}/complete", {"values": {"role": "administrator"}}), 422)
    assert wrong["errors"] == [{"field": "values.role", "detail": "The form has no such field."}]
    assert [(field["id"], field["type"]) for field in form] == [("approved", "boolean")]
    assert told(program.post(f"{address}/complete", {"values": {"approved": True}})) == {"instance_id": instance.id}
    assert house.engine.variables(instance.id)["approved"] is True
    assert program.get(address).status_code == 404


def test_a_form_is_refused_field_by_field(house: House, patient: Program) -> None:
    with house.services.database.read() as session:
        by = people.find_patient(session, patientid=own_number(patient)).login_id
    instance = house.engine.start("Process_ApptDams01", {}, business_key="T-API0001", by=by)
    eventually(lambda: [each["instance_id"] for each in listed(patient, "tasks")], [instance.id])
    (task,) = (each for each in listed(patient, "tasks") if each["instance_id"] == instance.id)
    address = f"{ROOT}/tasks/{task['id']}/complete"
    for value in ("Astrology", {"a": 1}, [["Cardiology"]], None):
        wrong = told(patient.post(address, {"values": {"specialization": value}}), 422)
        assert [error["field"] for error in wrong["errors"]] == ["values.specialization"]
    assert told(patient.post(address, {"values": {"specialization": "Cardiology"}}))["instance_id"] == instance.id


def test_hours_that_leave_appointments_outside_are_changed_once_that_is_accepted(
    house: House, program: Program, doctor: Program, patient: Program
) -> None:
    made = book(patient)
    address = f"{ROOT}/doctors/{DOCID}/leave"
    body: dict[str, Any] = {"first_day": made["starts_at"][:10]}
    refused = told(doctor.post(address, body), 409)
    assert made["ticketid"] in refused["detail"]
    tickets = [each["ticketid"] for each in listed(doctor, "appointments", status="booked")]
    leave = told(doctor.post(address, {**body, "accepted": tickets}), 201)
    assert leave["id"] in {each["id"] for each in told(doctor.get(f"{ROOT}/doctors/{DOCID}/availability"))["closures"]}
    assert doctor.delete(f"{address}/{leave['id']}").status_code == 204
    assert doctor.get(f"{ROOT}/doctors/HSP-201/availability").status_code == 404
    assert program.get(f"{ROOT}/doctors/HSP-201/availability").status_code == 200
    assert patient.get(f"{ROOT}/doctors/{DOCID}/availability").status_code == 403


def test_people_see_whom_they_may(program: Program, patient: Program, stranger: Program, doctor: Program) -> None:
    number = own_number(patient)
    address = f"{ROOT}/patients/{number}"
    assert doctor.get(address).status_code == 404  # no patient of this doctor's yet
    book(patient)
    assert told(doctor.get(address)) == told(program.get(address)) == told(patient.get(address))
    assert stranger.get(address).status_code == 404
    assert patient.get(f"{ROOT}/patients").status_code == 403
    assert [each["patientid"] for each in listed(doctor, "patients", search=str(number))] == [number]
    assert doctor.get(f"{ROOT}/administrators").status_code == 403
    assert told(doctor.get(f"{ROOT}/profile"))["docid"] == DOCID
    assert "password" not in str(listed(program, "administrators"))


def _readings(house: House, patientid: int) -> int:
    with house.services.database.read() as session:
        found = audit.list_entries(session, subject=f"patient {patientid}")
    return sum(entry.action == "diagnosis read" for entry in found)
