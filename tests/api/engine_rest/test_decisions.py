"""Decisions over both REST interfaces: found, read, and evaluated."""

import json
from typing import Any

import pycamunda.decisiondef
import pytest

from app.clinic.models import Scope
from tests.api.conftest import token_of
from tests.api.engine_rest.test_bad_input import told
from tests.api.engine_rest.test_lists import ROOT, ok
from tests.api.program import Program
from tests.house import BPMN, House
from workflows.engine import Resource

PRICE = (BPMN / "dams_price.dmn").read_bytes()
KEY = "Decision_AppointmentPrice"
DOUBTFUL = PRICE.replace(b'"FIRST"', b'"UNIQUE"').replace(b'"Dermatology"', b'"Cardiology"')
"""Two rules are for cardiology, where only one may be."""


@pytest.fixture(scope="module")
def price(house: House) -> str:
    """The key of the newest version of the price of appointments; beside it there is a doubtful one."""
    doubtful = Resource("doubtful.dmn", DOUBTFUL.replace(KEY.encode(), b"Doubtful"))
    house.engine.deploy([Resource("price.dmn", PRICE), doubtful])
    return f"{KEY}:{house.engine.decisions(KEY)[0].version}"


def test_a_decision_is_found_and_evaluated(client: Program, price: str) -> None:
    path = f"{ROOT}/decision-definition"
    (found,) = ok(client.get(path, key=KEY, latestVersion="true"))
    assert (found["id"], found["name"], found["resource"]) == (price, "Price of an appointment", "dams_price.dmn")
    assert ok(client.get(f"{path}/{price}")) == ok(client.get(f"{path}/key/{KEY}")) == found
    assert ok(client.get(f"{path}/count", key=KEY, version=99)) == {"count": 0}
    assert ok(client.get(f"{path}/key/{KEY}/xml"))["dmnXml"].encode() == PRICE
    given = {"variables": {"specialization": {"value": "Dermatology", "type": "String"}}}
    for address in (f"{path}/{price}/evaluate", f"{path}/key/{KEY}/evaluate"):
        (row,) = ok(client.post(address, given))
        assert (row["price"]["value"], row["price"]["type"]) == (85, "Integer")


def test_the_client_of_python_evaluates_it(house: House, address: str, price: str) -> None:
    wanted = pycamunda.decisiondef.Evaluate(url=f"{address}/engine-rest", id_=price)
    wanted.add_variable(name="specialization", value="Cardiology")
    wanted.auth = ("admin", token_of(house, "admin", Scope.RUN_PROCESSES))
    (row,) = wanted()
    assert row["price"].value == 120


def test_camunda_8_finds_and_evaluates_it(client: Program, price: str) -> None:
    body = {"filter": {"decisionDefinitionId": KEY, "isLatestVersion": True}}
    (found,) = ok(client.post("/v2/decision-definitions/search", body))["items"]
    assert found == ok(client.get(f"/v2/decision-definitions/{price}"))
    assert client.get(f"/v2/decision-definitions/{price}/xml").data == PRICE
    for named in ({"decisionDefinitionId": KEY}, {"decisionDefinitionKey": price}):
        asked = {**named, "variables": {"specialization": "Dermatology"}}
        done = ok(client.post("/v2/decision-definitions/evaluation", asked))
        assert (json.loads(done["output"]), done["decisionDefinitionKey"]) == (85, price)
        assert done["evaluatedDecisions"][-1]["matchedRules"] == [{"ruleId": "Rule_Dermatology"}]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/unknown:1", None, 404),
        ("GET", "/unknown", None, 404),
        ("GET", "/key/unknown/xml", None, 404),
        ("GET", f"/{KEY}:999999999999999999999/xml", None, 404),
        ("GET", "?sortBy=key&sortOrder=asc", None, 400),
        ("POST", "/key/unknown/evaluate", {}, 404),
        ("POST", "/key/Doubtful/evaluate", {"variables": {"specialization": {"value": "Cardiology"}}}, 400),
        ("POST", f"/key/{KEY}/evaluate", {"variables": {"specialization": 5}}, 400),
    ],
)
@pytest.mark.usefixtures("price")
def test_what_is_wrong_is_told(client: Program, method: str, path: str, body: Any, status: int) -> None:
    found, said = told(client, method, f"/decision-definition{path}", body)
    assert (found, set(said)) == (status, {"type", "message", "code"}), said
