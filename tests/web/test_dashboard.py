"""What each role finds on its dashboard."""

import pytest

from app.clinic import notices
from tests.house import House
from tests.visitor import Visitor
from tests.web.conftest import Booking


def leave_notice(house: House, username: str, subject: str = "Bring your papers") -> int:
    with house.services.database.write() as session:
        notice = notices.notify(
            session,
            login_id=house.login_id(username),
            subject=subject,
            body="All of them, please.",
            key=f"{username} {subject}",
            now=house.clock.now,
        )
        session.flush()
        return notice.id


def test_the_house_leads_to_the_dashboard(patient: Visitor) -> None:
    assert patient.open("/").path == "/dashboard"


def test_a_new_patient_is_told_what_to_do(patient: Visitor) -> None:
    text = patient.open("/dashboard").text
    assert "You have no appointments ahead." in text
    assert "There are no notices." in text
    assert "Unfinished bookings" not in text


def test_a_patient_finds_the_appointment_with_its_files(patient: Visitor, book: Booking) -> None:
    confirmation = book(patient, 4)
    dashboard = patient.open("/dashboard")
    assert "You have no appointments ahead." not in dashboard.text
    for text in ("PDF", "ICS"):
        assert dashboard.link(text) == confirmation.link(text)
        assert patient.open(dashboard.link(text)).status == 200


def test_a_doctor_finds_the_appointment_and_its_notice(house: House, doctor: Visitor, book: Booking) -> None:
    visitor = house.visitor(house.add_patient("Zimmermann"))
    page = visitor.submit(book(visitor, 0), {"specialization": "Cardiology"})
    page = visitor.submit(page, {"docid": "HSP-200"})
    page = visitor.submit(page, {"starts_at": page.options("starts_at")[0]})
    assert visitor.submit(page, {"priority_level": "2"}).path == "/doctor/confirmation"
    text = doctor.open("/dashboard").text
    assert "Vera Zimmermann" in text
    assert "New appointment on" in text


def test_a_notice_is_marked_as_read(house: House) -> None:
    username = house.add_patient()
    visitor, notice_id = house.visitor(username), leave_notice(house, username)
    page = visitor.open("/dashboard")
    assert page.html.xpath("//*[contains(@class, 'unread')]")
    after = visitor.submit(page, form=f"/notices/{notice_id}/read")
    assert "Bring your papers" in after.text
    assert not after.html.xpath("//*[contains(@class, 'unread')]")


def test_all_notices_are_marked_as_read_at_once(house: House) -> None:
    username = house.add_patient()
    visitor = house.visitor(username)
    leave_notice(house, username, "One")
    leave_notice(house, username, "Two")
    after = visitor.submit(visitor.open("/dashboard"), form="/notices/read")
    assert not after.html.xpath("//*[contains(@class, 'unread')]")


def test_another_persons_notice_is_not_found(house: House, patient: Visitor) -> None:
    username = house.add_patient()
    notice_id = leave_notice(house, username)
    token = dict(patient.open("/dashboard").form().form_values())
    assert patient.post(f"/notices/{notice_id}/read", token).status == 404
    assert house.visitor(username).open("/dashboard").html.xpath("//*[contains(@class, 'unread')]")


def test_an_administrator_finds_counts_instances_and_no_incidents(
    house: House, administrator: Visitor, patient: Visitor, book: Booking
) -> None:
    book(patient, 1)
    page = administrator.open("/dashboard")
    figures = {
        str(figure.xpath("string(span)")): int(figure.xpath("string(strong)"))
        for figure in page.html.xpath("//ul[@class='figures']/li")
    }
    assert figures["doctors"] == 6
    assert figures["patients"] >= 20
    assert "Nothing is stuck." in page.text
    assert "Process_ApptDams01" in page.text


@pytest.mark.parametrize("notice_id", [0, 2**31, 2**63, 10**100])
def test_a_notice_with_an_impossible_number_is_not_found(patient: Visitor, notice_id: int) -> None:
    token = dict(patient.open("/dashboard").form().form_values())
    assert patient.post(f"/notices/{notice_id}/read", token).status == 404


def test_a_name_with_markup_is_shown_as_text(house: House, book: Booking, administrator: Visitor) -> None:
    visitor = house.visitor(house.add_patient("<script>alert(1)</script>"))
    done = book(visitor, 4)
    assert "Vera <script>alert(1)</script>" in done.text
    for page in (done, visitor.open("/dashboard"), administrator.open("/dashboard")):
        assert not page.html.xpath("//script[not(@src) or text()]")


@pytest.mark.parametrize("username", ["amara.okafor", "admin"])
def test_staff_books_for_patients_from_the_dashboard(house: House, username: str) -> None:
    assert "Book for a patient" in house.visitor(username).open("/dashboard").text
