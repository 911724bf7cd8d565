"""Doctors and administrators edit when doctors can be booked; what would be lost is shown before."""

import pytest

from app.clinic import appointments, audit, availability
from app.clinic.models import Appointment, AppointmentStatus
from app.clinic.slots import free_slots
from tests.house import ZONE, House
from tests.visitor import Page, Visitor
from tests.web.test_diagnoses import treat

OWN = "/availability/HSP-200"  # Monday to Thursday, 8 to 16, in half hours
SATO = "/availability/HSP-204"  # Tuesday to Thursday, 11 to 19


def state(house: House) -> list[object]:
    """Everything that the pages could change."""
    with house.services.database.read() as session:
        rows: list[object] = []
        for docid in ("HSP-200", "HSP-204"):
            hours = availability.list_weekly_hours(session, docid=docid)
            rows += [(row.weekday, row.starts, row.ends, row.slot_minutes) for row in hours]
            rows += [
                (row.weekday, row.starts, row.ends) for row in availability.list_weekly_breaks(session, docid=docid)
            ]
            closures = availability.list_exceptions(session, docid=docid, after=house.clock.now)
            rows += [(row.docid, row.starts_at, row.ends_at, row.reason) for row in closures]
        return rows


def times(house: House, docid: str, day: str) -> list[str]:
    """The times that are free on a day of the next weeks."""
    with house.services.database.read() as session:
        slots = free_slots(session, docid=docid, now=house.clock.now, zone=ZONE, days=60)
    local = [slot.starts_at.astimezone(ZONE) for slot in slots]
    return [f"{each:%H:%M}" for each in local if f"{each:%Y-%m-%d}" == day]


def booked(house: House, docid: str) -> Appointment:
    """An appointment of a new patient with a doctor."""
    patientid = treat(house, house.add_patient("Jurić"), docid)
    with house.services.database.read() as session:
        return session.scalars(appointments.select_appointments(patientid=patientid)).one()


def status(house: House, ticketid: str) -> AppointmentStatus:
    with house.services.database.read() as session:
        return appointments.find_by_ticket(session, ticketid=ticketid).status


def beside(page: Page, name: str) -> str:
    """What stands around a field."""
    (around,) = page.html.xpath(
        f"(//*[@name='{name}'])[1]/ancestor::*[self::div or self::fieldset][contains(concat(@class, ' '), 'field ')][1]"
    )
    return " ".join(around.text_content().split())


def test_a_doctor_sees_the_own_week_as_a_table(doctor: Visitor) -> None:
    page = doctor.open("/availability")
    assert page.path == OWN
    assert page.heading == "Your hours"
    rows = [" ".join(row.text_content().split()) for row in page.html.xpath("//tbody/tr")]
    assert rows[0] == "Monday Change Monday, 08:00 to 16:00 30-minute slots Change Monday, 12:00 to 13:00"
    assert rows[4] == "Friday \N{EN DASH} \N{EN DASH}"


def test_hours_are_added_on_several_days_and_offered_at_once(house: House, doctor: Visitor) -> None:
    assert times(house, "HSP-200", "2026-06-05") == []
    form = doctor.open(f"{OWN}/hours/new")
    entered = {"weekdays": ["4", "5"], "starts": "09:00", "ends": "10:00", "slot_minutes": "20"}
    page = doctor.submit(form, entered)
    assert page.path == OWN
    assert "The change is kept." in page.text
    for day in ("2026-06-05", "2026-06-06"):
        assert times(house, "HSP-200", day) == ["09:00", "09:20", "09:40"]
    with house.services.database.read() as session:
        entry = audit.list_entries(session, subject="HSP-200", limit=1)[0]
    assert (entry.who, entry.action) == (house.login_id("amara.okafor"), "hours added")


def test_an_administrator_changes_and_removes_hours(house: House, administrator: Visitor) -> None:
    before = state(house)
    week = administrator.open(administrator.open("/availability").link("Dr Hana Sato"))
    form = administrator.open(week.link("Tuesday, 11:00"))
    assert (form.chosen("starts"), form.chosen("slot_minutes")) == (["11:00"], ["30"])
    administrator.submit(form, {"starts": "17:00", "slot_minutes": "60"})
    assert times(house, "HSP-204", "2026-06-09") == ["17:00", "18:00"]
    changed = administrator.open(administrator.open(SATO).link("Tuesday, 17:00"))
    administrator.submit(changed, form="/remove")
    assert times(house, "HSP-204", "2026-06-09") == []
    again = {"weekdays": "1", "starts": "11:00", "ends": "19:00", "slot_minutes": "30"}
    administrator.submit(administrator.open(f"{SATO}/hours/new"), again)
    assert state(house) == before


def test_breaks_are_added_changed_and_removed(house: House, administrator: Visitor) -> None:
    before = state(house)
    page = administrator.open(f"{SATO}/breaks/new")
    administrator.submit(page, {"weekdays": "2", "starts": "13:00", "ends": "18:00"})
    assert times(house, "HSP-204", "2026-06-10") == ["11:00", "11:30", "18:00", "18:30"]
    form = administrator.open(administrator.open(SATO).link("Wednesday, 13:00"))
    form = administrator.submit(form, {"ends": "18:30"})
    assert times(house, "HSP-204", "2026-06-10") == ["11:00", "11:30", "18:30"]
    administrator.submit(administrator.open(form.link("Wednesday, 13:00")), form="/remove")
    assert state(house) == before


@pytest.mark.parametrize(
    ("entered", "field", "sentence"),
    [
        ({"weekdays": []}, "weekdays", "Please choose at least one of the options."),
        ({"starts": ""}, "starts", "Please fill in this field."),
        ({"starts": "soon"}, "starts", "Enter a time of day, such as 08:30."),
        ({"starts": "25:00"}, "starts", "Enter a time of day, such as 08:30."),
        ({"starts": "17:01"}, "starts", "in steps of 5 minutes"),
        ({"ends": "16:30"}, "ends", "The end must come after the start, on the same day."),
        ({"starts": "15:00"}, "starts", "Other hours of Tuesday overlap these."),
        ({"slot_minutes": "7"}, "slot_minutes", "A slot has 5 to 480 minutes, in steps of 5."),
        ({"slot_minutes": "-30"}, "slot_minutes", "A slot has 5 to 480 minutes, in steps of 5."),
        ({"slot_minutes": "a few"}, "slot_minutes", "Enter a whole number, such as 12."),
        ({"slot_minutes": "90"}, "slot_minutes", "Not one slot fits into these hours."),
    ],
)
def test_hours_that_are_refused_say_why_beside_the_field(
    house: House, doctor: Visitor, entered: dict[str, str], field: str, sentence: str
) -> None:
    before = state(house)
    good = {"weekdays": ["6", "1"], "starts": "17:00", "ends": "18:00", "slot_minutes": "30"}
    page = doctor.submit(doctor.open(f"{OWN}/hours/new"), {**good, **entered})
    assert page.status == 422
    assert sentence in beside(page, field)
    kept = {name: value for name, value in good.items() if name not in entered}
    for name, value in kept.items():
        assert page.chosen(name) == (sorted(value) if isinstance(value, list) else [value])
    assert state(house) == before


def leave(visitor: Visitor, address: str = OWN, **entered: str) -> Page:
    return visitor.submit(visitor.open(f"{address}/leave/new"), entered)


def test_leave_is_added_and_taken_back(house: House, doctor: Visitor) -> None:
    before = state(house)
    page = leave(doctor, first_day="2026-06-10", starts="10:00", ends="15:00", reason="A course")
    assert "10 Jun 2026, 10:00 CEST to 10 Jun 2026, 15:00 CEST" in page.text
    assert "Leave: A course" in page.text
    assert times(house, "HSP-200", "2026-06-10") == ["08:00", "08:30", "09:00", "09:30", "15:00", "15:30"]
    assert state(house) != before
    doctor.submit(page, form="/leave/")
    assert state(house) == before


def test_whole_days_of_leave_are_said_as_days(house: House, doctor: Visitor) -> None:
    page = leave(doctor, first_day="2026-10-24", last_day="2026-10-26")
    assert "Saturday, 24 October 2026 to Monday, 26 October 2026" in page.text
    assert "24 October" not in doctor.submit(page, form="/leave/").text


@pytest.mark.parametrize(
    ("entered", "field", "sentence"),
    [
        ({"first_day": ""}, "first_day", "Please fill in this field."),
        ({"first_day": "2026-05-31"}, "first_day", "This day is past. Choose a later one."),
        ({"first_day": "2026-06-31"}, "first_day", "Enter a date as year-month-day"),
        ({"first_day": "9999-12-31"}, "first_day", "This is too far ahead"),
        ({"first_day": "2026-06-10", "last_day": "2026-06-09"}, "last_day", "The end must come after the start."),
        ({"first_day": "2026-06-10", "starts": "10:00", "ends": "09:00"}, "ends", "The end must come after the start."),
        ({"first_day": "2027-03-28", "starts": "02:30"}, "starts", "There is no 02:30 on 28 March 2027"),
        ({"first_day": "2027-03-27", "last_day": "2027-03-28", "ends": "02:05"}, "ends", "There is no 02:05"),
        ({"first_day": "2026-06-10", "reason": "x" * 201}, "reason", "Enter at most 200 characters"),
    ],
)
def test_leave_that_is_refused_says_why_beside_the_field(
    house: House, doctor: Visitor, entered: dict[str, str], field: str, sentence: str
) -> None:
    before = state(house)
    page = leave(doctor, **entered)
    assert page.status == 422
    assert sentence in beside(page, field)
    for name, value in entered.items():
        assert page.chosen(name) == [value]
    assert state(house) == before


def test_leave_in_the_hour_that_comes_twice_takes_both(house: House, doctor: Visitor) -> None:
    page = leave(doctor, first_day="2026-10-25", starts="02:00", ends="02:30")
    assert "25 Oct 2026, 02:00 CEST to 25 Oct 2026, 02:30 CET" in page.text
    doctor.submit(page, form="/leave/")


def test_leave_that_overlaps_is_refused(doctor: Visitor) -> None:
    page = leave(doctor, first_day="2026-08-03", last_day="2026-08-14")
    refused = leave(doctor, first_day="2026-08-14")
    assert refused.status == 422
    assert "Another leave overlaps this one." in beside(refused, "first_day")
    doctor.submit(page, form="/leave/")


def test_leave_over_an_appointment_is_asked_about_first(house: House, doctor: Visitor) -> None:
    appointment = booked(house, "HSP-200")
    day = f"{appointment.starts_at.astimezone(ZONE):%Y-%m-%d}"
    before = state(house)
    question = leave(doctor, first_day=day, reason="Ill")
    assert question.status == 409
    assert question.heading.endswith("would lie outside")
    assert appointment.ticketid in question.text
    assert "Vera Jurić" in question.text
    assert state(house) == before
    done = doctor.submit(question, form=f"{OWN}/leave/new")
    assert done.path == OWN
    assert "Leave: Ill" in done.text
    assert status(house, appointment.ticketid) is AppointmentStatus.BOOKED
    doctor.submit(done, form="/leave/")
    assert state(house) == before


def test_leave_of_days_over_an_appointment_can_become_an_absence(house: House, doctor: Visitor) -> None:
    appointment = booked(house, "HSP-200")
    day = f"{appointment.starts_at.astimezone(ZONE):%Y-%m-%d}"
    before = state(house)
    preview = doctor.submit(leave(doctor, first_day=day, reason="Ill"), form="/absences/new")
    assert preview.status == 200
    assert "Vera Jurić" in preview.text
    hours_alone = leave(doctor, first_day=day, starts="08:00")
    assert not hours_alone.html.xpath("//form[contains(@action, '/absences/new')]")
    assert state(house) == before


def test_what_was_booked_after_the_question_is_asked_about_too(house: House, administrator: Visitor) -> None:
    first = booked(house, "HSP-204")
    week = administrator.open(SATO)
    name = f"{first.starts_at.astimezone(ZONE):%A}"
    form = administrator.open(week.link(f"{name}, 11:00"))
    question = administrator.submit(form, form="/remove")
    assert question.status == 409
    second = booked(house, "HSP-204")
    before = state(house)
    again = administrator.submit(question)
    assert again.status == 409
    assert first.ticketid in again.text
    assert second.ticketid in again.text
    assert state(house) == before
    assert "The change is kept." in administrator.submit(again).text
    assert {status(house, each.ticketid) for each in (first, second)} == {AppointmentStatus.BOOKED}
    entered = {
        "weekdays": str(first.starts_at.astimezone(ZONE).weekday()),
        "starts": "11:00",
        "ends": "19:00",
        "slot_minutes": "30",
    }
    administrator.submit(administrator.open(f"{SATO}/hours/new"), entered)


def test_a_holiday_closes_the_clinic_until_it_is_taken_back(
    house: House, administrator: Visitor, doctor: Visitor
) -> None:
    before = state(house)
    page = administrator.submit(
        administrator.open("/availability/holidays/new"), {"day": "2026-06-24", "reason": "Midsummer"}
    )
    assert page.path == "/availability"
    assert "Wednesday, 24 June 2026 Midsummer" in page.text
    assert times(house, "HSP-200", "2026-06-24") == []
    assert "Holiday: Midsummer" in doctor.open(OWN).text
    again = administrator.submit(
        administrator.open("/availability/holidays/new"), {"day": "2026-06-24", "reason": "Again"}
    )
    assert again.status == 422
    assert "Another holiday overlaps this one." in beside(again, "day")
    administrator.submit(page, form="/holidays/")
    assert state(house) == before


def test_a_holiday_over_appointments_of_any_doctor_is_asked_about(house: House, administrator: Visitor) -> None:
    appointment = booked(house, "HSP-205")
    day = f"{appointment.starts_at.astimezone(ZONE):%Y-%m-%d}"
    question = administrator.submit(administrator.open("/availability/holidays/new"), {"day": day, "reason": "Storm"})
    assert question.status == 409
    assert appointment.ticketid in question.text


@pytest.mark.parametrize("address", [SATO, f"{SATO}/hours/new", f"{SATO}/leave/new", "/availability/HSP-999"])
def test_other_doctors_are_as_unknown_as_none(house: House, doctor: Visitor, address: str) -> None:
    assert doctor.open(address).status == 404


def test_a_doctor_changes_nothing_of_a_colleague(house: House, doctor: Visitor) -> None:
    with house.services.database.read() as session:
        hours = availability.list_weekly_hours(session, docid="HSP-204")[0]
    before = state(house)
    token = {"dams:csrf": doctor.open(f"{OWN}/leave/new").chosen("dams:csrf")[0]}
    entered = {"weekday": "0", "weekdays": "0", "starts": "05:00", "ends": "06:00", "slot_minutes": "30"}
    for address in (
        f"{SATO}/hours/new",
        f"{SATO}/hours/{hours.id}",
        f"{SATO}/hours/{hours.id}/remove",
        f"{OWN}/hours/{hours.id}",
        f"{OWN}/hours/{hours.id}/remove",
        f"{SATO}/leave/new",
        f"{SATO}/leave/1/remove",
        f"{OWN}/breaks/{10**30}/remove",
    ):
        assert doctor.post(address, {**token, **entered, "first_day": "2026-07-01"}).status == 404, address
    assert state(house) == before


def test_pages_are_for_staff_alone(patient: Visitor, doctor: Visitor) -> None:
    for address in ("/availability", OWN, f"{OWN}/hours/new"):
        assert patient.open(address).status == 403
    assert doctor.open("/availability/holidays/new").status == 403
