"""Who may see what: nothing without being admitted. `test_url_map.py` has the table."""

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.clinic.models import Role
from app.web.access import admitted, mark_of
from tests.house import House
from tests.visitor import Visitor

_EXAMPLES = {
    "report_id": "00000000-0000-0000-0000-000000000000",
    "slug": "expertise",
    "kind": "pdf",
    "notice_id": "1",
    "filename": "site.css",
    "weekly": "hours",
}


def pages(app: Flask) -> list[Rule]:
    """Return the rules of what people open: those for programs are in `tests/api`."""
    with app.app_context():
        return [rule for rule in app.url_map.iter_rules() if not mark_of(rule.endpoint).scopes]


def rules(app: Flask, method: str) -> list[Rule]:
    """Return the rules of pages that answer a method, and only to those who are signed in."""
    with app.app_context():
        return [rule for rule in pages(app) if method in (rule.methods or ()) and None not in admitted(rule.endpoint)]


def address(rule: Rule) -> str:
    parts = {name: _EXAMPLES.get(name, "1") for name in rule.arguments}
    built = rule.build(parts)
    assert built is not None
    return built[1]


def test_every_page_says_whom_it_admits(house: House) -> None:
    with house.app.app_context():
        unmarked = {rule.endpoint for rule in house.app.url_map.iter_rules() if not admitted(rule.endpoint)}
    assert unmarked == set()


def test_a_page_without_a_mark_is_refused_even_to_an_administrator(house: House, administrator: Visitor) -> None:
    view = house.app.view_functions["health.check"]
    house.app.view_functions["health.check"] = lambda: "nobody said who may see this"
    try:
        assert administrator.open("/healthz").status == 403
    finally:
        house.app.view_functions["health.check"] = view


def test_pages_lead_those_who_are_not_signed_in_to_signing_in(house: House) -> None:
    visitor = house.visitor()
    for rule in rules(house.app, "GET"):
        answer = visitor.client.get(address(rule))
        assert answer.status_code == 302, rule.endpoint
        assert answer.location.startswith("/login?next="), rule.endpoint


def test_forms_of_those_who_are_not_signed_in_are_refused(house: House) -> None:
    visitor = house.visitor()
    for rule in rules(house.app, "POST"):
        assert visitor.client.post(address(rule)).status_code == 401, rule.endpoint


def test_forms_that_are_not_ours_are_refused(
    house: House, administrator: Visitor, doctor: Visitor, patient: Visitor
) -> None:
    visitors = {Role.ADMINISTRATOR: administrator, Role.DOCTOR: doctor, Role.PATIENT: patient}
    for rule in rules(house.app, "POST"):
        with house.app.app_context():
            admits = admitted(rule.endpoint)
        somebody = next(visitor for role, visitor in visitors.items() if role in admits)
        answer = somebody.client.post(address(rule), data={"dams:csrf": "guessed"})
        assert answer.status_code == 400, rule.endpoint
        assert "did not come from this site" in answer.text


@pytest.mark.parametrize("username", ["amara.okafor", "patient"])
def test_processes_are_not_for_other_roles(house: House, username: str) -> None:
    visitor = house.visitor(house.add_patient() if username == "patient" else username)
    page = visitor.open("/desk/definitions")
    assert page.status == 403
    assert page.heading == "This page is not for you"
    assert "Desk" not in visitor.open("/dashboard").text


def test_nothing_changes_by_a_get(house: House, patient: Visitor) -> None:
    for rule in house.app.url_map.iter_rules():
        both = {"GET", "POST"} <= (rule.methods or set())
        asks = rule.endpoint.startswith("engine_rest_")  # in Camunda's REST a long question comes by POST
        assert asks or not both, f"{rule.endpoint} answers GET and POST with one view"
    assert patient.client.get("/doctor/appointments/new").status_code == 405
