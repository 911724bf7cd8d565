"""The waiting list over HTTP: joining, offers that are answered, and offers that nobody answers."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.clinic import notices
from app.clinic.models import AppointmentStatus
from tests.house import House
from tests.lives import Life, book, eventually, pass_until
from tests.visitor import Page, Visitor

LIST = "/waiting-list"
DOCTOR, ANYBODY = "HSP-200", "any:Cardiology"


class Waiting:
    """Somebody new on the waiting list for a doctor."""

    def __init__(self, house: House, wish: str = DOCTOR) -> None:
        self.house = house
        self.username = house.add_patient("Weber")
        self.visitor: Visitor = house.visitor(self.username)
        self.joined = self.join(wish)
        house.clock.advance(seconds=1)  # who comes next is next

    def join(self, wish: str, days: int = 60) -> Page:
        """Fill the form and send it."""
        last_day = (self.house.clock.now + timedelta(days=days)).date().isoformat()
        page = self.visitor.open(LIST)
        form = next(form for form in page.html.forms if form.action == LIST)
        return self.visitor.post(LIST, {**dict(form.form_values()), "wish": wish, "last_day": last_day})

    def is_offered(self) -> bool:
        """Say whether the page shows an offer."""
        return "Free for you" in self.visitor.open(LIST).text

    def answer(self, how: str) -> Page:
        """Accept or decline the offer that the page shows."""
        eventually(self.is_offered)
        return self.visitor.submit(self.visitor.open(LIST), form=f"/{how}")

    def leave(self) -> None:
        """Give up every place, so that later tests find nobody in line."""
        while "Give up this place" in (page := self.visitor.open(LIST)).text:
            self.visitor.submit(page, form="/leave")

    def told(self) -> list[str]:
        """The subjects of what this person was told."""
        login_id = self.house.login_id(self.username)
        with self.house.services.database.read() as session:
            return [notice.subject for notice in notices.list_notices(session, login_id=login_id)]


@pytest.fixture
def line(house: House) -> Iterator[list[Waiting]]:
    """Two people in line for one doctor; the second takes any doctor with the specialization. Nobody stays in it."""
    waiting = [Waiting(house), Waiting(house, ANYBODY)]
    yield waiting
    for each in waiting:
        each.leave()


@pytest.fixture
def life(house: House) -> Life:
    """An appointment with that doctor."""
    return book(house, docid=DOCTOR)


def test_joining_shows_the_place_and_again_keeps_it(line: list[Waiting]) -> None:
    first = line[0]
    assert "You are on the waiting list." in first.joined.text
    again = first.join(DOCTOR)
    assert again.text.count("Give up this place: Dr Amara Okafor") == 1
    assert "Cardiology, any doctor" in line[1].joined.text


@pytest.mark.parametrize(
    ("wish", "days", "field"),
    [("HSP-999", 30, "f0"), ("any:Witchcraft", 30, "f0"), ("", 30, "f0"), (DOCTOR, -1, "f1")],
)
def test_what_cannot_be_waited_for_is_refused_beside_the_field(
    house: House, line: list[Waiting], wish: str, days: int, field: str
) -> None:
    newcomer = Waiting(house)
    newcomer.leave()
    page = newcomer.join(wish, days)
    assert page.status == 422
    assert page.html.xpath(f"string(//*[@id='{field}-error'])")
    assert "Give up this place" not in newcomer.visitor.open(LIST).text


def test_the_longest_waiting_accepts_and_has_an_appointment(house: House, line: list[Waiting], life: Life) -> None:
    slot = life.appointment
    life.send("cancel")
    first, second = line
    page = first.answer("accept")
    assert "The appointment is yours." in page.text
    ticketid = page.path.rpartition("/")[2]
    mine = Life(house, first.visitor, first.username, ticketid)
    assert (mine.appointment.docid, mine.appointment.starts_at) == (slot.docid, slot.starts_at)
    assert mine.status() is AppointmentStatus.BOOKED
    mine.settle()
    assert str(mine.bill().due) == "120.00"
    assert mine.was_told("Your appointment on")
    assert any(subject.startswith("A time is free on") for subject in first.told())
    assert not second.is_offered()
    assert not any(subject.startswith("A time is free on") for subject in second.told())


def test_an_offer_that_nobody_answers_goes_to_the_next(house: House, line: list[Waiting], life: Life) -> None:
    slot = life.appointment
    life.send("cancel")
    first, second = line
    eventually(first.is_offered)
    late = first.visitor.open(LIST)
    assert not life.is_free(slot.docid, slot.starts_at)
    pass_until(house, house.clock.now + timedelta(hours=2))
    eventually(second.is_offered)
    assert not first.is_offered()
    refused = first.visitor.submit(late, form="/accept")
    assert (refused.status, "This offer is over" in refused.text) == (409, True)
    assert "The appointment is yours." in second.answer("accept").text
    assert "Give up this place" in first.visitor.open(LIST).text


def test_a_declined_offer_goes_to_the_next_and_then_to_everybody(line: list[Waiting], life: Life) -> None:
    slot = life.appointment
    life.send("cancel")
    first, second = line
    assert "goes to the next in line" in first.answer("decline").text
    assert "goes to the next in line" in second.answer("decline").text
    eventually(lambda: life.is_free(slot.docid, slot.starts_at))


def test_who_leaves_lets_the_offer_go_to_the_next(line: list[Waiting], life: Life) -> None:
    life.send("cancel")
    first, second = line
    eventually(first.is_offered)
    first.leave()
    eventually(second.is_offered)


def test_a_rescheduled_appointment_frees_its_time_for_the_line(line: list[Waiting], life: Life) -> None:
    page = life.visitor.open(f"{life.path}/reschedule")
    life.visitor.submit(page, {"starts_at": page.options("starts_at")[-1]}, form="/reschedule")
    eventually(line[0].is_offered)


def test_offers_of_others_are_not_found(house: House, line: list[Waiting], life: Life) -> None:
    life.send("cancel")
    eventually(line[0].is_offered)
    page = line[0].visitor.open(LIST)
    values = dict(line[1].visitor.open(LIST).form(LIST).form_values())
    for action in ("/accept", "/decline", "/leave"):
        assert line[1].visitor.post(str(page.form(action).action), values).status == 404
    assert line[0].is_offered()
    assert house.visitor("amara.okafor").open(LIST).status == 403


def test_staff_sees_who_waits_and_takes_somebody_off(house: House, line: list[Waiting]) -> None:
    staff = house.visitor("admin")
    page = staff.open(LIST)
    assert page.text.count("Weber") == 2
    assert "Join the line" not in page.text
    assert "The place is given up." in staff.submit(page, form="/leave").text
