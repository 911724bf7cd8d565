"""The demo clinic, and what the dashboards count in it."""

from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clinic import appointments, billing, notices, people, reports
from app.clinic.models import Appointment, AppointmentStatus, Base, Doctor, Role
from app.clinic.seed import DemoClinic, seed
from app.clinic.slots import free_slots
from tests.clinic.builders import BERLIN, CHEAP, NOW, berlin


def sow(session: Session, now: datetime = NOW) -> DemoClinic:
    return seed(session, now=now, zone=BERLIN, password="open sesame", passwords=CHEAP)


def rows(session: Session) -> dict[str, int]:
    tables = Base.metadata.sorted_tables
    return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def test_it_has_the_people_it_promises(session: Session) -> None:
    demo = sow(session)
    assert demo.created
    assert Counter(login.role for login in demo.logins) == {
        Role.ADMINISTRATOR: 1,
        Role.DOCTOR: 6,
        Role.PATIENT: 20,
    }
    assert len(people.list_specializations(session)) == 4
    assert len({login.name for login in demo.logins}) == 27


def test_everybody_can_sign_in(session: Session) -> None:
    for login in sow(session).logins:
        found = people.authenticate(session, username=login.username, password="open sesame", passwords=CHEAP)
        assert found is not None
        assert found.role is login.role


def test_a_second_time_changes_nothing_and_says_so(session: Session) -> None:
    first = sow(session)
    before = rows(session)
    again = seed(session, now=NOW, zone=BERLIN, password="another password", passwords=CHEAP)
    assert (again.created, again.logins) == (False, first.logins)
    assert rows(session) == before
    assert people.authenticate(session, username="admin", password="open sesame", passwords=CHEAP)


@pytest.mark.parametrize(
    "now", [NOW, berlin("2026-12-31", "23:59"), berlin("2026-03-29", "03:00"), berlin("2028-02-29", "12:00")]
)
def test_every_doctor_has_free_slots_whenever_it_is_sown(session: Session, now: datetime) -> None:
    sow(session, now)
    for doctor in people.list_doctors(session):
        assert len(free_slots(session, docid=doctor.docid, now=now, zone=BERLIN)) > 20


def test_it_has_a_past_and_a_future(session: Session) -> None:
    sow(session)
    statuses = Counter(session.scalars(select(Appointment.status)))
    assert statuses[AppointmentStatus.BOOKED] == 1
    assert statuses[AppointmentStatus.COMPLETED] > 10
    assert statuses[AppointmentStatus.CANCELLED] > 0
    assert statuses[AppointmentStatus.MISSED] > 0
    booked = session.scalars(appointments.select_appointments(status=AppointmentStatus.BOOKED)).one()
    assert [notice.ticketid for notice in notices.list_notices(session, login_id=booked.doctor.login_id)] == [
        booked.ticketid
    ]


def test_it_has_bills_in_every_state(session: Session) -> None:
    sow(session)
    patients = people.list_patients(session, per_page=20).patients
    bills = [bill for each in patients for bill in billing.bills_of_patient(session, patientid=each.patientid)]
    assert {bill.status for bill in bills} == set(billing.BillStatus)
    assert len(bills) == session.scalar(select(func.count()).select_from(Appointment))


def test_the_administrator_sees_the_whole_clinic(session: Session) -> None:
    sow(session)
    booked = session.scalars(appointments.select_appointments(status=AppointmentStatus.BOOKED)).one()
    today = reports.clinic_counts(session, now=booked.starts_at, zone=BERLIN)
    assert today == reports.ClinicCounts(
        doctors=6, patients=20, logins=27, appointments_today=1, appointments_upcoming=1
    )
    assert reports.clinic_counts(session, now=NOW, zone=BERLIN).appointments_today == 0


def test_a_doctor_sees_their_own(session: Session) -> None:
    sow(session)
    booked = session.scalars(appointments.select_appointments(status=AppointmentStatus.BOOKED)).one()
    mine = reports.doctor_counts(session, docid=booked.docid, now=booked.starts_at, zone=BERLIN)
    assert (mine.appointments_today, mine.appointments_upcoming) == (1, 1)
    assert (mine.patients, mine.laboratory_requests) == (3, 2)
    idle = session.scalars(select(Doctor).where(Doctor.docid != booked.docid)).first()
    assert idle is not None
    other = reports.doctor_counts(session, docid=idle.docid, now=booked.starts_at, zone=BERLIN)
    assert (other.appointments_today, other.appointments_upcoming) == (0, 0)
