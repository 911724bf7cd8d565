"""Laboratory requests: asked for by a doctor, decided on once by an administrator."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinic import appointments, audit, laboratory, notices, people
from app.clinic.errors import InvalidInput, NotAllowed, NotFound
from app.clinic.models import Administrator, Doctor, LaboratoryRequest, Patient, RequestStatus
from app.database import Database
from tests.clinic.builders import BERLIN, CHEAP, NOW, a_person, add_doctor, add_patient, berlin

DOCTOR = "HSP-200"


def add_administrator(session: Session, empid: str = "ADM-100") -> Administrator:
    return people.create_administrator(
        session,
        empid=empid,
        person=a_person(firstname="Ruth", lastname="Adeyemi"),
        position="Head of administration",
        date_started=date(2011, 2, 1),
        now=NOW,
        passwords=CHEAP,
    )


@pytest.fixture
def administrator(session: Session) -> Administrator:
    """ADM-100."""
    return add_administrator(session)


@pytest.fixture
def treated(session: Session, doctor: Doctor, patient: Patient) -> Patient:
    """A patient with an appointment with HSP-200."""
    book(session, patient)
    return patient


def book(session: Session, patient: Patient) -> None:
    appointments.reserve(
        session,
        ticketid="T-1",
        docid=DOCTOR,
        patientid=patient.patientid,
        starts_at=berlin("2026-06-01", "10:00"),
        priority_level=3,
        now=NOW,
        zone=BERLIN,
    )


def ask(session: Session, patient: Patient, details: str = "Blood count", minutes: int = 0) -> LaboratoryRequest:
    return laboratory.request_test(
        session,
        docid=DOCTOR,
        patientid=patient.patientid,
        details=details,
        now=NOW + timedelta(minutes=minutes),
        by="mira",
    )


def approve(session: Session, request: LaboratoryRequest, empid: str = "ADM-100") -> LaboratoryRequest:
    return laboratory.approve(session, request_id=request.id, empid=empid, now=NOW + timedelta(days=1), by="ruth")


def refuse(session: Session, request: LaboratoryRequest, reason: str) -> LaboratoryRequest:
    return laboratory.refuse(
        session, request_id=request.id, empid="ADM-100", reason=reason, now=NOW + timedelta(days=1), by="ruth"
    )


def test_a_request_is_open_until_it_is_approved(
    session: Session, treated: Patient, administrator: Administrator, doctor: Doctor
) -> None:
    asked = ask(session, treated)
    assert (asked.status, asked.empid, asked.decided_at) == (RequestStatus.OPEN, None, None)
    approved = approve(session, asked)
    assert (approved.status, approved.empid, approved.decided_at) == ("approved", "ADM-100", NOW + timedelta(days=1))
    entries = audit.list_entries(session, subject=f"laboratory request {asked.id}")
    assert [(entry.who, entry.action) for entry in entries] == [
        ("ruth", "laboratory test approved"),
        ("mira", "laboratory test requested"),
    ]
    (notice,) = notices.list_notices(session, login_id=doctor.login_id)
    assert notice.subject == "A laboratory test was approved"
    assert "Blood count" not in notice.body


def test_a_refusal_says_why_and_the_doctor_is_told(
    session: Session, treated: Patient, administrator: Administrator, doctor: Doctor
) -> None:
    refused = refuse(session, ask(session, treated), "Done last week.")
    assert (refused.status, refused.refusal) == (RequestStatus.REFUSED, "Done last week.")
    (notice,) = notices.list_notices(session, login_id=doctor.login_id)
    assert "Done last week." in notice.body


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_refusal_without_a_reason_is_refused(
    session: Session, treated: Patient, administrator: Administrator, reason: str
) -> None:
    asked = ask(session, treated)
    with pytest.raises(InvalidInput) as refusal:
        refuse(session, asked, reason)
    assert refusal.value.field == "reason"
    assert asked.status is RequestStatus.OPEN


@pytest.mark.parametrize("details", ["", " \n", "x" * 2001])
def test_details_that_say_nothing_or_too_much_are_refused(session: Session, treated: Patient, details: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        ask(session, treated, details)
    assert refusal.value.field == "details"


def test_what_was_decided_stays(session: Session, treated: Patient, administrator: Administrator) -> None:
    asked = approve(session, ask(session, treated))
    with pytest.raises(NotAllowed, match="approved already, by Ruth Adeyemi"):
        approve(session, asked)
    with pytest.raises(NotAllowed, match="approved already, by Ruth Adeyemi"):
        refuse(session, asked, "No.")
    assert asked.status is RequestStatus.APPROVED


def test_of_two_who_decide_at_once_one_does(database: Database) -> None:
    with database.write() as session:
        add_doctor(session)
        patient = add_patient(session)
        book(session, patient)
        for empid in ("ADM-100", "ADM-101"):
            add_administrator(session, empid)
        asked = ask(session, patient)
    together = Barrier(2)

    def decide(empid: str) -> str:
        together.wait(timeout=30)
        try:
            with database.write() as session:
                return str(approve(session, asked, empid).empid)
        except NotAllowed:
            return "somebody was first"

    with ThreadPoolExecutor(2) as threads:
        outcomes = set(threads.map(decide, ("ADM-100", "ADM-101")))
    with database.read() as session:
        assert outcomes == {"somebody was first", laboratory.find_request(session, request_id=asked.id).empid}


def test_another_doctors_patient_is_as_unknown_as_nobody(session: Session, treated: Patient) -> None:
    add_doctor(session, "HSP-201")
    for patientid in (treated.patientid, 4711):
        with pytest.raises(NotFound, match=f"There is no patient {patientid}"):
            laboratory.request_test(
                session, docid="HSP-201", patientid=patientid, details="Blood count", now=NOW, by="eve"
            )
        with pytest.raises(NotFound):
            laboratory.list_for_doctor(session, docid="HSP-201", patientid=patientid)


def test_requests_are_listed_by_status_a_page_at_a_time(
    session: Session, treated: Patient, administrator: Administrator
) -> None:
    asked = [ask(session, treated, f"Test {number}", number) for number in range(5)]
    approve(session, asked[0])
    approve(session, asked[3])

    def found(status: RequestStatus, page: int = 1) -> list[str]:
        return [each.details for each in laboratory.list_requests(session, status=status, page=page, per_page=2).rows]

    assert found(RequestStatus.OPEN) == ["Test 1", "Test 2"]
    assert found(RequestStatus.OPEN, 2) == found(RequestStatus.OPEN, 9) == ["Test 4"]
    assert found(RequestStatus.APPROVED, -1) == ["Test 3", "Test 0"]
    assert found(RequestStatus.REFUSED) == []
    page = laboratory.list_requests(session, status=RequestStatus.OPEN, per_page=2)
    assert (page.number, page.pages, page.total) == (1, 2, 3)
    mine = laboratory.list_for_doctor(session, docid=DOCTOR, patientid=treated.patientid)
    assert [each.details for each in mine] == ["Test 4", "Test 3", "Test 2", "Test 1", "Test 0"]


@pytest.mark.parametrize("request_id", [0, -1, 4711, 2**31, 10**30])
def test_an_unknown_request_is_not_found(session: Session, request_id: int) -> None:
    with pytest.raises(NotFound):
        laboratory.find_request(session, request_id=request_id)


@pytest.mark.parametrize("change", ["status = 'approved'", "empid = 'ADM-100'", "refusal = 'No.'", "status = 'lost'"])
def test_the_database_itself_refuses_half_a_decision(
    session: Session, treated: Patient, administrator: Administrator, change: str
) -> None:
    ask(session, treated)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(f"UPDATE laboratory_request SET {change}"))  # noqa: S608 -- constants above
