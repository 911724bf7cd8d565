"""Signing in and out."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.clinic import audit
from app.clinic.models import Login
from app.web import WebConfig, create_app
from tests.house import CHEAP, PASSWORD, House
from tests.visitor import Page, Visitor

ATTACKS = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "javascript:alert(1)",
    "evil",
    "/\t/evil.example",
]


@pytest.fixture
def username(house: House) -> str:
    return house.add_patient()


def change(house: House, username: str, **values: object) -> None:
    with house.services.database.write() as session:
        login = session.scalars(select(Login).where(Login.username == username)).one()
        for name, value in values.items():
            setattr(login, name, value)


def test_the_right_password_leads_to_the_dashboard(house: House, username: str) -> None:
    page = house.visitor().sign_in(username, PASSWORD)
    assert (page.status, page.path) == (200, "/dashboard")
    assert "Vera Novak" in page.text


def test_a_user_name_is_read_without_case_and_outer_spaces(house: House, username: str) -> None:
    assert house.visitor().sign_in(f" {username.upper()} ", PASSWORD).path == "/dashboard"


@pytest.mark.parametrize(("name", "password"), [("known", "wrong"), ("nobody", PASSWORD), ("known", PASSWORD + " ")])
def test_a_wrong_pair_is_refused_without_saying_which_part(
    house: House, username: str, name: str, password: str
) -> None:
    page = house.visitor().sign_in(username if name == "known" else name, password)
    assert page.status == 401
    assert "This user name and this password do not belong together." in page.text
    assert page.html.xpath("//*[@role='alert']")


def test_missing_entries_are_asked_for_and_the_name_is_kept(house: House, username: str) -> None:
    page = house.visitor().sign_in(username, "")
    assert page.status == 422
    assert page.chosen("username") == [username]


def test_a_closed_account_cannot_sign_in(house: House, username: str) -> None:
    change(house, username, active=False)
    assert house.visitor().sign_in(username, PASSWORD).status == 401


def test_a_session_ends_when_the_account_is_closed(house: House, username: str) -> None:
    visitor = house.visitor(username)
    change(house, username, active=False)
    assert visitor.open("/dashboard").path == "/login"


def test_a_session_ends_when_the_password_changes(house: House, username: str) -> None:
    visitor = house.visitor(username)
    change(house, username, password_hash=CHEAP.hash("a new password"))
    assert visitor.open("/dashboard").path == "/login"


def test_signing_in_goes_on_to_the_page_that_was_asked_for(house: House, username: str) -> None:
    visitor = house.visitor()
    page = visitor.sign_in(username, PASSWORD, "/doctor/expertise?booking=none")
    assert page.address == "/doctor/expertise?booking=none"


@pytest.mark.parametrize("target", ATTACKS)
def test_signing_in_never_leads_to_another_site(house: House, username: str, target: str) -> None:
    visitor = house.visitor()
    page = visitor.open("/login")
    token = dict(page.form().form_values())
    answer = visitor.client.post(
        "/login", query_string={"next": target}, data={**token, "username": username, "password": PASSWORD}
    )
    assert (answer.status_code, answer.location) == (303, "/dashboard")


def test_signing_in_begins_a_new_session(house: House, username: str) -> None:
    visitor = house.visitor()
    with visitor.client.session_transaction() as session:
        session["planted"] = "before"
    visitor.sign_in(username, PASSWORD)
    with visitor.client.session_transaction() as session:
        assert "planted" not in session


def test_signing_out_ends_the_session(house: House, username: str) -> None:
    visitor = house.visitor(username)
    token = dict(visitor.open("/dashboard").form().form_values())
    page = visitor.post("/logout", token)
    assert page.path == "/login"
    assert visitor.open("/dashboard").path == "/login"


def test_a_copied_cookie_is_of_no_use_after_signing_out(house: House, username: str) -> None:
    visitor, thief = house.visitor(username), house.visitor(username)
    assert thief.open("/dashboard").path == "/dashboard"
    visitor.post("/logout", dict(visitor.open("/dashboard").form().form_values()))
    assert thief.open("/dashboard").path == "/login"
    assert house.visitor(username).open("/dashboard").path == "/dashboard"


def test_signing_in_is_in_the_audit(house: House, username: str) -> None:
    house.visitor().sign_in(username, PASSWORD)
    login_id = house.login_id(username)
    with house.services.database.read() as session:
        actions = [entry.action for entry in audit.list_entries(session, subject=login_id)]
    assert actions == ["signed in"]


def test_a_hash_of_an_older_cost_is_made_anew(house: House, username: str) -> None:
    house.visitor().sign_in(username, PASSWORD)
    with house.services.database.read() as session:
        login = session.scalars(select(Login).where(Login.username == username)).one()
        assert CHEAP.outdated(login.password_hash)


def test_who_is_signed_in_is_not_asked_again(patient: Visitor) -> None:
    assert patient.open("/login").path == "/dashboard"


HTTPS = "https://localhost"


def strict(house: House, trusted_proxies: int = 0) -> FlaskClient:
    """A browser before the house behind HTTPS, which counts attempts to sign in."""
    config = WebConfig("secret", secure_cookies=True, trusted_proxies=trusted_proxies)
    return create_app(house.services, config).test_client()


def attempt(client: FlaskClient, username: str, password: str, address: str = "") -> TestResponse:
    """Try to sign in, as a proxy before the service would forward it."""
    form = Page(client.get("/login", base_url=HTTPS)).form()
    data = {**dict(form.form_values()), "username": username, "password": password}
    headers = {"Referer": f"{HTTPS}/login", "X-Forwarded-For": address}
    return client.post("/login", base_url=HTTPS, data=data, headers=headers)


def test_too_many_attempts_are_stopped_the_right_password_too(house: House, username: str) -> None:
    client = strict(house)
    assert [attempt(client, username, "wrong").status_code for _ in range(11)] == [401] * 10 + [429]
    right = attempt(client, username, PASSWORD)
    assert right.status_code == 429
    assert "Too many attempts" in right.text
    assert int(right.headers["Retry-After"]) > 0


def test_attempts_for_one_name_do_not_stop_another(house: House, username: str) -> None:
    client = strict(house)
    for _ in range(11):
        attempt(client, "somebody.else", "wrong")
    assert attempt(client, username, PASSWORD).status_code == 303


@pytest.mark.parametrize(("trusted_proxies", "last"), [(0, 429), (1, 401)])
def test_the_address_that_a_proxy_names_counts_only_if_it_is_trusted(
    house: House, username: str, trusted_proxies: int, last: int
) -> None:
    client = strict(house, trusted_proxies)
    answers = [attempt(client, username, "wrong", f"192.0.2.{number}").status_code for number in range(11)]
    assert answers == [401] * 10 + [last]


def test_cookies_of_a_service_behind_https_are_sent_over_nothing_else(house: House) -> None:
    answer = strict(house).get("/login", base_url=HTTPS)
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax"))
    assert "max-age=" in answer.headers["Strict-Transport-Security"]
