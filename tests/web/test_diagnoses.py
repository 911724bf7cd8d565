"""Doctors record diagnoses; they and their patients read them, and every reading is in the audit."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.clinic import appointments, audit, people
from app.clinic.models import Diagnosis
from app.clinic.slots import free_slots
from app.clinic.tickets import new_ticket
from tests.house import ZONE, House
from tests.visitor import Page, Visitor

DOCTOR, OTHER = "HSP-200", "HSP-202"


def patientid_of(house: House, username: str) -> int:
    with house.services.database.read() as session:
        return people.patient_of_login(session, login_id=house.login_id(username)).patientid


def treat(house: House, username: str, docid: str = DOCTOR) -> int:
    """Give a patient an appointment with a doctor; return the patient's number."""
    patientid = patientid_of(house, username)
    with house.services.database.write() as session:
        slot = free_slots(session, docid=docid, now=house.clock.now, zone=ZONE)[0]
        appointments.reserve(
            session,
            ticketid=new_ticket(),
            docid=docid,
            patientid=patientid,
            starts_at=slot.starts_at,
            priority_level=3,
            now=house.clock.now,
            zone=ZONE,
        )
    return patientid


@pytest.fixture
def treated(house: House) -> tuple[str, int]:
    """A patient of HSP-200's: user name and number."""
    username = house.add_patient("Marković")
    return username, treat(house, username)


def record(doctor: Visitor, patientid: int, narrative: str = "A cold.", resolution: str = "Rest.") -> Page:
    form = doctor.open(f"/patients/{patientid}/diagnoses/new")
    return doctor.submit(form, {"narrative": narrative, "resolution": resolution}, form="", follow=True)


def text_in(page: Page, name: str) -> str:
    """What stands in a text area: browsers drop the line break at its start."""
    return page.chosen(name)[0].lstrip("\n")


def count(house: House) -> int:
    with house.services.database.read() as session:
        return session.scalar(select(func.count()).select_from(Diagnosis)) or 0


def readers(house: House, patientid: int) -> list[str]:
    with house.services.database.read() as session:
        entries = audit.list_entries(session, subject=f"patient {patientid}")
    return [entry.who for entry in entries if entry.action == "diagnosis read"]


def test_a_doctor_records_and_the_patient_reads(house: House, doctor: Visitor, treated: tuple[str, int]) -> None:
    username, patientid = treated
    page = record(doctor, patientid, "A cold.\nNothing else.", "Rest for a week.")
    assert page.path == f"/patients/{patientid}"
    assert "The diagnosis is recorded." in page.text
    assert "Rest for a week." in page.text
    findings = house.visitor(username).open("/findings")
    assert "Rest for a week." in findings.text
    assert "Dr Amara Okafor" in findings.text
    assert "Correct" not in findings.text
    assert readers(house, patientid) == [house.login_id(username), house.login_id("amara.okafor")]


def test_every_look_is_another_entry_of_the_audit(house: House, doctor: Visitor, treated: tuple[str, int]) -> None:
    username, patientid = treated
    record(doctor, patientid)
    before = len(readers(house, patientid))
    doctor.open(f"/patients/{patientid}")
    house.visitor(username).open("/findings")
    house.visitor(username).client.head("/findings")
    assert len(readers(house, patientid)) == before + 3


def test_the_visit_that_has_begun_is_proposed(house: House, doctor: Visitor, treated: tuple[str, int]) -> None:
    _, patientid = treated
    form = doctor.open(f"/patients/{patientid}/diagnoses/new")
    assert form.chosen("ticketid") == [""]
    (ticketid,) = form.options("ticketid")
    house.clock.advance(days=14)
    assert doctor.open(f"/patients/{patientid}/diagnoses/new").chosen("ticketid") == [ticketid]
    house.clock.advance(days=-14)


@pytest.mark.parametrize(
    ("entered", "sentence"),
    [
        ({"narrative": ""}, "Please fill in this field."),
        ({"resolution": " \n "}, "Please fill in this field."),
        ({"narrative": "x" * 2001}, "Enter at most 2000 characters; this has 2001."),
        ({"resolution": "turned \u202e around"}, "The character U+202E can't be used here."),
        ({"ticketid": "T-SOMEBODYS"}, "This choice is not offered."),
    ],
)
def test_a_text_that_is_refused_stays_with_its_reason(
    house: House, doctor: Visitor, treated: tuple[str, int], entered: dict[str, str], sentence: str
) -> None:
    before = count(house)
    form = doctor.open(f"/patients/{treated[1]}/diagnoses/new")
    kept = {"narrative": "Kept narrative.", "resolution": "Kept resolution."}
    page = doctor.submit(form, {**kept, **entered})
    assert page.status == 422
    (field,) = entered
    beside = page.html.xpath(f"//*[@name='{field}']/ancestor::div[contains(@class, 'field')][1]")[0]
    assert sentence in beside.text_content()
    for name in kept.keys() - entered.keys():
        assert text_in(page, name) == kept[name]
    assert page.html.xpath("//*[@role='alert']//a")
    assert count(house) == before


def test_a_correction_keeps_the_earlier_wording(house: House, doctor: Visitor, treated: tuple[str, int]) -> None:
    username, patientid = treated
    page = record(doctor, patientid, "Left knee.", "Rest.")
    form = doctor.open(page.link("Correct"))
    assert text_in(form, "narrative") == "Left knee."
    after = doctor.submit(form, {"narrative": "Right knee."})
    assert "Its earlier wording is kept." in after.text
    text = house.visitor(username).open("/findings").text
    assert text.index("Right knee.") < text.index("Earlier wording") < text.index("Left knee.")
    again = doctor.submit(form, {"narrative": "Both knees."})
    assert again.status == 409
    assert count(house) >= 2
    refused = doctor.submit(doctor.open(after.link("Correct")), {"narrative": "x" * 2001})
    assert refused.status == 422
    assert text_in(refused, "resolution") == "Rest."


def test_another_doctors_patient_is_as_unknown_as_nobody(house: House, doctor: Visitor) -> None:
    username = house.add_patient("Vukić")
    patientid = treat(house, username, OTHER)
    colleague = house.visitor("priya.raman")
    corrected = record(colleague, patientid).link("Correct")
    token = {"dams:csrf": record(doctor, treat(house, house.add_patient())).html.xpath("string(//input[1]/@value)")}
    for each in (patientid, 4711, 10**30):
        for address in ("", "/diagnoses/new", "/laboratory/new"):
            assert doctor.open(f"/patients/{each}{address}").status == 404, address
        for address in ("/diagnoses/new", "/laboratory/new"):
            texts = {"narrative": "x", "resolution": "x", "details": "x"}
            assert doctor.post(f"/patients/{each}{address}", {**token, **texts}).status == 404
    assert doctor.open(corrected).status == 404
    assert doctor.post(corrected, {**token, "narrative": "x", "resolution": "x"}).status == 404
    assert "Vukić" not in doctor.open("/patients?search=Vukić").text
    assert readers(house, patientid) == [house.login_id("priya.raman")]


def test_a_colleague_who_treats_the_patient_too_reads_but_does_not_correct(house: House, doctor: Visitor) -> None:
    username = house.add_patient("Babić")
    treat(house, username, OTHER)
    patientid = treat(house, username)
    record(house.visitor("priya.raman"), patientid, "Eczema.")
    page = doctor.open(f"/patients/{patientid}")
    assert "Eczema." in page.text
    assert "Correct" not in page.text


def test_the_dashboard_leads_to_the_patients(house: House, doctor: Visitor, treated: tuple[str, int]) -> None:
    page = doctor.open(doctor.open("/dashboard").link("Vera Marković"))
    assert page.heading == "Vera Marković"


def test_a_doctor_finds_the_patients(house: House, doctor: Visitor, treated: tuple[str, int]) -> None:
    page = doctor.open("/patients?search=markovic")
    assert "Vera Marković" in page.text
    assert doctor.open(page.link("Open")).heading == "Vera Marković"


@pytest.mark.parametrize("address", ["/findings", "/patients", "/patients/1", "/patients/1/diagnoses/new"])
def test_pages_are_for_their_roles_alone(house: House, address: str, patient: Visitor, administrator: Visitor) -> None:
    assert administrator.open(address).status == 403
    other = house.visitor("amara.okafor") if address == "/findings" else patient
    assert other.open(address).status == 403


def test_a_patient_without_findings_is_told_so(patient: Visitor) -> None:
    assert "There is nothing yet." in patient.open("/findings").text


def test_markup_in_a_diagnosis_is_shown_as_text(house: House, doctor: Visitor, treated: tuple[str, int]) -> None:
    page = record(doctor, treated[1], "<script>alert(1)</script>", "{{ 7 * 7 }}")
    assert not page.html.xpath("//script")
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7 * 7 }}" in page.text


def test_an_appointment_that_was_cancelled_opens_no_page(house: House, doctor: Visitor) -> None:
    username = house.add_patient()
    patientid = treat(house, username)
    with house.services.database.write() as session:
        booked = session.scalars(appointments.select_appointments(patientid=patientid)).one()
        later = house.clock.now + timedelta(seconds=1)
        appointments.cancel(session, ticketid=booked.ticketid, now=later, by="ana")
    assert doctor.open(f"/patients/{patientid}").status == 404
