"""Who may use Camunda's REST, and in which form it answers."""

import base64
import re
from pathlib import Path

import pytest

from app.clinic.models import Scope
from tests.api.conftest import token_of
from tests.api.program import Program
from tests.house import House

VERSION = "/engine-rest/version"
DOCUMENTATION = Path(__file__).parents[3] / "docs" / "camunda-rest.md"


def basic(username: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}


def test_a_token_is_the_password_of_its_owner_here_and_nowhere_else(house: House) -> None:
    token = token_of(house, "admin", Scope.READ_PROCESSES)
    client = house.app.test_client(use_cookies=False)
    answer = client.get(VERSION, headers=basic("admin", token))
    assert (answer.status_code, answer.json) == (200, {"version": "7.24.0"})
    assert client.get("/api/v1/session", headers=basic("admin", token)).status_code == 401
    for username, password in (("amara.okafor", token), ("admin", "correct horse battery"), ("admin", ""), ("", token)):
        assert client.get(VERSION, headers=basic(username, password)).status_code == 401


@pytest.mark.parametrize("header", ["", "Basic", "Basic ????", "Basic YWRtaW4=", "Bearer", "Bearer no", "Digest x"])
def test_without_credentials_the_modeler_is_told_to_ask_for_them(house: House, header: str) -> None:
    client = house.app.test_client(use_cookies=False)
    answer = client.get(VERSION, headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json.keys() == {"type", "message", "code"}
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_only_administrators_and_their_scopes_are_let_in(house: House) -> None:
    client = house.app.test_client(use_cookies=False)
    doctor = basic("amara.okafor", token_of(house, "amara.okafor", Scope.READ_CLINIC))
    reporter = basic("admin", token_of(house, "admin", Scope.REPORTS))
    for headers in (doctor, reporter):
        answer = client.get(VERSION, headers=headers)
        assert (answer.status_code, answer.mimetype) == (403, "application/json")


def test_errors_are_told_as_camunda_tells_them(client: Program) -> None:
    missing, wrong = client.get("/engine-rest/nothing"), client.post(VERSION)
    large = client.client.post("/engine-rest/deployment/create", data=b"x" * (6 * 1024 * 1024), headers=client.headers)
    for answer, status in ((missing, 404), (wrong, 405), (large, 413)):
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json is not None
        assert answer.json.keys() == {"type", "message", "code"}
    assert client.get("/nothing").mimetype == "text/html"


@pytest.mark.parametrize("origin", ["file://", "null", "https://elsewhere.example"])
def test_the_page_of_the_modeler_is_not_refused(client: Program, origin: str) -> None:
    headers = {**client.headers, "Origin": origin, "Accept": "application/json"}
    answer = client.client.get("/engine-rest/engine", headers=headers)
    assert (answer.status_code, answer.json) == (200, [{"name": "default"}])
    assert answer.headers["Content-Type"] == "application/json"


def test_the_modeler_finds_the_pages(house: House) -> None:
    answer = house.app.test_client().get("/.well-known/camunda-automation-platform/webapps")
    assert answer.json is not None
    assert answer.json.keys() == {"adminUrl", "cockpitUrl", "tasklistUrl"}


def test_every_address_is_in_the_documentation(house: House) -> None:
    told = set(re.findall(r"`(/[^`\s]+)`", DOCUMENTATION.read_text()))
    rules = [rule.rule for rule in house.app.url_map.iter_rules() if rule.rule.startswith("/engine-rest/")]
    served = {re.sub(r"<[^<>]*>", "{}", rule.removeprefix("/engine-rest")) for rule in rules}
    assert served <= {re.sub(r"\{\w+\}", "{}", address) for address in told}
