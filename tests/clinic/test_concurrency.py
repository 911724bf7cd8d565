"""Many at once: a slot has one winner, a ticket one appointment, an event one notice."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import URL

from app.clinic import appointments, notices, people, waiting_list
from app.clinic.errors import ClinicError, InvalidInput, NotAllowed, SlotTaken, TooLate
from app.clinic.models import Appointment, AuditEntry, Login, Notice, OfferStatus, SlotHold, SlotOffer
from app.clinic.models.appointments import ticks
from app.clinic.schema import upgrade
from app.clinic.slots import free_slots
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


def test_of_fifty_who_move_to_one_slot_one_wins_and_the_others_stay(crowded: Database) -> None:
    with crowded.write() as session:
        free = [slot.starts_at for slot in free_slots(session, docid="HSP-200", now=NOW, zone=BERLIN, days=21)]
        own = [starts_at for starts_at in free if starts_at != TEN][:CROWD]
    crowd = patients(crowded)
    for number, starts_at in enumerate(own):
        minutes = (starts_at - TEN) // timedelta(minutes=1)
        book(crowded, ticketid=f"T-{number}", patientid=crowd[number], minutes=minutes)

    def move(number: int) -> str:
        with crowded.write() as session:
            appointments.reschedule(session, ticketid=f"T-{number}", starts_at=TEN, now=NOW, zone=BERLIN)
        return "moved"

    assert outcomes(move) == {"moved": 1, SlotTaken.__name__: CROWD - 1}
    with crowded.read() as session:
        found = {appointment.starts_at: appointment for appointment in session.scalars(select(Appointment))}
        held = {(ticketid, tick) for ticketid, tick in session.execute(select(SlotHold.ticketid, SlotHold.tick))}
    assert len(found) == CROWD
    assert len(own) - len(found.keys() & set(own)) == 1
    expected = {(each.ticketid, tick) for each in found.values() for tick in ticks(each.starts_at, each.ends_at)}
    assert held == expected


def test_one_ticket_moved_by_fifty_to_two_slots_holds_only_one(crowded: Database) -> None:
    book(crowded, ticketid="T-1", patientid=patients(crowded)[0])

    def move(number: int) -> str:
        starts_at = TEN + timedelta(minutes=30 * (number % 2 + 1))
        with crowded.write() as session:
            appointments.reschedule(session, ticketid="T-1", starts_at=starts_at, now=NOW, zone=BERLIN)
        return "moved"

    assert outcomes(move) == {"moved": CROWD}
    with crowded.read() as session:
        appointment = appointments.find_by_ticket(session, ticketid="T-1")
        held = set(session.scalars(select(SlotHold.tick)))
    assert held == set(ticks(appointment.starts_at, appointment.ends_at))


def wait_in_line(database: Database, patientids: list[int]) -> None:
    with database.write() as session:
        for number, patientid in enumerate(patientids):
            waiting_list.join(
                session,
                patientid=patientid,
                docid="HSP-200",
                until=TEN + timedelta(days=7),
                now=NOW - timedelta(minutes=CROWD - number),
                by="ana",
            )


def offer_ten(database: Database) -> str:
    with database.write() as session:
        offer = waiting_list.offer_next(
            session, docid="HSP-200", starts_at=TEN, now=NOW, zone=BERLIN, lifetime=timedelta(hours=2)
        )
        return offer.id if offer else "nobody"


def test_a_slot_offered_by_fifty_at_once_is_offered_to_the_first_in_line(crowded: Database) -> None:
    line = patients(crowded)[:5]
    wait_in_line(crowded, line)
    result = outcomes(lambda _number: "nobody" if offer_ten(crowded) == "nobody" else "offered")
    assert result == {"offered": 1, "nobody": CROWD - 1}
    with crowded.read() as session:
        (offer,) = session.scalars(select(SlotOffer))
        assert offer.entry.patientid == line[0]
    assert count(crowded, SlotHold) == 6


def test_an_offer_is_for_one_while_all_others_want_its_slot(crowded: Database) -> None:
    crowd = patients(crowded)
    wait_in_line(crowded, crowd[:1])
    offer_id = offer_ten(crowded)

    def want(number: int) -> str:
        if number:
            return book(crowded, ticketid=f"T-{number}", patientid=crowd[number])
        with crowded.write() as session:
            waiting_list.accept(session, offer_id=offer_id, ticketid="T-0", now=NOW, zone=BERLIN, by="ana")
        return "accepted"

    assert outcomes(want) == {"accepted": 1, SlotTaken.__name__: CROWD - 1}
    assert (count(crowded, Appointment), count(crowded, SlotHold)) == (1, 6)


def test_an_offer_answered_in_many_ways_at_once_has_one_end(crowded: Database) -> None:
    crowd = patients(crowded)
    wait_in_line(crowded, crowd[:1])
    offer_id = offer_ten(crowded)

    def answer(number: int) -> str:
        with crowded.write() as session:
            if number % 3 == 0:
                given = waiting_list.accept(
                    session, offer_id=offer_id, ticketid=f"T-{number}", now=NOW, zone=BERLIN, by="ana"
                )
                return given.ticketid
            if number % 3 == 1:
                return waiting_list.decline(session, offer_id=offer_id, now=NOW, by="ana").status
            return waiting_list.expire(session, offer_id=offer_id, now=NOW).status

    result = outcomes(answer)
    with crowded.read() as session:
        offer = session.get_one(SlotOffer, offer_id)
    if offer.status is OfferStatus.ACCEPTED:
        assert result == {offer.ticketid: 17, OfferStatus.ACCEPTED: 33}
        assert (count(crowded, Appointment), count(crowded, SlotHold)) == (1, 6)
    else:
        refusal = TooLate if offer.status is OfferStatus.EXPIRED else NotAllowed
        assert result == {refusal.__name__: 17, offer.status: 33}
        assert (count(crowded, Appointment), count(crowded, SlotHold)) == (0, 0)


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
