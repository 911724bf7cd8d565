"""Reservations over HTTP: who may ask for what, and what is answered."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from app.application import create_app
from app.clinic import people
from app.clinic.models import Scope
from app.clinic.slots import Slot, free_slots
from app.web import WebConfig
from tests.api.conftest import token_of
from tests.api.program import Program
from tests.house import ZONE, House
from tests.lives import eventually
from tests.servers.processes import free_port
from tests.servers.temporal import TemporalServer
from tests.visitor import Visitor
from workers.clinic import Clinic
from workers.reservation import Reservation
from workflows.temporal.connection import Connection, Target
from workflows.temporal.reservation_client import Reservations
from workflows.temporal.worker import Workers

RESERVED = "Appointment with doctor reserved."
CANCELLED = "Appointment with doctor cancelled."
TAKEN = "Somebody else has just taken this time. Choose another."
CONFIG = WebConfig("a secret of the tests", rate_limits=False)


@dataclass(frozen=True, slots=True)
class Desk:
    """A house whose programs can ask for reservations."""

    house: House
    connection: Connection

    @contextmanager
    def working(self) -> Iterator[None]:
        """Run a worker for the reservations until the end of the block."""
        clinic = Clinic(self.house.services.details, self.house.clock)
        with ThreadPoolExecutor(4) as threads:
            reservation = Reservation(self.house.services.database, clinic, self.house.engine)
            workers = Workers(self.connection, [partial(reservation.worker, threads)])
            workers.start()
            yield
            workers.stop()

    def program(self, username: str, *scopes: Scope) -> Program:
        """Return a program that acts for somebody."""
        scopes = scopes or (Scope.READ_CLINIC, Scope.WRITE_CLINIC)
        return Program(self.house.app, token_of(self.house, username, *scopes))

    def free(self) -> list[Slot]:
        """Return the free slots of a doctor, from two days on."""
        with self.house.services.database.read() as session:
            doctor = people.list_doctors(session, specialization=people.list_specializations(session)[0])[0]
            found = free_slots(session, docid=doctor.docid, now=self.house.clock.now, zone=ZONE)
        return [slot for slot in found if slot.starts_at > self.house.clock.now + timedelta(days=2)]


@pytest.fixture(scope="module")
def desk(house: House, own_temporal_server: TemporalServer) -> Iterator[Desk]:
    """The house, on the real server, with a worker."""
    connection = Connection(Target(own_temporal_server.address))
    services = replace(house.services, reservations=partial(Reservations, connection))
    desk = Desk(replace(house, services=services, app=create_app(services, CONFIG)), connection)
    with desk.working():
        yield desk
    connection.close()


def wish(slot: Slot, **more: Any) -> dict[str, Any]:
    """Return the JSON that asks for a slot."""
    local = slot.starts_at.astimezone(ZONE)
    when = {"date_scheduled": f"{local:%Y-%m-%d}", "time_scheduled": f"{local:%H:%M}"}
    return {"docid": slot.docid, **when, **more}


def until(program: Program, ticketid: str, remarks: str) -> dict[str, Any]:
    """Wait until a reservation has come so far, and return its details."""
    deadline = time.monotonic() + 120
    while True:
        answer = program.get("/appointment/details", ticketid=ticketid)
        if answer.status_code == 200 and answer.get_json()["remarks"] == remarks:
            return dict(answer.get_json())
        assert time.monotonic() < deadline, answer.text


def reserved(program: Program, asked: dict[str, Any]) -> str:
    """Reserve, and return the ticket once that is done."""
    answer = program.post("/appointment/doctor", asked)
    assert answer.status_code in {201, 202}, answer.text  # a busy machine may take its time
    ticketid = str(answer.get_json()["ticketid"])
    until(program, ticketid, RESERVED)
    return ticketid


def detail(answer: TestResponse) -> str:
    """Return what a problem says."""
    assert answer.mimetype == "application/problem+json"
    return str(answer.get_json()["detail"])


def test_a_patient_reserves_looks_moves_and_closes(desk: Desk) -> None:
    patient, slots = desk.program(desk.house.add_patient()), desk.free()
    hours = (slots[0].ends_at - slots[0].starts_at) / timedelta(hours=1)
    asked = wish(slots[0], ticketid=f"T-{uuid4().hex[:10]}")
    answer = patient.post("/appointment/doctor", {**asked, "consult_hrs": hours})
    assert answer.status_code in {201, 202}
    assert answer.get_json()["message"] == "Appointment for doctor requested...."
    ticketid = answer.get_json()["ticketid"]
    assert answer.headers["Location"].endswith(f"/appointment/details?ticketid={ticketid}")
    details = until(patient, ticketid, RESERVED)
    assert {**asked, **details} == {**details, **asked}
    while (moved := patient.patch("/appointment/doctor", wish(slots[5]), ticketid=ticketid)).status_code == 202:
        pass  # the machine is busy: the same move again changes nothing
    assert moved.status_code == 200, moved.text
    closed = patient.delete("/appointment/close", ticketid=ticketid)
    assert (closed.status_code, closed.get_json()) == (202, {"message": "Requesting cancellation"})
    ended = until(patient, ticketid, CANCELLED)
    assert (ended["status"], ended["time_scheduled"]) == (False, wish(slots[5])["time_scheduled"])
    again = patient.delete("/appointment/close", ticketid=ticketid)
    assert (again.status_code, detail(again)) == (409, f"The reservation {ticketid} is not open any more.")
    assert desk.free()[0] == slots[0]


def test_the_same_request_again_changes_nothing_and_another_one_is_refused(desk: Desk) -> None:
    patient, (first, second, *_) = desk.program(desk.house.add_patient()), desk.free()
    ticketid = f"T-{uuid4().hex[:10]}"
    for _ in range(2):
        assert reserved(patient, wish(first, ticketid=ticketid)) == ticketid
    other = patient.post("/appointment/doctor", wish(second, ticketid=ticketid))
    assert (other.status_code, detail(other)) == (409, f"Ticket {ticketid} has another reservation.")


def test_a_slot_that_is_taken_is_a_conflict(desk: Desk) -> None:
    slot = desk.free()[0]
    reserved(desk.program(desk.house.add_patient()), wish(slot))
    late = desk.program(desk.house.add_patient())
    answer = late.post("/appointment/doctor", wish(slot))
    if answer.status_code == 202:  # the machine is busy
        assert until(late, answer.get_json()["ticketid"], TAKEN)["status"] is False
    else:
        assert (answer.status_code, detail(answer)) == (409, TAKEN)


def test_a_reservation_is_seen_by_those_whom_it_concerns(desk: Desk) -> None:
    patient = desk.program(desk.house.add_patient())
    ticketid = reserved(patient, wish(desk.free()[0]))
    docid = patient.get("/appointment/details", ticketid=ticketid).get_json()["docid"]
    with desk.house.services.database.read() as session:
        doctors = {doctor.docid: doctor.login.username for doctor in people.list_doctors(session)}
    its_doctor = doctors.pop(docid)
    for username in ("admin", its_doctor):
        assert desk.program(username).get("/appointment/details", ticketid=ticketid).status_code == 200
    for username in (desk.house.add_patient(), *list(doctors.values())[:1]):
        other = desk.program(username)
        for answer in (
            other.get("/appointment/details", ticketid=ticketid),
            other.delete("/appointment/close", ticketid=ticketid),
            other.patch("/appointment/doctor", wish(desk.free()[1]), ticketid=ticketid),
            other.get("/appointment/details", ticketid="T-UNKNOWN"),
        ):
            assert answer.status_code == 404
    assert patient.get("/appointment/details", ticketid=ticketid).get_json()["status"] is True


def test_only_reservations_are_found_by_their_tickets(desk: Desk) -> None:
    other = f"other-{uuid4().hex[:10]}"
    desk.connection.ask(lambda client: client.start_workflow("Other", id=other, task_queue="nobody's"))
    assert desk.program("admin").get("/appointment/details", ticketid=other).status_code == 404


def test_what_is_wrong_is_said_before_anything_is_reserved(desk: Desk) -> None:
    patient, slot = desk.program(desk.house.add_patient()), desk.free()[0]
    for wrong, field in (
        ({"docid": 7}, "docid"),
        ({"time_scheduled": "25:00"}, "time_scheduled"),
        ({"date_scheduled": "2020-01-01"}, "starts_at"),
        ({"priority_level": 9}, "priority_level"),
        ({"consult_hrs": 8}, "consult_hrs"),
        ({"ticketid": "T 1"}, "ticketid"),
        ({"role": 0}, "role"),
    ):
        answer = patient.post("/appointment/doctor", {**wish(slot), **wrong})
        assert answer.status_code == 422, wrong
        assert [error["field"] for error in answer.get_json()["errors"]] == [field]
    assert patient.post("/appointment/doctor", {**wish(slot), "docid": "XYZ-1"}).status_code == 404
    assert patient.post("/appointment/doctor", {**wish(slot), "patientid": 1}).status_code in {403, 404}
    assert desk.program("admin").post("/appointment/doctor", wish(slot)).status_code == 422
    assert desk.free()[0] == slot


def test_who_may_not_ask_is_told_so(desk: Desk) -> None:
    slot, username = desk.free()[0], desk.house.add_patient()
    assert Program(desk.house.app).post("/appointment/doctor", wish(slot)).status_code == 401
    reader = desk.program(username, Scope.READ_CLINIC)
    assert reader.post("/appointment/doctor", wish(slot)).status_code == 403
    browser = desk.house.visitor(username).client
    assert browser.post("/appointment/doctor", json=wish(slot)).status_code == 400  # without the CSRF header


@pytest.mark.parametrize("how", ["closed", "moved"])
def test_a_slot_that_is_left_is_offered_to_who_waits_for_it(desk: Desk, how: str) -> None:
    patient, slots = desk.program(desk.house.add_patient()), desk.free()
    ticketid = reserved(patient, wish(slots[0]))
    waiting = in_line(desk.house, slots[0].docid)
    if how == "closed":
        assert patient.delete("/appointment/close", ticketid=ticketid).status_code == 202
    else:
        while (moved := patient.patch("/appointment/doctor", wish(slots[5]), ticketid=ticketid)).status_code == 202:
            pass  # the machine is busy: the same move again changes nothing
        assert moved.status_code == 200, moved.text
    eventually(lambda: "Free for you" in waiting.open("/waiting-list").text)
    offered = waiting.open("/waiting-list")
    assert f"{slots[0].starts_at.astimezone(ZONE):%H:%M}" in offered.text
    assert waiting.submit(offered, form="/accept").status == 200
    assert slots[0] not in desk.free()


def in_line(house: House, docid: str) -> Visitor:
    """Return somebody new who waits for a doctor."""
    visitor = house.visitor(house.add_patient("Weber"))
    form = next(form for form in visitor.open("/waiting-list").html.forms if form.action == "/waiting-list")
    last_day = (house.clock.now + timedelta(days=60)).date().isoformat()
    visitor.post("/waiting-list", {**dict(form.form_values()), "wish": docid, "last_day": last_day})
    return visitor


def test_a_service_without_temporal_says_which_setting_is_missing(desk: Desk) -> None:
    silent = Connection(Target(f"127.0.0.1:{free_port()}"))
    for reservations in (None, partial(Reservations, silent)):
        services = replace(desk.house.services, reservations=reservations)
        patient = replace(desk, house=replace(desk.house, app=create_app(services, CONFIG))).program("admin")
        answer = patient.get("/appointment/details", ticketid="T-ANY")
        assert (answer.status_code, "TEMPORAL_ADDRESS" in detail(answer)) == (503, True)
    silent.close()
