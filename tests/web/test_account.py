"""Signing in and out."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.clinic import audit, lockout
from app.clinic.models import Login, LoginSession
from app.clinic.secret_texts import digest
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


def test_a_cookie_that_was_planted_is_not_signed_in_with_its_victim(house: House, username: str) -> None:
    victim, attacker = house.visitor(), house.visitor()
    attacker.open("/login")
    with attacker.client.session_transaction() as planted, victim.client.session_transaction() as session:
        session.update(planted)
    assert victim.sign_in(username, PASSWORD).path == "/dashboard"
    assert attacker.open("/dashboard").path == "/login"


def test_signing_in_as_somebody_else_ends_the_session_of_before(house: House, username: str) -> None:
    visitor, copy = house.visitor(username), house.visitor()
    with visitor.client.session_transaction() as session, copy.client.session_transaction() as copied:
        copied.update(session)
    token = dict(visitor.open("/dashboard").form().form_values())
    visitor.post("/login", {**token, "username": house.add_patient(), "password": PASSWORD})
    assert visitor.open("/dashboard").path == "/dashboard"
    assert copy.open("/dashboard").path == "/login"


@pytest.mark.parametrize("path", ["/login", "/account/sign-up", "/account/forgotten-password"])
def test_forms_for_everybody_are_refused_too_when_another_site_sends_them(house: House, path: str) -> None:
    answer = house.visitor().post(
        path, {"username": "admin", "password": PASSWORD, "email": "a@b.example", "name": "a"}
    )
    assert (answer.status, "did not come from this site" in answer.text) == (400, True)


def test_signing_out_ends_the_session(house: House, username: str) -> None:
    visitor = house.visitor(username)
    token = dict(visitor.open("/dashboard").form().form_values())
    page = visitor.post("/logout", token)
    assert page.path == "/login"
    assert visitor.open("/dashboard").path == "/login"


def test_a_copied_cookie_is_of_no_use_after_signing_out(house: House, username: str) -> None:
    visitor, thief, elsewhere = house.visitor(username), house.visitor(), house.visitor(username)
    with visitor.client.session_transaction() as session, thief.client.session_transaction() as copy:
        copy.update(session)
    assert thief.open("/dashboard").path == "/dashboard"
    visitor.post("/logout", dict(visitor.open("/dashboard").form().form_values()))
    assert thief.open("/dashboard").path == "/login"
    assert elsewhere.open("/dashboard").path == "/dashboard"


def test_the_cookie_holds_nothing_that_stands_in_the_database(house: House, username: str) -> None:
    visitor = house.visitor()
    visitor.sign_in(username, PASSWORD)
    with visitor.client.session_transaction() as cookie, house.services.database.read() as session:
        kept = session.scalars(select(LoginSession)).all()
        assert all(cookie["_user_id"] != each.digest for each in kept)
        assert digest(cookie["_user_id"]) in {each.digest for each in kept}


def test_a_session_ends_some_days_after_signing_in(house: House, username: str) -> None:
    client = strict(house)
    assert attempt(client, username, PASSWORD).status_code == 303
    assert client.get("/dashboard", base_url=HTTPS).status_code == 200
    house.clock.advance(days=7)
    assert client.get("/dashboard", base_url=HTTPS).status_code == 302


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


@pytest.mark.parametrize("known", [True, False])
def test_who_fails_too_often_has_to_wait_longer_each_time(house: House, username: str, known: bool) -> None:
    client, name = strict(house), username if known else f"no.{username}"
    assert [attempt(client, name, "wrong").status_code for _ in range(6)] == [401] * 5 + [429]
    for minutes in (1, 2, 4):
        refused = attempt(client, name, PASSWORD)
        assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)
        assert f"Try again in {minutes} minute" in refused.text
        house.clock.advance(minutes=minutes)
        assert attempt(client, name, "wrong").status_code == 401
    house.clock.advance(minutes=8)
    assert attempt(client, name, PASSWORD).status_code == (303 if known else 401)


def test_signing_in_lets_failures_be_forgotten(house: House, username: str) -> None:
    client = strict(house)
    for _ in range(2):
        assert [attempt(client, username, "wrong").status_code for _ in range(4)] == [401] * 4
        assert attempt(client, username, PASSWORD).status_code == 303
        client.delete_cookie("dams_session")


def test_a_stranger_elsewhere_does_not_lock_the_owner_out_easily(house: House, username: str) -> None:
    client = strict(house, trusted_proxies=1)
    for _ in range(7):
        attempt(client, username, "wrong", "192.0.2.99")
    assert attempt(client, username, "wrong", "192.0.2.99").status_code == 429
    assert attempt(client, username, PASSWORD, "192.0.2.98").status_code == 303


def fail(house: House, username: str, address: str) -> None:
    """Fail to sign in once, without the slow hash."""
    with house.services.database.write() as session:
        assert lockout.begin(session, username=username, address=address, now=house.clock.now) is None


def test_many_addresses_together_do_not_guess_one_password(house: House, username: str) -> None:
    client = strict(house, trusted_proxies=1)
    for number in range(25):
        fail(house, username, f"198.51.100.{number}")
    assert attempt(client, username, PASSWORD, "198.51.100.99").status_code == 429


def test_one_address_does_not_try_many_names(house: House, username: str) -> None:
    client = strict(house, trusted_proxies=1)
    for number in range(50):
        fail(house, f"nobody.{number}", "203.0.113.7")
    assert attempt(client, username, PASSWORD, "203.0.113.7").status_code == 429


def test_a_flood_of_attempts_is_stopped_before_anything_is_asked(house: House) -> None:
    client = strict(house, trusted_proxies=1)
    answers = [attempt(client, f"nobody.{number}", "wrong", "203.0.113.9").status_code for number in range(31)]
    assert answers == [401] * 30 + [429]


@pytest.mark.parametrize(("trusted_proxies", "last"), [(0, 429), (1, 401)])
def test_the_address_that_a_proxy_names_counts_only_if_it_is_trusted(
    house: House, username: str, trusted_proxies: int, last: int
) -> None:
    client = strict(house, trusted_proxies)
    answers = [attempt(client, username, "wrong", f"192.0.2.{number}").status_code for number in range(6)]
    assert answers == [401] * 5 + [last]


def test_cookies_of_a_service_behind_https_are_sent_over_nothing_else(house: House) -> None:
    answer = strict(house).get("/login", base_url=HTTPS)
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax"))
    assert "max-age=" in answer.headers["Strict-Transport-Security"]
