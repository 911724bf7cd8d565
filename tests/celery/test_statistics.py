"""A doctor's figures, counted by a chord of tasks, over HTTP, on a real worker."""

import os
import signal

import pytest

from app.clinic import laboratory, people, reports
from app.clinic.models import Scope
from app.clinic.people import NewPerson
from tests.api.conftest import program_of
from tests.api.program import Program
from tests.celery.running import Worker, eventually, told
from tests.house import CHEAP, PASSWORD, House
from workers.celery import statistics as steps

pytestmark = pytest.mark.usefixtures("worker")


@pytest.fixture
def program(house: House) -> Program:
    """A program of an administrator."""
    return program_of(house, "admin", Scope.REPORTS)


def test_the_numbers_are_those_of_the_tables(house: House, program: Program) -> None:
    with house.services.database.write() as session:
        requests = reports.count_laboratory_requests(session, docid="HSP-200")
        patients = reports.count_patients(session, docid="HSP-200")
        patientid = people.list_patients(session, docid="HSP-200").patients[0].patientid
        laboratory.request_test(
            session, docid="HSP-200", patientid=patientid, details="Blood count", now=house.clock.now, by="tests"
        )
    answer = program.get("/admin/doc/stats", docid="HSP-200")
    assert answer.status_code == 200
    assert told(answer) == {
        "docid": "HSP-200",
        "patients": patients,
        "lab_requests": requests + 1,
        "message": f"Doctor HSP-200 has {patients} patients and {requests + 1} lab requests.",
    }


def test_a_doctor_without_either_has_none(house: House, program: Program) -> None:
    person = NewPerson("new.doctor", PASSWORD, "Ida", "Neu", "ida@example.org", "040 5550102")
    with house.services.database.write() as session:
        today = house.clock.now.date()
        people.create_doctor(
            session,
            docid="HSP-900",
            person=person,
            specialization="Neurology",
            position="Consultant",
            date_started=today,
            now=house.clock.now,
            passwords=CHEAP,
        )
    answer = program.get("/admin/doc/stats", docid="HSP-900")
    assert told(answer)["message"] == "Doctor HSP-900 has 0 patients and 0 lab requests."


def test_an_unknown_doctor_is_not_found_and_none_is_asked_for(program: Program) -> None:
    answer = program.get("/admin/doc/stats", docid="HSP-999")
    assert (answer.status_code, told(answer)["detail"]) == (404, "There is no doctor HSP-999.")
    answer = program.get("/admin/doc/stats")
    assert (answer.status_code, told(answer)["errors"][0]["field"]) == (422, "docid")
    assert program.get("/admin/doc/stats/00000000-0000-0000-0000-000000000000").status_code == 404


@pytest.mark.parametrize("username", ["amara.okafor", "patient", None])
def test_only_administrators_are_told(house: House, username: str | None) -> None:
    visitor = house.visitor(house.add_patient() if username == "patient" else username)
    answer = visitor.client.get("/admin/doc/stats?docid=HSP-200")
    assert answer.status_code == (401 if username is None else 403)


@pytest.mark.parametrize("step", [steps.COUNT_PATIENTS, steps.COUNT_REQUESTS, steps.SUMMARIZE])
def test_whoever_waits_is_told_where_to_look_and_a_killed_worker_is_replaced(
    worker: Worker, program: Program, step: str
) -> None:
    with worker.holding(step) as held:
        answer = program.get("/admin/doc/stats", docid="HSP-200")
        assert (answer.status_code, told(answer)["state"]) == (202, "waiting")
        assert program.get(told(answer)["href"]).status_code == 202
        os.kill(held(), signal.SIGKILL)
    eventually(lambda: program.get(told(answer)["href"]).status_code, 200)
    assert told(program.get(told(answer)["href"])) == told(program.get("/admin/doc/stats", docid="HSP-200"))
