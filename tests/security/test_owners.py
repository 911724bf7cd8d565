"""Nobody reaches what is somebody else's by its id: every address with an id is tried, with another's ids."""

from app.clinic.models import Role
from tests.house import House
from tests.security.belongings import Belongings, address_of, csrf_of, routes
from tests.visitor import Visitor

OPEN = {
    "/static/<path:filename>": "files that all pages load",
    "/desk/libraries/<library>/<version>/<path:file>": "files that pages of the desk load",
    "/api/docs/<file>": "files of the explorer",
    "/doctor/<any(expertise, select, schedule, patient):slug>": "one's own booking, which the query names",
    "/processes/<process_id>/start": "a process that everybody may read of, or nobody; the diagram says who starts it",
    "/api/v1/doctors/<docid>": "everybody may know who the doctors are",
    "/api/v1/doctors/<docid>/slots": "everybody may know when doctors are free",
    "/account/new-password/<link>": "the link is the key",
    "/account/sign-up/<link>": "the link is the key",
    "/account/staff/<link>": "the link is the key",
    "/login/user/add/<account_id>": "the id is the key",
    "/waiting-list/offers/<offer_id>/accept": "tests/web/test_waiting_list.py",
    "/waiting-list/offers/<offer_id>/decline": "tests/web/test_waiting_list.py",
    "/api/v1/offers/<offer_id>/accept": "tests/api",
    "/api/v1/offers/<offer_id>/decline": "tests/api",
}
"""What is nobody's own, or opens for whoever has its id, and why. A new address with an id is refused to strangers, or
stands here."""

REFUSED = {401, 403, 404}
UNDONE = REFUSED | {400, 405, 409, 412, 415, 422, 428}
"""A change may be refused for what it lacks before it is known whose it is."""

STRANGERS = {Role.PATIENT: "stranger", Role.DOCTOR: "colleague"}


def test_nobody_reaches_what_is_somebody_elses(house: House, theirs: Belongings, visitors: dict[str, Visitor]) -> None:
    tokens = {who: csrf_of(visitors[who]) for who in STRANGERS.values()}
    reached, tried = [], 0
    for method, rule, roles in routes(house, "GET", "POST", "PUT", "PATCH", "DELETE"):
        if not rule.arguments or rule.rule in OPEN:
            continue
        for who in (STRANGERS[role] for role in roles if role in STRANGERS):
            headers = {} if method == "GET" else tokens[who]
            answer = visitors[who].client.open(address_of(rule, theirs.ids), method=method, headers=headers)
            answer.close()
            tried += 1
            if answer.status_code not in (REFUSED if method == "GET" else UNDONE):
                reached.append((who, method, rule.rule, answer.status_code))
    print(f"{tried} addresses with ids of others")  # noqa: T201 -- it is to be read
    assert reached == []
    assert tried > 50


def test_the_ids_are_those_of_something_that_its_owner_reaches(
    house: House, theirs: Belongings, visitors: dict[str, Visitor]
) -> None:
    for address in ("/appointments/{ticketid}", "/tasks/{task_id}", "/api/v1/notices/{notice_id}"):
        answer = visitors["owner"].client.get(address.format(**theirs.ids))
        assert answer.status_code == 200, address
    for address in ("/patients/{patientid}", "/diagnoses/{diagnosis_id}/correct", "/availability/{docid}"):
        assert visitors["doctor"].client.get(address.format(**theirs.ids)).status_code == 200, address
    for address in ("/laboratory/{request_id}", "/desk/instances/{instance_id}"):
        assert visitors["admin"].client.get(address.format(**theirs.ids)).status_code == 200, address
