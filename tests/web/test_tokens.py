"""People make and revoke their own API tokens."""

import pytest

from app.clinic import audit
from tests.api.program import Program
from tests.house import House
from tests.visitor import Page, Visitor

ADDRESS = "/account/tokens"
SESSION = "/api/v1/session"


def make(visitor: Visitor, name: str = "Calendar", **values: str) -> Page:
    """Make a token that reads the clinic."""
    entered = {"name": name, "scopes": "clinic:read", "lifetime": "30", **values}
    return visitor.submit(visitor.open(ADDRESS), entered, form=ADDRESS)


def text_of(page: Page) -> str:
    """Return the token that a page shows."""
    return str(page.html.xpath("string(//*[@class='token'])")).strip()


def test_a_token_is_shown_once_and_opens_the_api(house: House, patient: Visitor) -> None:
    page = make(patient)
    assert page.status == 201
    text = text_of(page)
    assert Program(house.app, text).get(SESSION).status_code == 200
    listing = patient.open(ADDRESS)
    assert "Calendar" in listing.text
    assert "last used 1 Jun 2026, 07:00 CEST" in listing.text
    assert text not in listing.response.text


def test_a_revoked_token_is_no_good(house: House, patient: Visitor) -> None:
    text = text_of(make(patient))
    page = patient.submit(patient.open(ADDRESS), form="/revoke")
    assert "The token Calendar is revoked." in page.text
    assert "You have no tokens." in page.text
    assert Program(house.app, text).get(SESSION).status_code == 401


def test_nobody_revokes_the_token_of_another(house: House, patient: Visitor) -> None:
    text = text_of(make(patient))
    other = house.visitor(house.add_patient())
    action = str(patient.open(ADDRESS).form("/revoke").action)
    page = make(other, "Own")
    csrf = str(other.open(ADDRESS).form("/revoke").fields["dams:csrf"])
    assert page.status == 201
    assert other.post(action, {"dams:csrf": csrf}).status == 404
    assert Program(house.app, text).get(SESSION).status_code == 200


@pytest.mark.parametrize("scope", ["maintenance", "processes:run", "everything"])
def test_a_token_does_not_open_more_than_its_owner_may_do(patient: Visitor, scope: str) -> None:
    assert "maintenance" not in patient.open(ADDRESS).options("scopes")
    assert make(patient, scopes=scope).status == 422
    assert "You have no tokens." in patient.open(ADDRESS).text


@pytest.mark.parametrize("missing", [{"name": ""}, {"scopes": ""}, {"lifetime": ""}, {"lifetime": "3660"}])
def test_what_is_missing_is_asked_for(patient: Visitor, missing: dict[str, str]) -> None:
    page = make(patient, **missing)
    assert page.status == 422
    assert page.html.xpath("//*[@id and contains(@id, '-error')]")


def test_an_expired_token_is_not_listed(house: House, patient: Visitor) -> None:
    make(patient, lifetime="7")
    house.clock.advance(days=7)
    assert "You have no tokens." in patient.open(ADDRESS).text


def test_making_and_revoking_are_in_the_audit(house: House) -> None:
    username = house.add_patient()
    visitor = house.visitor(username)
    make(visitor)
    visitor.submit(visitor.open(ADDRESS), form="/revoke")
    with house.services.database.read() as session:
        mine = [entry for entry in audit.list_entries(session) if entry.who == house.login_id(username)]
    assert [entry.action for entry in mine] == ["token revoked", "token made"]
    assert mine[0].subject == mine[1].subject
