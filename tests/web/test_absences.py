"""A doctor who can't come, over HTTP: staff record it, and the processes of the appointments tell the patients."""

from datetime import date, timedelta
from functools import partial

import pytest

from app.clinic.billing import BillStatus
from app.clinic.models import AppointmentStatus
from app.clinic.slots import free_slots
from tests.house import ZONE, House
from tests.lives import Life, book, eventually, pass_until
from tests.visitor import Page, Visitor

PATH = "/absences/new"
DOCID, DOCTOR = "HSP-200", "amara.okafor"


@pytest.fixture
def three(house: House) -> list[Life]:
    """Three patients of one doctor on one day."""
    lives = [book(house, docid=DOCID) for _ in range(3)]
    assert len({day_of(life) for life in lives}) == 1
    return lives


def day_of(life: Life) -> date:
    return life.appointment.starts_at.astimezone(ZONE).date()


def enter(visitor: Visitor, first: date, last: date | None = None, docid: str = DOCID) -> Page:
    """Fill the form and send it, which shows whom it concerns."""
    values = {"docid": docid, "first_day": first.isoformat(), "last_day": last.isoformat() if last else ""}
    return visitor.submit(visitor.open(PATH), {**values, "reason": "ill"}, form=PATH)


def test_three_patients_are_told_and_choose_or_are_cancelled(house: House, three: list[Life]) -> None:
    staff, day = house.visitor("admin"), day_of(three[0])
    preview = enter(staff, day)
    assert preview.heading == "Whom the absence concerns"
    assert "3 appointments booked then" in preview.text
    assert all(life.ticketid in preview.text for life in three)
    assert not any(life.was_told("Your doctor can't come") for life in three)
    done = staff.submit(preview, form=PATH)
    assert "The absence is recorded. Patients told: 3." in done.text
    for life in three:
        eventually(partial(life.was_told, "Your doctor can't come"))
        assert "can't come at this time" in life.visitor.open(life.path).text
        life.settle()
    with house.services.database.read() as session:
        free = free_slots(session, docid=DOCID, now=house.clock.now, zone=ZONE, days=60)
    assert all(slot.starts_at.astimezone(ZONE).date() != day for slot in free)
    moved, *others = three
    moved.pay("120.00")
    assert moved.visitor.open("/dashboard").link("Look at the appointment") == moved.path
    pass_until(house, moved.appointment.starts_at - timedelta(hours=3))  # after the cut-off, which does not bind now
    page = moved.visitor.open(f"{moved.path}/reschedule")
    after = moved.visitor.submit(page, {"starts_at": page.options("starts_at")[0]}, form="/reschedule")
    assert "The appointment is moved" in after.text
    assert day_of(moved) != day
    for life in sorted(others, key=lambda life: life.appointment.starts_at):
        pass_until(house, life.appointment.starts_at - timedelta(minutes=5))
        life.end()
        assert (life.status(), life.bill().status) == (AppointmentStatus.CANCELLED, BillStatus.VOID)
        assert life.was_told("Cancelled:")
    assert moved.status() is AppointmentStatus.BOOKED


def test_doctors_record_their_own_absence_only(house: House) -> None:
    doctor, day = house.visitor(DOCTOR), free_day(house, "HSP-201")
    assert doctor.open(PATH).options("docid") == [DOCID]
    assert enter(doctor, day, docid="HSP-201").status == 422
    assert house.visitor(house.add_patient()).open(PATH).status == 403


def test_days_that_make_no_sense_are_refused_beside_their_field(house: House) -> None:
    staff, day = house.visitor("admin"), free_day(house, "HSP-202")
    backwards = enter(staff, day, day - timedelta(days=1), docid="HSP-202")
    assert (backwards.status, "comes before the first" in backwards.text) == (422, True)
    past = house.clock.now.date() - timedelta(days=9)
    assert "This day is past." in enter(staff, past, past, docid="HSP-202").text
    staff.submit(enter(staff, day, docid="HSP-202"), form=PATH)
    again = enter(staff, day, docid="HSP-202")
    assert (again.status, "Other leave of the doctor overlaps" in again.text) == (422, True)


def test_a_preview_that_is_out_of_date_records_nothing(house: House) -> None:
    staff, day = house.visitor("admin"), free_day(house, "HSP-203")
    first, second = enter(staff, day, docid="HSP-203"), enter(staff, day, docid="HSP-203")
    assert "Patients told: 0." in staff.submit(first, form=PATH).text
    assert staff.submit(second, form=PATH).status == 422


def free_day(house: House, docid: str) -> date:
    """A day on which the doctor can be booked."""
    with house.services.database.read() as session:
        slots = free_slots(session, docid=docid, now=house.clock.now, zone=ZONE, days=30)
    return slots[-1].starts_at.astimezone(ZONE).date()
