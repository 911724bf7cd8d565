"""How programs are told what went wrong."""

import pytest

from tests.api.program import Program
from tests.house import House

MISSING = "/api/v1/nothing"
INSTANCES = "/api/v1/process-instances"


def test_an_unknown_address_is_a_problem_under_the_api_and_a_page_elsewhere(house: House, program: Program) -> None:
    answer = program.get(MISSING)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.json is not None
    assert set(answer.json) == {"type", "title", "status", "detail"}
    assert house.visitor().client.get("/nothing").mimetype == "text/html"


def test_a_wrong_method_names_the_right_one(program: Program) -> None:
    answer = program.get("/api/v1/messages")
    assert answer.status_code == 405
    assert {method.strip() for method in answer.headers["Allow"].split(",")} == {"OPTIONS", "POST"}
    assert answer.json is not None
    assert answer.json["detail"] == "This address takes POST, not GET."


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"process_id"}),
        ({"process_id": ""}, {"process_id"}),
        ({"process_id": 7, "variables": []}, {"process_id", "variables"}),
        ({"process_id": "p", "role": 0}, {"role"}),
    ],
)
def test_refused_fields_are_named(program: Program, body: dict[str, object], fields: set[str]) -> None:
    answer = program.post(INSTANCES, body)
    assert answer.status_code == 422
    assert answer.json is not None
    assert {error["field"] for error in answer.json["errors"]} == fields


def test_what_is_no_json_is_refused(program: Program) -> None:
    headers = {**program.headers, "Content-Type": "application/json"}
    answer = program.client.post(INSTANCES, data=b'{"process_id', headers=headers)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_the_engine_says_why_it_refuses(program: Program) -> None:
    answer = program.get(f"{INSTANCES}/nothing")
    assert answer.status_code == 404
    assert answer.json is not None
    assert "nothing" in answer.json["detail"]


@pytest.mark.parametrize("text", ["\0", "x" * 600, "\ud800"])
def test_texts_that_no_database_keeps_are_refused(program: Program, text: str) -> None:
    body = {"name": text, "correlation_key": "1"}
    assert program.post("/api/v1/messages", body).status_code == 422
    assert program.post(INSTANCES, {"process_id": text}).status_code in {404, 422}
    assert program.post(INSTANCES, {"process_id": "Process_ApptDams01", "business_key": text}).status_code == 422
