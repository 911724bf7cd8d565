"""Which sites' pages may call the API from a browser."""

import pytest
from flask import Flask

from app.application import create_app
from app.clinic.models import Scope
from app.web import WebConfig
from tests.api.conftest import token_of
from tests.house import House

SITE, OTHER = "https://app.example", "https://evil.example"
SESSION = "/api/v1/session"
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture(scope="module")
def app(house: House) -> Flask:
    """The application with one site that may call."""
    return create_app(house.services, WebConfig("secret", rate_limits=False, cors_origins=(SITE,)))


def preflight(app: Flask, address: str, origin: str, method: str = "GET") -> dict[str, str]:
    """Ask as browsers do before they call; return the headers of the answer."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization",
    }
    return dict(app.test_client().options(address, headers=headers).headers)


def test_the_page_of_a_named_site_calls_with_a_token(house: House, app: Flask) -> None:
    asked = preflight(app, "/api/v1/messages", SITE, "POST")
    assert asked[ALLOWED] == SITE
    assert "POST" in asked["Access-Control-Allow-Methods"]
    assert asked["Access-Control-Allow-Headers"].lower() == "authorization"
    headers = {"Origin": SITE, "Authorization": f"Bearer {token_of(house, 'admin', Scope.REPORTS)}"}
    answer = app.test_client().get(SESSION, headers=headers)
    assert (answer.status_code, answer.headers[ALLOWED]) == (200, SITE)
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_errors_can_be_read_there_too(app: Flask) -> None:
    answer = app.test_client().get(SESSION, headers={"Origin": SITE})
    assert (answer.status_code, answer.headers[ALLOWED]) == (401, SITE)


@pytest.mark.parametrize("origin", [OTHER, f"{SITE}.evil.example", "http://app.example", "null"])
def test_no_other_site_may(app: Flask, origin: str) -> None:
    assert ALLOWED not in preflight(app, SESSION, origin)
    assert ALLOWED not in app.test_client().get(SESSION, headers={"Origin": origin}).headers


@pytest.mark.parametrize("address", ["/dashboard", "/login", "/oauth/token", "/login/list/all", "/apiary"])
def test_nothing_but_the_api_is_called_from_there(app: Flask, address: str) -> None:
    assert ALLOWED not in preflight(app, address, SITE)
    assert ALLOWED not in app.test_client().get(address, headers={"Origin": SITE}).headers


def test_without_the_setting_nobody_may(house: House) -> None:
    assert ALLOWED not in preflight(house.app, SESSION, SITE)


def test_asking_first_tells_nothing_else(app: Flask) -> None:
    assert app.test_client().options(SESSION).status_code == 401
    assert app.test_client().options("/dashboard", headers={"Access-Control-Request-Method": "GET"}).status_code == 401
