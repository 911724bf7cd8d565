"""Parts of pages that are pushed to open pages: who gets which, and what comes again after an interruption."""

import re

import pytest
from sqlalchemy import select

from app.clinic.models import Doctor, Login, Role
from tests.house import House
from tests.visitor import Visitor
from tests.web.conftest import Booking

STREAMS = {Role.PATIENT: "/live/appointments", Role.DOCTOR: "/live/queue", Role.ADMINISTRATOR: "/live/board"}


def _events(visitor: Visitor, address: str, **headers: str) -> list[tuple[str, str]]:
    """Return the ids and the texts of the events that are there now: without a server that waits, a stream ends."""
    answer = visitor.client.get(address, headers={name.replace("_", "-"): text for name, text in headers.items()})
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    found = re.findall(r"^id: (\S+)\nevent: parts\n((?:data: .*\n)+)\n", answer.get_data(as_text=True), re.MULTILINE)
    return [(number, "\n".join(line.removeprefix("data: ") for line in lines.splitlines())) for number, lines in found]


def _tickets(visitor: Visitor, address: str) -> set[str]:
    ((_, html),) = _events(visitor, address)
    return set(re.findall(r'class="ticket"[^>]*>([^<]+)<', html))


def test_a_patient_and_a_doctor_get_their_own_and_an_administrator_all(
    house: House, book: Booking, patient: Visitor, administrator: Visitor
) -> None:
    other = house.visitor(house.add_patient("Other"))
    mine, theirs = house.appointment(book(patient, 4)), house.appointment(book(other, 4))
    assert _tickets(patient, STREAMS[Role.PATIENT]) == {mine.ticketid}
    assert _tickets(other, STREAMS[Role.PATIENT]) == {theirs.ticketid}
    doctors = {mine.ticketid: mine.docid, theirs.ticketid: theirs.docid}
    with house.services.database.read() as session:
        logins = {doctor.docid: doctor.login.username for doctor in session.scalars(select(Doctor))}
    assert len(logins) > 1
    for docid, username in logins.items():
        seen = _tickets(house.visitor(username), STREAMS[Role.DOCTOR])
        assert {ticketid for ticketid in doctors if ticketid in seen} == {
            ticketid for ticketid, owner in doctors.items() if owner == docid
        }
    assert {mine.ticketid, theirs.ticketid} <= _tickets(administrator, STREAMS[Role.ADMINISTRATOR])


@pytest.mark.parametrize(("role", "username"), [(Role.DOCTOR, "amara.okafor"), (Role.ADMINISTRATOR, "admin")])
def test_a_page_that_has_everything_gets_nothing_until_something_changes(
    house: House, book: Booking, patient: Visitor, role: Role, username: str
) -> None:
    address, visitor = STREAMS[role], house.visitor(username)
    (page,) = visitor.open("/dashboard").html.xpath("//*[@data-changes]")
    assert page.get("data-changes").startswith(f"{address}?seen=")
    assert _events(visitor, page.get("data-changes")) == [], "it has just been loaded"
    ((seen, _),) = _events(visitor, address)
    assert _events(visitor, address, Last_Event_ID=seen) == []
    booked = house.appointment(book(patient, 4))
    if role is Role.DOCTOR and booked.doctor.docid != _docid(house, username):
        assert _events(visitor, address, Last_Event_ID=seen) == [], "it is another doctor's"
    else:
        ((_, html),) = _events(visitor, address, Last_Event_ID=seen)
        assert booked.ticketid in html


def _docid(house: House, username: str) -> str:
    with house.services.database.read() as session:
        query = select(Doctor.docid).join(Doctor.login).where(Login.username == username)
        return session.scalars(query).one()


@pytest.mark.parametrize("address", STREAMS.values())
def test_a_part_that_is_another_roles_is_refused(house: House, patient: Visitor, address: str) -> None:
    if address != STREAMS[Role.PATIENT]:
        assert patient.client.get(address).status_code == 403
    assert house.visitor().client.get(address).status_code == 302
