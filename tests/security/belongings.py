"""Somebody with everything that an address can name, and with names that try to become markup."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from pathlib import Path

from werkzeug.routing import Rule

from app.clinic import (
    account_requests,
    diagnoses,
    laboratory,
    notices,
    oauth,
    one_time_links,
    people,
    tokens,
    waiting_list,
)
from app.clinic.appointments import reserve
from app.clinic.availability import add_leave, list_weekly_breaks, list_weekly_hours
from app.clinic.models import LinkPurpose, Role, Scope
from app.clinic.slots import free_slots
from app.clinic.tickets import new_ticket
from app.web.access import admitted
from tests.house import ZONE, House
from tests.visitor import Visitor
from workflows.engine import Resource, TaskQuery

MARKUP = "\"'><img src=x onerror=alert(1)>"
"""What would be an element of its own where it is not escaped."""

RAW = "<img src=x"
DOCTOR, OTHER_DOCTOR = "HSP-200", "HSP-202"
ERRAND = Path(__file__).parents[1] / "web" / "diagrams" / "errand.bpmn"


@dataclass(frozen=True, slots=True)
class Belongings:
    """A patient of `DOCTOR`, and the ids of what is theirs by the names that addresses have for them."""

    username: str
    ids: dict[str, str | int]


def nasty_diagram(username: str) -> bytes:
    """Return a diagram whose names are markup, and whose first task is this person's."""
    name = escape(MARKUP)
    text = ERRAND.read_text().replace('name="Errand"', f'name="{name}"').replace('name="Approve"', f'name="{name}"')
    text = text.replace('camunda:candidateGroups="doctor"', f'camunda:assignee="{username}"')
    text = text.replace('label="Copies"', f'label="{name}"').replace('name="Blue"', f'name="{name}"')
    return text.replace("Ask &lt;b&gt;everything&lt;/b&gt;", name).encode()


def belongings(house: House, free: int = 3) -> Belongings:
    """Let somebody have everything; their appointment takes this one of the free times, which is today."""
    username, now = house.add_patient(MARKUP), house.clock.now
    login_id, away = house.login_id(username), now + timedelta(days=200, hours=2 * next(house.numbers))
    ids: dict[str, str | int] = {"docid": DOCTOR, "login_id": login_id}
    with house.services.database.write() as session:
        patientid = people.patient_of_login(session, login_id=login_id).patientid
        slot = free_slots(session, docid=DOCTOR, now=now, zone=ZONE)[free]
        ticketid = new_ticket()
        reserve(
            session,
            ticketid=ticketid,
            docid=DOCTOR,
            patientid=patientid,
            starts_at=slot.starts_at,
            priority_level=3,
            now=now,
            zone=ZONE,
        )
        diagnosis = diagnoses.record(
            session, docid=DOCTOR, patientid=patientid, narrative=MARKUP, resolution=MARKUP, now=now, by="tests"
        )
        asked = laboratory.request_test(session, docid=DOCTOR, patientid=patientid, details=MARKUP, now=now, by="tests")
        notice = notices.notify(
            session, login_id=login_id, subject=MARKUP, body=MARKUP, key=f"tests {username}", now=now
        )
        entry = waiting_list.join(
            session, patientid=patientid, until=now + timedelta(days=9), now=now, by="tests", docid=DOCTOR
        )
        lasts = timedelta(days=30)
        token, _ = tokens.create(
            session, login_id=login_id, name=MARKUP, scopes=[Scope.READ_CLINIC], lifetime=lasts, now=now
        )
        client, _ = oauth.register(
            session,
            owner_id=house.login_id("admin"),
            name=MARKUP,
            confidential=True,
            acts_alone=False,
            redirect_uris="https://calendar.example/back",
            scopes=[Scope.READ_CLINIC],
            now=now,
        )
        grant = oauth.allow(
            session,
            code=f"code of {username}",
            client_id=client.id,
            login_id=login_id,
            scopes=[Scope.READ_CLINIC],
            redirect_uri=client.redirect_uris,
            challenge="c" * 43,
            now=now,
        )
        link = one_time_links.make(
            session, purpose=LinkPurpose.STAFF, address=f"{username}@example.org", now=now, lifetime=lasts
        )
        profile = dict.fromkeys(account_requests.ASKED, MARKUP) | {"mobile": "+49 40 5550100"}
        wanted = account_requests.ask(
            session, text=link, username=f"asks.{username}", profile=profile, message=MARKUP, now=now
        )
        hours = list_weekly_hours(session, docid=DOCTOR)[0].id
        pauses = list_weekly_breaks(session, docid=DOCTOR)
        leave = add_leave(
            session,
            docid=DOCTOR,
            starts_at=away,
            ends_at=away + timedelta(hours=1),
            reason=MARKUP,
        )
        ids |= {
            "patientid": patientid,
            "ticketid": ticketid,
            "diagnosis_id": diagnosis.id,
            "request_id": asked.id,
            "notice_id": notice.id,
            "entry_id": entry.id,
            "token_id": token.id,
            "client_id": client.id,
            "grant_id": grant.id,
            "row_id": hours,
            "hours_id": hours,
            "break_id": pauses[0].id if pauses else 1,
            "leave_id": leave.id,
            "account_request_id": wanted.id,
        }
    deployment = house.engine.deploy([Resource("nasty.bpmn", nasty_diagram(username))])
    instance = house.engine.start("Errand", by=login_id, variables={"subject": MARKUP})
    (task,) = house.engine.tasks(TaskQuery(instance_id=instance.id))
    definition_id = deployment.definitions[0].id
    return Belongings(
        username,
        ids | {"instance_id": instance.id, "task_id": task.id, "process_id": "Errand", "definition_id": definition_id},
    )


KNOWN: dict[str, str | int] = {
    "slug": "expertise",
    "kind": "pdf",
    "filename": "site.css",
    "weekly": "hours",
    "role_name": "doctor",
    "report_id": "00000000-0000-4000-8000-000000000000",
}
"""What is needed for an address of its own kind; where nothing is known, `1` does."""


def address_of(rule: Rule, ids: dict[str, str | int]) -> str:
    """Return an address of a rule, with these ids in it."""
    built = rule.build({name: ids.get(name, KNOWN.get(name, "1")) for name in rule.arguments})
    assert built is not None, rule
    return built[1]


def routes(house: House, *methods: str) -> Iterator[tuple[str, Rule, frozenset[Role | None]]]:
    """Give the method, the rule and the admitted roles of everything that the service answers by these methods."""
    with house.app.app_context():
        found = [(rule, admitted(rule.endpoint)) for rule in house.app.url_map.iter_rules()]
    for rule, roles in found:
        for method in sorted((rule.methods or set()) & set(methods)):
            yield method, rule, roles


def csrf_of(visitor: Visitor) -> dict[str, str]:
    """Return the header with which a session may change something."""
    known = visitor.client.get("/api/v1/session").json
    assert known is not None
    return {"X-CSRFToken": known["csrf_token"]}
