"""Notices on their way by mail, as a real SMTP server gets them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from smtplib import SMTPException

import pytest
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clinic import appointments, notices, outbox, people, telling, validation
from app.clinic.details import ClinicDetails
from app.clinic.errors import InvalidInput, NotAllowed, NotFound
from app.clinic.mail_format import compose
from app.clinic.models import Mail, MailStatus, Notice
from app.database import Database
from tests.clinic.builders import BERLIN, NOW, a_person, add_doctor, add_patient, berlin
from tests.servers.smtp import Mailbox, a_port, running_smtp
from workers.mail import MailSender, MailServer

CLINIC = ClinicDetails("Harbour Street Clinic", BERLIN, email="desk@clinic.example")
TEN = berlin("2026-06-01", "10:00")


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The clock of the senders."""
    return Clock()


@pytest.fixture
def mailbox() -> Mailbox:
    """What the server gets."""
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    """The port of a running server."""
    with running_smtp(mailbox) as port:
        yield port


def sender(database: Database, port: int, clock: Callable[[], datetime]) -> MailSender:
    return MailSender(database, MailServer("127.0.0.1", port, "none"), CLINIC, clock)


def book(database: Database, ticketid: str = "T-1", **names: str) -> None:
    """Book ten o'clock for a patient, of whom the names can be said, and tell those whom it concerns."""
    with database.write() as session:
        add_doctor(session, person=a_person(firstname="Mira", lastname="Okafor", email="mira@clinic.example"))
        patient = add_patient(session, a_person(**names))
        appointments.reserve(
            session,
            ticketid=ticketid,
            docid="HSP-200",
            patientid=patient.patientid,
            starts_at=TEN,
            priority_level=3,
            now=NOW,
            zone=BERLIN,
        )
        telling.tell_booked(session, ticketid=ticketid, clinic=CLINIC, key="booked", now=NOW)


def leave_notices(database: Database, number: int, address: str = "ana@example.org") -> None:
    with database.write() as session:
        login_id = add_patient(session, a_person(email=address)).login_id
        for each in range(number):
            notices.notify(session, login_id=login_id, subject=f"Notice {each}", body="Come.", key=str(each), now=NOW)


def mails(database: Database) -> list[Mail]:
    with database.read() as session:
        return list(session.scalars(select(Mail).order_by(Mail.subject)))


def the_mail(database: Database) -> Mail:
    (mail,) = mails(database)
    return mail


def to(mailbox: Mailbox, address: str) -> list[EmailMessage]:
    return [mail for mail in mailbox.mails if address in str(mail["To"])]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def calendar_of(mail: EmailMessage) -> tuple[str, dict[str, str]]:
    """The method of a mail's calendar part, and the properties of its one event."""
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    calendar = Calendar.from_ical(part.get_content())
    assert isinstance(calendar, Calendar)
    assert calendar["METHOD"] == part.get_param("method")
    (event,) = calendar.events
    return str(calendar["METHOD"]), {name: value.to_ical().decode() for name, value in event.items()}


def test_a_booking_reaches_patient_and_doctor_with_a_calendar_entry(
    database: Database, mailbox: Mailbox, port: int, clock: Clock
) -> None:
    book(database, firstname="Željka", lastname='Kovač, "Ana"', email="zeljka@example.org")
    assert sender(database, port, clock).send_due() == 2
    (mail,) = to(mailbox, "zeljka@example.org")
    assert mail["Subject"] == "Your appointment on Monday 1 June 2026 at 10:00"
    assert mail["From"] == "Harbour Street Clinic <desk@clinic.example>"
    assert mail["To"].addresses[0].display_name == 'Željka Kovač, "Ana"'
    assert "Dr Mira Okafor, Cardiology, on Monday 1 June 2026 at 10:00 (ticket T-1)" in text_of(mail)
    method, event = calendar_of(mail)
    assert (method, event["STATUS"], event["UID"], event["SEQUENCE"]) == ("REQUEST", "CONFIRMED", "T-1@dams", "0")
    assert (event["DTSTART"], event["DTEND"]) == ("20260601T080000Z", "20260601T083000Z")
    assert (event["ORGANIZER"], event["ATTENDEE"]) == ("mailto:desk@clinic.example", "mailto:zeljka@example.org")
    (to_doctor,) = to(mailbox, "mira@clinic.example")
    assert to_doctor["Subject"] == "New appointment on Monday 1 June 2026 at 10:00"
    assert calendar_of(to_doctor)[1]["ATTENDEE"] == "mailto:mira@clinic.example"
    assert {mail.status for mail in mails(database)} == {MailStatus.SENT}


def test_calendars_follow_an_appointment_to_another_doctor_and_to_its_end(
    database: Database, mailbox: Mailbox, port: int, clock: Clock
) -> None:
    book(database, email="ana@example.org")
    with database.write() as session:
        add_doctor(session, "HSP-201", person=a_person(email="jonas@clinic.example"))
        moved = appointments.reschedule(
            session, ticketid="T-1", starts_at=TEN, docid="HSP-201", now=NOW, zone=BERLIN, by="ana"
        )
        assert moved.left is not None
        telling.tell_rescheduled(
            session,
            ticketid="T-1",
            left_docid=moved.left.docid,
            left_starts_at=moved.left.starts_at,
            clinic=CLINIC,
            key="moved",
            now=NOW + timedelta(minutes=1),
        )
        appointments.cancel(session, ticketid="T-1", now=NOW, by="ana")
        telling.tell_cancelled(
            session, ticketid="T-1", clinic=CLINIC, key="off", now=NOW + timedelta(minutes=2), reason="I am well."
        )
    clock.now += timedelta(minutes=2)
    assert sender(database, port, clock).send_due() == 7

    def story(address: str) -> list[tuple[str, str, str]]:
        found = [calendar_of(mail) for mail in to(mailbox, address)]
        return [(method, event["SEQUENCE"], event["STATUS"]) for method, event in found]

    booked, moved_on, cancelled = (
        ("REQUEST", "0", "CONFIRMED"),
        ("REQUEST", "1", "CONFIRMED"),
        ("CANCEL", "2", "CANCELLED"),
    )
    assert story("ana@example.org") == [booked, moved_on, cancelled]
    assert story("jonas@clinic.example") == [moved_on, cancelled]
    assert story("mira@clinic.example") == [booked, ("CANCEL", "1", "CANCELLED")]
    assert {calendar_of(mail)[1]["UID"] for mail in mailbox.mails} == {"T-1@dams"}
    assert "Reason: I am well." in text_of(to(mailbox, "ana@example.org")[-1])


def test_what_a_patient_owes_and_lost_is_told_with_its_date(
    database: Database, mailbox: Mailbox, port: int, clock: Clock
) -> None:
    book(database, email="ana@example.org")
    with database.write() as session:
        telling.tell_payment_due(
            session,
            ticketid="T-1",
            amount=Decimal("1234.50"),
            until=berlin("2026-05-30", "12:00"),
            clinic=CLINIC,
            key="due",
            now=NOW,
        )
        appointments.cancel(session, ticketid="T-1", now=NOW, by="dams")
        telling.tell_released(
            session, ticketid="T-1", released_at=berlin("2026-05-30", "12:00"), clinic=CLINIC, key="gone", now=NOW
        )
    sender(database, port, clock).send_due()
    found = {str(mail["Subject"]): mail for mail in to(mailbox, "ana@example.org")}
    due = text_of(found["Payment for your appointment on Monday 1 June 2026 at 10:00"])
    assert "1,234.50" in due
    assert "until Saturday 30 May 2026 at 12:00" in due
    released = found["Your appointment on Monday 1 June 2026 at 10:00 was released"]
    assert "was released on Saturday 30 May 2026" in text_of(released)
    assert calendar_of(released)[0] == "CANCEL"


def test_a_time_that_the_clock_shows_twice_says_which() -> None:
    assert telling.when(datetime.fromisoformat("2026-10-25T00:30:00+00:00"), CLINIC).endswith("at 02:30 (CEST)")
    assert telling.when(datetime.fromisoformat("2026-10-25T01:30:00+00:00"), CLINIC).endswith("at 02:30 (CET)")


def test_what_people_are_called_adds_no_header_and_no_recipient(
    database: Database, mailbox: Mailbox, port: int, clock: Clock
) -> None:
    book(
        database, firstname="Ana <x@evil.example>,", lastname="=?utf-8?q?Bcc?=: y@evil.example", email="ana@example.org"
    )
    sender(database, port, clock).send_due()
    assert sorted(mailbox.recipients) == ["ana@example.org", "mira@clinic.example"]
    (mail,) = to(mailbox, "ana@example.org")
    assert len(mail["To"].addresses) == 1
    assert "Bcc" not in mail


def test_a_notice_is_one_mail_in_the_same_transaction(session: Session) -> None:
    patient = add_patient(session)
    for _ in range(2):
        notices.notify(session, login_id=patient.login_id, subject="Hi", body="Hi", key="one", now=NOW)
    assert [mail.subject for mail in session.scalars(select(Mail))] == ["Hi"]
    session.rollback()
    assert session.scalars(select(Mail)).all() == []
    assert session.scalars(select(Notice)).all() == []


def test_a_closed_account_gets_no_mail(session: Session) -> None:
    patient = add_patient(session)
    patient.login.active = False
    notices.notify(session, login_id=patient.login_id, subject="Hi", body="Hi", key="one", now=NOW)
    assert session.scalars(select(Mail)).all() == []


def test_a_server_that_is_away_gets_the_mail_once_when_it_is_back(database: Database, mailbox: Mailbox) -> None:
    leave_notices(database, 1)
    clock, listener = Clock(), a_port()
    port = listener.getsockname()[1]
    away = sender(database, port, clock)
    with pytest.raises(ConnectionRefusedError):
        away.send_due()
    mail = the_mail(database)
    assert (mail.status, mail.attempts, mail.due_at) == (MailStatus.WAITING, 1, NOW + outbox.FIRST_PAUSE)
    assert "ConnectionRefusedError" in mail.error
    clock.now = mail.due_at
    with running_smtp(mailbox, listener):
        running = sender(database, port, clock)
        running.start()
        mailbox.wait_for(1)
        running.stop()
        assert sender(database, port, clock).send_due() == 0
    assert len(mailbox.mails) == 1
    assert (the_mail(database).status, the_mail(database).error) == (MailStatus.SENT, "")


def test_senders_beside_each_other_send_each_mail_once(
    database: Database, mailbox: Mailbox, port: int, clock: Clock
) -> None:
    leave_notices(database, 30)
    senders = [sender(database, port, clock) for _ in range(4)]
    with ThreadPoolExecutor(len(senders)) as threads:
        sent = list(threads.map(lambda each: each.send_due(), senders))
    assert sum(sent) == 30
    assert sorted(str(mail["Subject"]) for mail in mailbox.mails) == sorted(f"Notice {each}" for each in range(30))
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 30


def test_what_a_killed_sender_had_taken_is_sent_by_another_with_the_same_id(
    database: Database, mailbox: Mailbox, port: int, clock: Clock
) -> None:
    leave_notices(database, 1)
    with database.write() as session:
        taken = outbox.take(session, now=NOW, lease=timedelta(minutes=10))
    assert taken is not None
    other = sender(database, port, clock)
    assert other.send_due() == 0
    clock.now += timedelta(minutes=10)
    assert other.send_due() == 1
    assert mailbox.mails[0]["Message-ID"] == f"<{taken.id}@clinic.example>"
    with database.write() as session:
        assert not outbox.mark_sent(session, mail_id=taken.id, lease=taken.lease or "", now=clock.now)
        assert not outbox.mark_failed(session, mail_id=taken.id, lease=taken.lease or "", error="", now=clock.now)
    assert (the_mail(database).status, the_mail(database).attempts) == (MailStatus.SENT, 2)


def test_what_the_server_refuses_for_good_fails_until_staff_send_it_again(
    database: Database, mailbox: Mailbox, port: int, clock: Clock
) -> None:
    leave_notices(database, 2, "gone@example.org")
    leave_notices_for_another(database)
    mailbox.answers["gone@example.org"] = "550 No such user"
    working = sender(database, port, clock)
    assert working.send_due() == 1
    failed = [mail for mail in mails(database) if mail.status is MailStatus.FAILED]
    assert [mail.error for mail in failed] == ["The server said 550 No such user"] * 2
    mailbox.answers.clear()
    with database.write() as session:
        outbox.send_again(session, mail_id=failed[0].id, now=NOW, by="ruth")
    assert working.send_due() == 1
    with database.write() as session, pytest.raises(NotAllowed, match="is sent"):
        outbox.send_again(session, mail_id=failed[0].id, now=NOW, by="ruth")
    with database.write() as session, pytest.raises(NotFound):
        outbox.send_again(session, mail_id="\0", now=NOW, by="ruth")


def leave_notices_for_another(database: Database) -> None:
    with database.write() as session:
        login_id = add_patient(session).login_id
        notices.notify(session, login_id=login_id, subject="Other", body="Come.", key="other", now=NOW)


def test_a_server_that_says_later_gets_it_after_growing_pauses_and_in_the_end_it_fails(
    database: Database, mailbox: Mailbox, port: int, clock: Clock
) -> None:
    leave_notices(database, 1)
    mailbox.answers["ana@example.org"] = "451 Later, please"
    working, pauses = sender(database, port, clock), []
    while the_mail(database).status is MailStatus.WAITING:
        due = the_mail(database).due_at
        clock.now = due
        assert working.send_due() == 0
        pauses.append(the_mail(database).due_at - due)
    assert len(pauses) == outbox.MOST_ATTEMPTS
    assert pauses[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert max(pauses) == outbox.LONGEST_PAUSE
    assert (the_mail(database).status, the_mail(database).error) == (
        MailStatus.FAILED,
        "The server said 451 Later, please",
    )
    assert mailbox.mails == []


def test_mail_is_not_sent_in_the_clear_to_a_server_that_cannot_encrypt(
    database: Database, mailbox: Mailbox, port: int, clock: Clock
) -> None:
    leave_notices(database, 1)
    careful = MailSender(database, MailServer("127.0.0.1", port), CLINIC, clock)
    with pytest.raises(SMTPException, match="STARTTLS"):
        careful.send_due()
    assert mailbox.mails == []
    assert "STARTTLS" in the_mail(database).error


@pytest.mark.parametrize("address", ["o'neil+tag@x.org", "a.b-c_d@mail.example.co", "ana@müller.example", "1@2.de"])
def test_mail_can_be_sent_to_every_address_that_people_can_give(address: str) -> None:
    mail = Mail(id="1", name="Ana", address=validation.email(address), subject="Hi", body="Hi", created_at=NOW)
    assert "\nTo: Ana <" in compose(mail, CLINIC).as_string()


@pytest.mark.parametrize(
    "address",
    [
        *("ana", "ana@example", "@example.org", "a b@x.org", "a@b@x.org", "a,b@x.org", "a;b@x.org", "<a@x.org>"),
        *(".a@x.org", "a..b@x.org", "a@x..org", "a@-x.org", "a@x.org.", "a(b)@x.org", "müller@x.org", '"a"@x.org'),
    ],
)
def test_addresses_that_no_mail_reaches_are_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match=r"such as ana@example\.org"):
        validation.email(address)


def test_an_address_that_no_mail_can_be_sent_to_fails_and_stops_nobody(
    database: Database, mailbox: Mailbox, port: int, clock: Clock
) -> None:
    leave_notices(database, 1, "ana@example.org")
    with database.write() as session:
        patient = people.list_patients(session).patients[0]
        patient.email = "a b@example..org"
        notices.notify(session, login_id=patient.login_id, subject="A", body="B", key="bad", now=NOW)
    assert sender(database, port, clock).send_due() == 1
    failed = next(mail for mail in mails(database) if mail.status is MailStatus.FAILED)
    assert "is no address that mail can be sent to" in failed.error


def test_mail_that_stood_too_long_without_a_server_is_not_sent_any_more(
    database: Database, mailbox: Mailbox, port: int, clock: Clock
) -> None:
    leave_notices(database, 1)
    clock.now += outbox.STALE
    assert sender(database, port, clock).send_due() == 0
    assert (the_mail(database).status, mailbox.mails) == (MailStatus.FAILED, [])
    with database.write() as session:
        outbox.send_again(session, mail_id=the_mail(database).id, now=clock.now, by="ruth")
    assert sender(database, port, clock).send_due() == 1
