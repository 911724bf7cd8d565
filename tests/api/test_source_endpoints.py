"""The addresses of the source documents, walked along the table of `docs/endpoints.md`."""

import re
from pathlib import Path

import pytest

from tests.api.program import Program
from tests.house import House

TABLE = Path(__file__).parents[2] / "docs" / "endpoints.md"
ROW = re.compile(r"^\| \w+ \| (GET|POST|DELETE) \| (.+?) \|", re.MULTILINE)
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
OTHER_METHODS = {"/appointment/doctor": {"PATCH"}}
"""What an address takes besides."""


def rows() -> list[tuple[str, str]]:
    """Return the method and the address of each row."""
    return [
        (method, address) for method, cell in ROW.findall(TABLE.read_text()) for address in re.findall("`(.+?)`", cell)
    ]


def test_the_table_has_every_endpoint() -> None:
    assert len(rows()) == 14


@pytest.mark.parametrize(("method", "address"), rows())
def test_an_address_takes_its_method_and_names_it_to_others(house: House, method: str, address: str) -> None:
    client = house.app.test_client()
    taken = {method} | OTHER_METHODS.get(address, set())
    for wrong in METHODS - taken:
        answer = client.open(address, method=wrong)
        assert answer.status_code == 405, wrong
        assert taken <= {each.strip() for each in answer.headers["Allow"].split(",")}
        assert answer.mimetype == "application/problem+json"
        assert answer.json is not None
        assert answer.json["detail"] == f"This address takes {' and '.join(sorted(taken))}, not {wrong}."


@pytest.mark.parametrize(("method", "address"), rows())
def test_an_address_is_there_for_those_who_may_use_it(
    house: House, program: Program, method: str, address: str
) -> None:
    answer = program.client.open(address, method=method, headers=program.headers)
    assert answer.status_code not in {404, 405, 500}
    if address != "/login/user/add":  # patients sign up without an account
        assert house.app.test_client().open(address, method=method).status_code == 401


@pytest.mark.parametrize("prefix", ["", "/ch08"])
def test_the_addresses_of_the_report_answer_with_and_without_their_project(program: Program, prefix: str) -> None:
    listed = program.get(f"{prefix}/login/list/all")
    assert listed.status_code == 200
    assert listed.json is not None
    assert {"username", "role"} <= set(listed.json["records"][0])
    assert "password" not in str(listed.json)
    counted = program.get(f"{prefix}/login/report/count", login_count=20)
    assert counted.json is not None
    assert counted.json["message"].endswith("there are 20 users.")
