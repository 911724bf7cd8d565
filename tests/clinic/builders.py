"""Doctors and patients for tests, in one line each."""

from datetime import UTC, date, datetime, time
from itertools import count
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from app.clinic import availability, people
from app.clinic.models import Doctor, Patient
from app.clinic.passwords import Passwords
from app.clinic.people import NewPerson

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 1, 5, 0, tzinfo=UTC)
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
PASSWORD = "correct horse"

_numbers = count(1)


def berlin(day: str, clock: str) -> datetime:
    """Return the instant at which Berlin's clock first shows a time: ``berlin("2026-06-01", "09:30")``."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=BERLIN).astimezone(UTC)


def a_person(username: str = "", **changes: str) -> NewPerson:
    """Return what somebody gives for an account; without a user name, one of their own."""
    given = {"firstname": "Ana", "lastname": "Kovač", "email": "ana@example.org", "mobile": "+49 151 2345678"}
    return NewPerson(username=username or f"person.{next(_numbers)}", password=PASSWORD, **{**given, **changes})


def add_doctor(
    session: Session,
    docid: str = "HSP-200",
    *,
    hours: tuple[str, str] = ("09:00", "12:00"),
    slot_minutes: int = 30,
    weekdays: range = range(5),
    specialization: str = "Cardiology",
    person: NewPerson | None = None,
) -> Doctor:
    """Add a doctor with the same hours on each of the weekdays."""
    doctor = people.create_doctor(
        session,
        docid=docid,
        person=person or a_person(firstname="Mira", lastname="Okafor"),
        specialization=specialization,
        position="Physician",
        date_started=date(2020, 1, 1),
        now=NOW,
        passwords=CHEAP,
    )
    for weekday in weekdays:
        availability.add_weekly_hours(
            session,
            docid=docid,
            weekday=weekday,
            starts=time.fromisoformat(hours[0]),
            ends=time.fromisoformat(hours[1]),
            slot_minutes=slot_minutes,
        )
    return doctor


def add_patient(session: Session, person: NewPerson | None = None) -> Patient:
    """Add a patient."""
    return people.create_patient(
        session, person=person or a_person(), birthday=date(1980, 5, 4), now=NOW, passwords=CHEAP
    )
