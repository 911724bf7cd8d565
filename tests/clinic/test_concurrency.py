"""Many at once: a slot has one winner, a ticket one appointment, an event one notice."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import URL

from app.clinic import appointments, notices, people
from app.clinic.errors import ClinicError, InvalidInput, SlotTaken
from app.clinic.models import Appointment, AuditEntry, Login, Notice, SlotHold
from app.clinic.schema import upgrade
from app.database import Database
from tests.clinic.builders import BERLIN, NOW, a_person, add_doctor, add_patient, berlin
from workflows.embedded.database import open_engine

CROWD = 50
TEN = berlin("2026-06-01", "10:00")


@pytest.fixture
def crowded(database: Database) -> Iterator[Database]:
    """The database, with a connection for everybody in the crowd, a doctor and as many patients."""
    with database.write() as session:
        add_doctor(session)
        for _ in range(CROWD):
            add_patient(session)
    url: URL = database.engine.url
    wide = Database(open_engine(url.render_as_string(hide_password=False), pool_size=CROWD))
    yield wide
    wide.close()


def outcomes(action: Callable[[int], str]) -> Counter[str]:
    """Do it once in each of many threads at the same moment, and count what comes out."""
    together = Barrier(CROWD)

    def attempt(number: int) -> str:
        together.wait(timeout=30)
        try:
            return action(number)
        except ClinicError as error:
            return type(error).__name__

    with ThreadPoolExecutor(CROWD) as threads:
        return Counter(threads.map(attempt, range(CROWD)))


def book(database: Database, *, ticketid: str, patientid: int, minutes: int = 0) -> str:
    with database.write() as session:
        starts_at = TEN + timedelta(minutes=minutes)
        appointments.reserve(
            session,
            ticketid=ticketid,
            docid="HSP-200",
            patientid=patientid,
            starts_at=starts_at,
            priority_level=3,
            now=NOW,
            zone=BERLIN,
        )
    return "booked"


def patients(database: Database) -> list[int]:
    with database.read() as session:
        return [patient.patientid for patient in people.list_patients(session, per_page=CROWD).patients]


def count(database: Database, table: type[Appointment | SlotHold | Notice | AuditEntry | Login]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_of_fifty_who_book_one_slot_one_wins(crowded: Database) -> None:
    crowd = patients(crowded)
    result = outcomes(lambda number: book(crowded, ticketid=f"T-{number}", patientid=crowd[number]))
    assert result == {"booked": 1, SlotTaken.__name__: CROWD - 1}
    assert (count(crowded, Appointment), count(crowded, SlotHold), count(crowded, AuditEntry)) == (1, 6, 1)


def test_one_ticket_sent_fifty_times_is_one_appointment(crowded: Database) -> None:
    patientid = patients(crowded)[0]
    result = outcomes(lambda _number: book(crowded, ticketid="T-1", patientid=patientid))
    assert result == {"booked": CROWD}
    assert (count(crowded, Appointment), count(crowded, AuditEntry)) == (1, 1)


def test_fifty_over_five_slots_fill_each_once(crowded: Database) -> None:
    crowd = patients(crowded)
    result = outcomes(
        lambda number: book(crowded, ticketid=f"T-{number}", patientid=crowd[number], minutes=30 * (number % 5 - 2))
    )
    assert result == {"booked": 5, SlotTaken.__name__: CROWD - 5}
    assert (count(crowded, Appointment), count(crowded, SlotHold)) == (5, 30)


def test_a_slot_cancelled_by_many_is_free_once_for_one(crowded: Database) -> None:
    crowd = patients(crowded)
    book(crowded, ticketid="T-0", patientid=crowd[0])

    def cancel_then_book(number: int) -> str:
        with crowded.write() as session:
            appointments.cancel(session, ticketid="T-0", now=NOW, by="ana")
        return book(crowded, ticketid=f"T-{number + 1}", patientid=crowd[number])

    assert outcomes(cancel_then_book) == {"booked": 1, SlotTaken.__name__: CROWD - 1}
    with crowded.read() as session:
        actions = Counter(session.scalars(select(AuditEntry.action)))
    assert actions == {"appointment reserved": 2, "appointment cancelled": 1}


def test_an_event_told_fifty_times_is_one_notice(crowded: Database) -> None:
    with crowded.read() as session:
        login_id = people.find_patient(session, patientid=patients(crowded)[0]).login_id

    def tell(_number: int) -> str:
        with crowded.write() as session:
            return str(notices.notify(session, login_id=login_id, subject="Hi", body="Hi", key="one", now=NOW).key)

    assert outcomes(tell) == {"one": CROWD}
    assert count(crowded, Notice) == 1


def test_a_user_name_wanted_by_fifty_goes_to_one(crowded: Database) -> None:
    before = count(crowded, Login)

    def register(_number: int) -> str:
        with crowded.write() as session:
            add_patient(session, a_person("wanted"))
        return "registered"

    assert outcomes(register) == {"registered": 1, InvalidInput.__name__: CROWD - 1}
    assert count(crowded, Login) == before + 1


def test_services_that_start_together_migrate_once(database_url: str) -> None:
    databases = [Database.open(database_url) for _ in range(4)]
    together = Barrier(len(databases))

    def migrate(database: Database) -> None:
        together.wait(timeout=30)
        upgrade(database.writer)

    with ThreadPoolExecutor(len(databases)) as threads:
        list(threads.map(migrate, databases))
    assert count(databases[0], Appointment) == 0
    for database in databases:
        database.close()
