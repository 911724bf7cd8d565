"""What has to be answered for later is in the audit: sign-ins, who read medical data, and deployments."""

from io import BytesIO

import pytest
from sqlalchemy import select

from app.clinic import diagnoses, laboratory
from app.clinic.models import AuditEntry, Role
from tests.house import PASSWORD, House
from tests.security.belongings import DOCTOR, ERRAND, Belongings, address_of, csrf_of, routes
from tests.visitor import Visitor

FINDING, TEST = "Morbus rarus of the audit", "A rare test of the audit"
NAMES = {"admin": "admin", "doctor": "amara.okafor"}
WHO = {Role.ADMINISTRATOR: "admin", Role.DOCTOR: "doctor", Role.PATIENT: "owner"}


def entries(house: House, after: int = 0) -> list[AuditEntry]:
    """Return what was noted after an entry, in order."""
    with house.services.database.read() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.id > after).order_by(AuditEntry.id)))


def last(house: House) -> int:
    """Return the number of the newest entry."""
    return max((entry.id for entry in entries(house)), default=0)


def test_signing_in_and_out_is_noted(house: House) -> None:
    username, before = house.add_patient(), last(house)
    visitor = Visitor(house.app)
    page = visitor.sign_in(username, PASSWORD)
    visitor.post("/logout", dict(page.html.forms[0].form_values()))
    noted = [(entry.who, entry.action) for entry in entries(house, before)]
    assert noted == [(house.login_id(username), "signed in"), (house.login_id(username), "signed out")]


@pytest.fixture(scope="module")
def ill(house: House, theirs: Belongings) -> Belongings:
    """Somebody with a diagnosis and a laboratory request whose words stand nowhere else."""
    about = {"docid": DOCTOR, "patientid": int(theirs.ids["patientid"]), "now": house.clock.now, "by": "tests"}
    with house.services.database.write() as session:
        written = diagnoses.record(session, narrative=FINDING, resolution=FINDING, **about)  # type: ignore[arg-type]
        asked = laboratory.request_test(session, details=TEST, **about)  # type: ignore[arg-type]
        return Belongings(theirs.username, {**theirs.ids, "diagnosis_id": written.id, "request_id": asked.id})


def test_whoever_reads_medical_data_is_noted(house: House, ill: Belongings, visitors: dict[str, Visitor]) -> None:
    subject, seen = f"patient {ill.ids['patientid']}", set[tuple[str, str]]()
    for _, rule, roles in routes(house, "GET"):
        if rule.endpoint == "static":
            continue
        for who in (name for role, name in WHO.items() if role in roles):
            before = last(house)
            answer = visitors[who].client.get(address_of(rule, ill.ids), buffered=True)
            text = "" if answer.mimetype == "application/pdf" else answer.text
            by = house.login_id(NAMES.get(who, ill.username))
            noted = {entry.action for entry in entries(house, before) if (entry.who, entry.subject) == (by, subject)}
            for words, action in ((FINDING, "diagnosis read"), (TEST, "laboratory request read")):
                if words in text:
                    seen.add((who, rule.rule))
                    assert action in noted, (who, rule.rule)
    print(f"{len(seen)} addresses showed medical data")  # noqa: T201 -- it is to be read
    assert {
        ("doctor", "/patients/<int:patientid>"),
        ("doctor", "/diagnoses/<int:diagnosis_id>/correct"),
        ("doctor", "/api/v1/laboratory-requests/<int:request_id>"),
        ("owner", "/findings"),
        ("owner", "/api/v1/patients/<int:patientid>/diagnoses"),
        ("admin", "/laboratory"),
        ("admin", "/laboratory/<int:request_id>"),
        ("admin", "/api/v1/laboratory-requests"),
    } <= seen


@pytest.mark.parametrize("address", ["/engine-rest/deployment/create", "/v2/deployments", "/diagnosis/bpmn/deploy"])
def test_deployments_of_programs_are_noted(house: House, visitors: dict[str, Visitor], address: str) -> None:
    before, new = last(house), ERRAND.read_bytes().replace(b'id="Errand"', f'id="Noted{len(address)}"'.encode())
    file = {"resources": (BytesIO(new), "noted.bpmn"), "deployment-name": "noted"}
    answer = visitors["admin"].client.post(address, data=file, headers=csrf_of(visitors["admin"]))
    assert answer.status_code in {200, 201}, answer.text
    (entry,) = entries(house, before)
    assert (entry.who, entry.action) == (house.login_id("admin"), "deployed")
    assert entry.details["files"]


def test_deployments_on_the_desk_are_noted(house: House, visitors: dict[str, Visitor]) -> None:
    administrator, upload = visitors["admin"], "/desk/definitions/deployments/new"
    new = ERRAND.read_bytes().replace(b'id="Errand"', b'id="NotedOnDesk"')
    token = dict(administrator.open(upload).form().form_values())
    token.pop("files", None)
    shown = administrator.post(upload, {**token, "files": (BytesIO(new), "noted.bpmn")})
    before = last(house)
    administrator.submit(shown, form="/desk/definitions/deployments")
    (entry,) = entries(house, before)
    assert (entry.who, entry.action) == (house.login_id("admin"), "deployed")
    assert entry.details == {"source": "desk", "files": "noted.bpmn", "name": ""}
