"""Doctors ask for laboratory tests, administrators decide once."""

import pytest

from app.clinic import laboratory
from app.clinic.models import LaboratoryRequest, RequestStatus
from tests.house import House
from tests.visitor import Page, Visitor
from tests.web.test_diagnoses import treat


@pytest.fixture
def patientid(house: House) -> int:
    """A patient of HSP-200's."""
    return treat(house, house.add_patient("Perić"))


def ask(doctor: Visitor, patientid: int, details: str = "Blood count") -> Page:
    return doctor.submit(doctor.open(f"/patients/{patientid}/laboratory/new"), {"details": details})


def newest(house: House) -> LaboratoryRequest:
    with house.services.database.read() as session:
        last = laboratory.list_requests(session, status=RequestStatus.OPEN, page=10**6)
        return last.rows[-1]


def test_a_doctor_asks_an_administrator_approves_and_the_doctor_is_told(
    house: House, doctor: Visitor, administrator: Visitor, patientid: int
) -> None:
    page = ask(doctor, patientid, "Liver values, because of the new pills")
    assert page.path == f"/patients/{patientid}"
    assert "open" in page.text
    asked = newest(house)
    decision = administrator.open(f"/laboratory/{asked.id}")
    assert "Liver values, because of the new pills" in decision.text
    after = administrator.submit(decision, form="/approve")
    assert after.path == "/laboratory"
    assert "The test is approved" in after.text
    assert "approved by Ruth Adeyemi" in administrator.open("/laboratory?status=approved").text
    assert "approved" in doctor.open(f"/patients/{patientid}").text
    assert "A laboratory test was approved" in doctor.open("/dashboard").text


def test_a_refusal_has_a_reason(house: House, doctor: Visitor, administrator: Visitor, patientid: int) -> None:
    ask(doctor, patientid)
    asked = newest(house)
    page = administrator.open(f"/laboratory/{asked.id}")
    for reason, sentence in (("", "Please fill in this field."), ("x" * 501, "Enter at most 500 characters")):
        refused = administrator.submit(page, {"reason": reason}, form="/refuse")
        assert refused.status == 422
        assert sentence in refused.text
        assert newest(house).id == asked.id
    after = administrator.submit(page, {"reason": "Done last week."}, form="/refuse")
    assert "The test is refused" in after.text
    assert "Done last week." in administrator.open("/laboratory?status=refused").text
    assert "Done last week." in doctor.open(f"/patients/{patientid}").text


def test_what_a_colleague_has_decided_meanwhile_stays(
    house: House, doctor: Visitor, administrator: Visitor, patientid: int
) -> None:
    ask(doctor, patientid)
    asked = newest(house)
    page = administrator.open(f"/laboratory/{asked.id}")
    colleague = house.visitor("admin")
    colleague.submit(colleague.open(f"/laboratory/{asked.id}"), form="/approve")
    for form, values in (("/approve", {}), ("/refuse", {"reason": "No."})):
        late = administrator.submit(page, values, form=form)
        assert late.status == 409
        assert "This request was approved already, by Ruth Adeyemi." in late.text
    decided = administrator.open(f"/laboratory/{asked.id}")
    assert decided.heading == "This was decided"
    assert not decided.html.xpath("//main//form")


@pytest.mark.parametrize("details", ["", "   ", "x" * 2001])
def test_details_that_are_refused_say_why(house: House, doctor: Visitor, patientid: int, details: str) -> None:
    page = ask(doctor, patientid, details)
    assert page.status == 422
    assert page.html.xpath("//*[@class='field-error']")
    assert "No test was requested for this patient." in doctor.open(f"/patients/{patientid}").text


@pytest.mark.parametrize("request_id", [0, 4711, 10**30])
def test_an_unknown_request_is_not_found(administrator: Visitor, request_id: int) -> None:
    assert administrator.open(f"/laboratory/{request_id}").status == 404
    token = {"dams:csrf": administrator.open("/desk/definitions/deployments/new").chosen("dams:csrf")[0]}
    for verb in ("approve", "refuse"):
        assert administrator.post(f"/laboratory/{request_id}/{verb}", {**token, "reason": "x"}).status == 404


def test_requests_are_paged(house: House, doctor: Visitor, administrator: Visitor, patientid: int) -> None:
    for number in range(26):
        ask(doctor, patientid, f"Test {number}")
    first = administrator.open("/laboratory")
    assert "page 1 of" in first.text
    assert "page 2 of" in administrator.open(first.link("Next page")).text


def test_deciding_is_for_administrators_alone(house: House, doctor: Visitor, patient: Visitor) -> None:
    for visitor in (doctor, patient):
        assert visitor.open("/laboratory").status == 403
        assert visitor.open("/laboratory/1").status == 403
        assert visitor.post("/laboratory/1/approve", {}).status == 403
    assert patient.open("/patients/1/laboratory/new").status == 403
