"""The queries behind the lists that programs read: filtered, and whole once their parts are put together."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.clinic import appointments, billing, directory, laboratory, people
from app.clinic.models import Appointment, AppointmentStatus, Role
from app.clinic.paging import some_of
from app.clinic.seed import seed
from app.database import Database
from tests.clinic.builders import BERLIN, CHEAP, NOW, PASSWORD

STEP = 3


@pytest.fixture(scope="module")
def session(shared_database: Database) -> Iterator[Session]:
    """A session on the demo clinic, which is gone with it."""
    with Session(shared_database.writer) as session:
        seed(session, now=NOW, zone=BERLIN, password=PASSWORD, passwords=CHEAP)
        yield session
        session.rollback()


def whole(session: Session, query: Select[Any]) -> list[Any]:
    return some_of(session, query, offset=0, limit=10_000)


def in_parts(session: Session, query: Select[Any]) -> list[Any]:
    found: list[Any] = []
    while rows := some_of(session, query, offset=len(found), limit=STEP):
        found += rows
    return found


def test_the_parts_of_a_list_are_the_list(session: Session) -> None:
    queries: list[Select[Any]] = [
        people.select_patients(),
        directory.select_holders(role=Role.DOCTOR),
        appointments.select_appointments(),
        billing.select_payments(),
        laboratory.select_requests(),
    ]
    for query in queries:
        assert in_parts(session, query) == whole(session, query)
    assert len(whole(session, queries[0])) == 20
    assert len(whole(session, queries[1])) == 6


def test_appointments_are_found_by_everything_given(session: Session) -> None:
    everything: list[Appointment] = whole(session, appointments.select_appointments())
    assert everything == sorted(everything, key=lambda each: (each.starts_at, each.ticketid))
    sample = everything[len(everything) // 2]
    found = whole(
        session,
        appointments.select_appointments(
            docid=sample.docid,
            patientid=sample.patientid,
            status=sample.status,
            from_time=sample.starts_at,
            until=sample.starts_at + timedelta(minutes=1),
        ),
    )
    assert found == [sample]
    until = whole(session, appointments.select_appointments(until=sample.starts_at))
    assert until == [each for each in everything if each.starts_at < sample.starts_at]
    other = next(status for status in AppointmentStatus if status is not sample.status)
    assert sample not in whole(session, appointments.select_appointments(status=other))


def test_bills_are_found_by_patient_and_by_what_is_due(session: Session) -> None:
    everything = billing.list_bills(session, limit=1000)
    due = billing.list_bills(session, outstanding=True, limit=1000)
    settled = billing.list_bills(session, outstanding=False, limit=1000)
    assert {bill.ticketid for bill in due} == {bill.ticketid for bill in everything if bill.outstanding}
    assert {bill.ticketid for bill in settled} == {bill.ticketid for bill in everything if not bill.outstanding}
    assert billing.list_bills(session, offset=1, limit=2) == everything[1:3]
    mine = everything[0].patientid
    assert billing.list_bills(session, patientid=mine, limit=1000) == [
        bill for bill in everything if bill.patientid == mine
    ]


def test_a_doctor_finds_requests_for_own_patients_alone(session: Session) -> None:
    docid = people.list_doctors(session)[0].docid
    own = set(session.scalars(people.patientids_of(docid)))
    everything = whole(session, laboratory.select_requests())
    assert whole(session, laboratory.select_requests(docid=docid)) == [
        each for each in everything if each.patientid in own
    ]
