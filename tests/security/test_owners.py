"""Nobody reaches what is somebody else's by its id: every address with an id is tried, with another's ids."""

from sqlalchemy import select
from werkzeug.test import TestResponse

from app.clinic.models import AuditEntry, Role
from app.clinic.slots import free_slots
from tests.house import ZONE, House
from tests.security.belongings import DOCTOR, Belongings, address_of, belongings, csrf_of, routes
from tests.security.changes import CHANGES, ELSEWHERE, V1, Change
from tests.visitor import Visitor

METHODS = ("POST", "PUT", "PATCH", "DELETE")
PAYMENT = {"amount": "1.00"}
FAR = -9
"""Of the free times one so far ahead that patients may still cancel."""

STAY = {"docid", "patientid", "weekly"}
"""The names of ids whose things can be changed any number of times."""

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

REFUSED = {403, 404}
DONE = {200, 201, 202, 204, 303}
STRANGERS = {Role.PATIENT: "stranger", Role.DOCTOR: "colleague"}


def test_nobody_reads_what_is_somebody_elses(house: House, theirs: Belongings, visitors: dict[str, Visitor]) -> None:
    reached, tried = [], 0
    for _, rule, roles in routes(house, "GET"):
        if not rule.arguments or rule.rule in OPEN:
            continue
        for who in (STRANGERS[role] for role in roles if role in STRANGERS):
            answer = visitors[who].client.get(address_of(rule, theirs.ids))
            answer.close()
            tried += 1
            if answer.status_code not in REFUSED:
                reached.append((who, rule.rule, answer.status_code))
    print(f"{tried} pages of others")  # noqa: T201 -- it is to be read
    assert reached == []
    assert tried > 30


def ask(visitor: Visitor, change: Change, address: str, ids: dict[str, str | int]) -> TestResponse:
    """Send a change as a form, or as JSON to the API, with the token of this session."""
    body, headers = change.filled(ids), csrf_of(visitor)
    if change.rule.startswith(V1):
        return visitor.client.open(address, method=change.method, json=body, headers=headers)
    return visitor.client.open(address, method=change.method, data=body, headers=headers)


def test_nobody_changes_what_is_somebody_elses_and_its_owner_does(house: House, visitors: dict[str, Visitor]) -> None:
    rules = {(method, rule.rule): (rule, roles) for method, rule, roles in routes(house, *METHODS) if rule.arguments}
    theirs, changed = belongings(house, free=FAR), set[str]()
    made: dict[str, str | int] = {}
    for change in CHANGES:
        rule, roles = rules[change.key]
        if changed & rule.arguments:
            theirs, changed = belongings(house, free=FAR), set()
        changed |= rule.arguments - STAY - made.keys()
        ids = {**theirs.ids, "free": free_time(house), **made}
        owner = house.visitor(theirs.username) if change.owner == "owner" else visitors["doctor"]
        address = address_of(rule, ids)
        noted = len(audited(house))
        for who in (STRANGERS[role] for role in roles if role in STRANGERS):
            assert ask(visitors[who], change, address, ids).status_code in REFUSED, (who, change)
        answer = ask(owner, change, address, ids)
        assert answer.status_code in DONE, (change, answer.text)
        if change.owner == "doctor":
            assert house.login_id("amara.okafor") in audited(house, noted), ("what staff does is noted", change)
        made |= dict.fromkeys(change.keeps, answer.json["id"] if change.keeps and answer.json else 0)


def test_every_change_with_an_id_is_refused_to_strangers(
    house: House, theirs: Belongings, visitors: dict[str, Visitor]
) -> None:
    own = {change.key for change in CHANGES}
    for method, rule, roles in routes(house, *METHODS):
        strangers = [STRANGERS[role] for role in roles if role in STRANGERS]
        key = method, rule.rule
        if not rule.arguments or rule.rule in OPEN or not strangers or key in own:
            continue
        assert key in ELSEWHERE, f"{key} needs a body with which its owner succeeds, in tests/security/changes.py"
        for who in strangers:
            address, body = address_of(rule, theirs.ids), PAYMENT if rule.rule.startswith(V1) else None
            answer = visitors[who].client.open(address, method=method, headers=csrf_of(visitors[who]), json=body)
            assert answer.status_code in REFUSED, (who, key)


def audited(house: House, after: int = 0) -> list[str]:
    """Return who is named by the entries of the audit, without the first ones."""
    with house.services.database.read() as session:
        return list(session.scalars(select(AuditEntry.who).order_by(AuditEntry.id)))[after:]


def free_time(house: House) -> str:
    """Return when `DOCTOR` is free, far enough ahead for everybody to have a time of their own."""
    with house.services.database.read() as session:
        return free_slots(session, docid=DOCTOR, now=house.clock.now, zone=ZONE)[-1].starts_at.isoformat()


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
