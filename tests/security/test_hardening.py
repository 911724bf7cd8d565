"""What holds everywhere: headers on every kind of answer, cookies, and a log that names nobody."""

import logging
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from app.application import create_app
from app.clinic.models import Scope
from app.web import WebConfig
from tests.api.conftest import token_of
from tests.house import PASSWORD, Clock, House, running_house
from tests.security.belongings import Belongings, csrf_of
from tests.visitor import Visitor

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


def answers(visitor: Visitor) -> Iterator[tuple[str, TestResponse]]:
    """Give an answer of each kind: pages, files, JSON, pictures, and what is refused."""
    for address in ("/", "/dashboard", "/login", "/static/site.css", "/static/nothing", "/nothing", "/api/v1/session"):
        yield address, visitor.client.get(address, base_url="https://localhost", buffered=True)
    for address in ("/api/v1/nothing", "/accounts", "/logout", "/engine-rest/version", "/oauth/token", "/healthz"):
        yield address, visitor.client.get(address, base_url="https://localhost", buffered=True)
    yield "POST /logout", visitor.client.post("/logout", base_url="https://localhost")
    yield "too long", visitor.client.post("/login", base_url="https://localhost", data={"x": "x" * 6_000_000})


def test_every_answer_tells_browsers_what_to_hold_us_to(house: House) -> None:
    app = create_app(house.services, WebConfig("secret", rate_limits=False, secure_cookies=True))
    for address, answer in answers(Visitor(app)):
        headers = answer.headers
        assert {name: headers.get(name) for name in SAFE} == SAFE, address
        assert headers["Strict-Transport-Security"].startswith("max-age=31"), address
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, address
        assert "unsafe" not in policy, address
        assert "frame-ancestors 'none'" in policy, address


def test_cookies_go_over_https_alone_and_to_no_script(house: House) -> None:
    app = create_app(house.services, WebConfig("secret", rate_limits=False, secure_cookies=True))
    username = house.add_patient()
    visitor = Visitor(app)
    page = visitor.client.get("/login", base_url="https://localhost")
    words = {word.strip() for word in page.headers["Set-Cookie"].split(";")}
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= words
    assert username not in page.headers["Set-Cookie"]


def test_the_log_names_nobody_and_tells_no_secret(
    house: House, theirs: Belongings, caplog: pytest.LogCaptureFixture
) -> None:
    username = house.add_patient("Wolkenstein")
    address, link = "quiet.reader@example.org", "/account/sign-up"
    with caplog.at_level(logging.DEBUG):
        visitor = Visitor(house.app)
        visitor.sign_in(username, "a wrong password")
        visitor.sign_in("nobody.known", PASSWORD)
        visitor.sign_in(username, PASSWORD)
        cookie = visitor.client.get_cookie("dams_session")
        for path in ("/dashboard", "/account", "/notices", f"/tasks/{theirs.ids['task_id']}", "/nothing"):
            visitor.open(path)
        visitor.submit(visitor.open(link), {"email": address})
        visitor.client.post("/notices/read", headers=csrf_of(visitor))
        token = token_of(house, username, Scope.READ_CLINIC)
        visitor.client.get("/api/v1/session", headers={"Authorization": f"Bearer {token}"})
        visitor.client.post("/oauth/token", data={"client_id": "x", "client_secret": "a secret of x"})
        treating = house.visitor("amara.okafor")
        treating.open(f"/patients/{theirs.ids['patientid']}")
    assert cookie is not None
    told = [*caplog.messages, caplog.text]
    hidden = ("Wolkenstein", "vera@example.org", address, PASSWORD, "a wrong password", token, cookie.value)
    for secret in (*hidden, "a secret of x", username, "onerror"):
        assert not [line for line in told if secret in line], secret
    assert "a sign-in was refused" in caplog.text
    assert "127.0.0.1" not in caplog.text


def test_an_error_of_the_database_names_nobody_in_the_log(
    template: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, address = tmp_path / "dams.db", "quiet.reader@example.org"
    shutil.copyfile(template, path)
    with sqlite3.connect(path) as broken:
        broken.execute("ALTER TABLE mail RENAME TO lost")
    broken.close()
    with running_house(path, Clock()) as house:
        visitor = house.visitor()
        page = visitor.submit(visitor.open("/account/sign-up"), {"email": address})
    assert page.status == 503
    assert "no such table: mail" in caplog.text
    assert address not in caplog.text + page.response.text.replace(f'value="{address}"', "")
