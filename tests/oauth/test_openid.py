"""People sign in at a provider of OpenID Connect, a real one over HTTP, and come back to the account they have here."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from joserfc.jwk import RSAKey
from sqlalchemy import func, select

from app.application import create_app
from app.clinic import audit, people
from app.clinic.models import Login, Patient, Role
from app.web import OpenIdConfig, WebConfig
from tests.house import LIFETIME, PASSWORD, House
from tests.servers.http import serving
from tests.servers.openid import Provider
from tests.visitor import Page, Visitor

ADDRESS = "/login/openid"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    """A provider over HTTP."""
    with serving() as (url, answer_with):
        provider = Provider(url)
        answer_with(provider.app())
        yield provider


@pytest.fixture
def provider(running: Provider) -> Iterator[Provider]:
    """The provider, as it should be to begin with."""
    yield running
    running.claims, running.published, running.named = {}, None, ""


def open_house(house: House, provider: Provider, **changes: Any) -> House:
    """Return the house with sign-in at the provider."""
    openid = OpenIdConfig(
        provider.url, provider.client_id, provider.client_secret, "Sign in at the hospital", **changes
    )
    config = WebConfig("a secret", openid=openid, rate_limits=False, longest_session=LIFETIME)
    return replace(house, app=create_app(house.services, config))


@pytest.fixture
def open_(house: House, provider: Provider) -> House:
    """The house with sign-in at the provider."""
    return open_house(house, provider)


def somebody(house: House) -> tuple[str, str]:
    """Add a patient who alone has their e-mail address; return the user name and the address."""
    username = house.add_patient()
    address = f"{username}@example.org"
    with house.services.database.write() as session:
        login = people.find_username(session, username=username)
        people.patient_of_login(session, login_id=login.id).email = address
    return username, address


def sent_back(visitor: Visitor, begin: str = ADDRESS) -> str:
    """Sign in at the provider; return the path with which it sends the browser back."""
    there = visitor.client.get(begin)
    assert there.status_code == 302, there.text
    back = requests.get(there.location, allow_redirects=False, timeout=60).headers["Location"]
    return back.removeprefix("http://localhost")


def sign_in(visitor: Visitor, begin: str = ADDRESS) -> Page:
    return visitor.open(sent_back(visitor, begin))


def test_somebody_signs_in_at_the_provider_and_comes_to_their_account(open_: House, provider: Provider) -> None:
    username, address = somebody(open_)
    provider.claims = {"email": address.upper(), "email_verified": True, "role": "administrator", "roles": [0]}
    visitor = open_.visitor()
    page = visitor.open("/login")
    assert page.link("Sign in at the hospital") == ADDRESS
    assert "Good day, Vera Novak" in sign_in(visitor).text
    account = visitor.open("/account").text
    assert username in account
    assert "patient" in account
    with open_.services.database.read() as session:
        entry = audit.list_entries(session, subject=open_.login_id(username))[0]
    assert (entry.action, entry.details) == ("signed in", {"by": "openid"})


def test_the_browser_goes_on_to_the_page_that_was_asked_for(open_: House, provider: Provider) -> None:
    _, address = somebody(open_)
    provider.claims = {"email": address, "email_verified": True}
    visitor = open_.visitor()
    page = visitor.open("/notices")
    assert sign_in(visitor, page.link("Sign in at the hospital")).path == "/notices"
    assert sign_in(open_.visitor(), f"{ADDRESS}?next=https://evil.example/").path == "/dashboard"


def test_the_provider_is_asked_with_state_nonce_and_challenge(open_: House, provider: Provider) -> None:
    for _ in range(2):
        sent_back(open_.visitor())
    first, second = provider.asked[-2:]
    assert first["code_challenge_method"] == "S256"
    assert first["scope"] == "openid email profile"
    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))


def test_a_session_of_before_does_not_become_somebody_else_s(open_: House, provider: Provider) -> None:
    _, address = somebody(open_)
    provider.claims = {"email": address, "email_verified": True}
    visitor = open_.visitor()
    visitor.open("/login")
    before = visitor.client.get_cookie("dams_session")
    sign_in(visitor)
    after = visitor.client.get_cookie("dams_session")
    assert before is not None
    assert after is not None
    assert before.value != after.value


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({}, 403),
        ({"email": "ADDRESS"}, 403),
        ({"email": "ADDRESS", "email_verified": False}, 403),
        ({"email": "ADDRESS", "email_verified": "true"}, 403),
        ({"email": ["ADDRESS"], "email_verified": True}, 403),
        ({"email": "nobody@example.org", "email_verified": True}, 403),
        ({"email": "vera@example.org", "email_verified": True}, 403),
        ({"email": "ADDRESS", "email_verified": True, "nonce": "another"}, 401),
        ({"email": "ADDRESS", "email_verified": True, "aud": "another"}, 401),
        ({"email": "ADDRESS", "email_verified": True, "iss": "https://evil.example"}, 401),
        ({"email": "ADDRESS", "email_verified": True, "exp": int(time.time()) - 3600}, 401),
    ],
)
def test_nobody_is_let_in_by_a_word_that_is_not_whole(
    open_: House, provider: Provider, claims: dict[str, object], status: int
) -> None:
    _, address = somebody(open_)
    for _ in range(2):
        open_.add_patient()  # there are several of this address
    texts = {"ADDRESS": address}
    provider.claims = {
        name: texts.get(value, value) if isinstance(value, str) else [address] if isinstance(value, list) else value
        for name, value in claims.items()
    }
    visitor = open_.visitor()
    page = sign_in(visitor)
    assert page.status == status
    assert page.link("Sign in") == "/login"
    assert visitor.open("/dashboard").path == "/login"


def test_a_signature_of_somebody_else_is_no_good(house: House, provider: Provider) -> None:
    _, address = somebody(house)
    provider.claims = {"email": address, "email_verified": True}
    provider.published = RSAKey.generate_key(2048, {"kid": "one"})
    assert sign_in(open_house(house, provider).visitor()).status == 401


def test_an_issuer_that_calls_itself_otherwise_is_not_asked(house: House, provider: Provider) -> None:
    provider.named = "https://evil.example"
    assert open_house(house, provider).visitor().open(ADDRESS).status == 502


def test_an_issuer_that_is_away_is_told(house: House, provider: Provider) -> None:
    away = open_house(house, Provider("http://127.0.0.1:9", key=provider.key))
    page = away.visitor().open(ADDRESS)
    assert (page.status, "can't be reached" in page.text) == (502, True)


def test_what_comes_back_is_good_for_the_browser_that_asked_and_once(open_: House, provider: Provider) -> None:
    _, address = somebody(open_)
    provider.claims = {"email": address, "email_verified": True}
    visitor = open_.visitor()
    path = sent_back(visitor)
    assert open_.visitor().open(path).status == 401
    assert visitor.open(path).path == "/dashboard"
    visitor.submit(visitor.open("/account"), form="/sign-out-everywhere")
    assert visitor.open(path).status == 401


@pytest.mark.parametrize("query", ["", "?error=access_denied", "?code=guessed&state=guessed", "?error=%22%3E%3Cb%3E"])
def test_what_was_not_asked_for_is_refused(open_: House, query: str) -> None:
    page = open_.visitor().open(f"{ADDRESS}/back{query}")
    assert page.status == 401
    assert "<b>" not in page.response.text


def test_a_closed_account_stays_closed(open_: House, provider: Provider) -> None:
    username, address = somebody(open_)
    provider.claims = {"email": address, "email_verified": True}
    with open_.services.database.write() as session:
        people.find_username(session, username=username).active = False
    assert sign_in(open_.visitor()).status == 403


def test_who_has_no_account_can_make_that_of_a_patient_where_the_settings_say_so(
    house: House, provider: Provider
) -> None:
    def count() -> int:
        with house.services.database.read() as session:
            return session.scalar(select(func.count()).select_from(Login)) or 0

    address = f"new.{next(house.numbers)}@example.org"
    provider.claims = {"email": address, "email_verified": True}
    before, visitor = count(), open_house(house, provider, new_patients=True).visitor()
    page = sign_in(visitor)
    assert (page.heading, address in page.text, count()) == ("Make your account", True, before)
    username = address.partition("@")[0]
    entered = {"username": username, "password": PASSWORD, "again": PASSWORD, "firstname": "Nora", "lastname": "Lind"}
    visitor.submit(page, {**entered, "mobile": "+49 40 5550111", "birthday": "1991-05-06"})
    with house.services.database.read() as session:
        login = people.find_username(session, username=username)
        patient = session.scalars(select(Patient).where(Patient.login_id == login.id)).one()
    assert (login.role, patient.email) == (Role.PATIENT, address)
    assert sign_in(visitor).path == "/dashboard"


def test_without_the_setting_there_is_nothing_to_sign_in_with(house: House) -> None:
    visitor = house.visitor()
    assert "openid" not in visitor.open("/login").response.text
    assert visitor.open(ADDRESS).status == 404
