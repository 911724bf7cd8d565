"""The outbox, as administrators see it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.clinic import outbox
from app.clinic.models import Mail, MailStatus
from tests.house import House
from tests.visitor import Visitor
from tests.web.conftest import Booking
from tests.web.test_dashboard import leave_notice


def failed_mail(house: House, subject: str) -> str:
    """Leave a notice whose mail the server has refused, and return the mail's id."""
    leave_notice(house, house.add_patient(), subject)
    with house.services.database.write() as session:
        mail = session.scalars(select(Mail).where(Mail.subject == subject)).one()
        mail.status, mail.error, mail.attempts = MailStatus.FAILED, "The server said 550 No such user", 1
        return mail.id


def test_without_a_server_a_booking_shows_what_would_be_sent(
    house: House, patient: Visitor, administrator: Visitor, book: Booking
) -> None:
    appointment = house.appointment(book(patient, 4))
    with house.services.database.read() as session:
        mail = session.scalars(
            select(Mail).where(Mail.calendar.is_not(None), Mail.body.contains(appointment.ticketid))
        ).first()
    assert mail is not None
    page = administrator.open("/outbox")
    assert "No mail server is set." in page.text
    assert mail.subject in page.text
    shown = administrator.open(f"/outbox/{mail.id}")
    assert shown.heading == mail.subject
    for part in (mail.name, mail.address, appointment.ticketid, "METHOD:REQUEST", f"UID:{appointment.ticketid}@dams"):
        assert part in shown.text


def test_a_failed_mail_says_why_and_is_sent_again(house: House, administrator: Visitor) -> None:
    mail_id = failed_mail(house, "Refused once")
    page = administrator.open("/outbox?status=failed")
    assert "The server said 550 No such user" in page.text
    shown = administrator.open(page.link("Refused once"))
    after = administrator.submit(shown, form="/send")
    assert "It is sent again in a moment." in after.text
    assert "Refused once" not in administrator.open("/outbox?status=failed").text
    with house.services.database.write() as session:
        now = house.clock.now
        while (mail := outbox.take(session, now=now, lease=timedelta(minutes=1))) is not None:
            outbox.mark_sent(session, mail_id=mail.id, lease=mail.lease or "", now=now)
    assert "Refused once" in administrator.open("/outbox?status=sent").text
    again = administrator.submit(shown, form="/send")
    assert (again.status, "only one that has failed can be sent again" in again.text) == (409, True)
    assert administrator.open(f"/outbox/{mail_id}").status == 200


@pytest.mark.parametrize("address", ["/outbox/unknown", "/outbox/1"])
def test_a_mail_that_is_not_there_is_not_found(administrator: Visitor, address: str) -> None:
    assert administrator.open(address).status == 404


@pytest.mark.parametrize("role", ["patient", "doctor"])
def test_the_outbox_is_for_administrators(request: pytest.FixtureRequest, role: str) -> None:
    visitor: Visitor = request.getfixturevalue(role)
    assert visitor.open("/outbox").status == 403
    assert "Outbox" not in visitor.open("/dashboard").text
