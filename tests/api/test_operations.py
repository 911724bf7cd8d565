"""What works the same for every operation of the API: pages, tags, repeatable writes, and refusals."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.clinic.models import Appointment, RepeatableRequest, Scope
from tests.api.conftest import program_of
from tests.api.program import Program
from tests.house import House

DOCTORS = "/api/v1/doctors"
BOOKINGS = "/api/v1/appointments"
DOCID = "HSP-200"


@pytest.fixture
def patient(house: House) -> Program:
    """A program that acts for a new patient."""
    return program_of(house, house.add_patient(), Scope.READ_CLINIC, Scope.WRITE_CLINIC)


def told(answer: TestResponse) -> dict[str, Any]:
    assert answer.json is not None
    return dict(answer.json)


def free_slot(program: Program, number: int = 0) -> str:
    """Return when a free slot begins."""
    return str(told(program.get(f"{DOCTORS}/{DOCID}/slots"))["items"][number]["starts_at"])


def test_pages_lead_from_the_first_to_the_last(program: Program) -> None:
    everybody = [doctor["docid"] for doctor in told(program.get(DOCTORS))["items"]]
    found, address, pages = [], f"{DOCTORS}?limit=4", 0
    while address:
        answer = program.send("GET", address)
        found += [doctor["docid"] for doctor in told(answer)["items"]]
        assert ('rel="prev"' in answer.headers["Link"]) == (pages > 0)
        address, pages = told(answer)["next"], pages + 1
        assert (f'<{address}>; rel="next"' in answer.headers["Link"]) == bool(address)
    assert found == everybody
    assert pages == -(-len(everybody) // 4)
    beyond = told(program.get(DOCTORS, page=99))
    assert beyond == {"items": [], "next": None}


def test_the_links_of_pages_keep_the_filters(program: Program) -> None:
    answer = told(program.get("/api/v1/patients", search="a", limit=1))
    assert "search=a" in answer["next"]
    assert "page=2" in answer["next"]


@pytest.mark.parametrize("query", [{"page": 0}, {"limit": 0}, {"limit": 1001}, {"sort": "name"}, {"role": "0"}])
def test_lists_refuse_what_they_do_not_know(program: Program, query: dict[str, str | int]) -> None:
    answer = program.get(DOCTORS, **query)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert [error["field"] for error in told(answer)["errors"]] == list(query)


def test_what_has_not_changed_is_not_sent_again(house: House, program: Program) -> None:
    address = f"{DOCTORS}/{DOCID}/availability"
    tag = program.get(address).headers["ETag"]
    assert not tag.startswith("W/")
    same = program.send("GET", address, If_None_Match=tag)
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
    program.send(
        "POST", f"{DOCTORS}/{DOCID}/hours", {"weekday": 6, "starts": "09:00", "ends": "10:00", "slot_minutes": 30}
    )
    changed = program.send("GET", address, If_None_Match=tag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_a_change_of_what_is_not_as_it_was_read_is_refused(program: Program) -> None:
    body = {"weekday": 5, "starts": "09:00", "ends": "10:00", "slot_minutes": 30}
    made = program.send("POST", f"{DOCTORS}/{DOCID}/hours", body)
    assert made.status_code == 201
    address = made.headers["Location"]
    tag = program.get(address).headers["ETag"]
    assert program.send("PUT", address, {**body, "ends": "11:00"}, If_Match=tag).status_code == 200
    late = program.send("PUT", address, {**body, "ends": "12:00"}, If_Match=tag)
    assert (late.status_code, late.mimetype) == (412, "application/problem+json")
    assert told(program.get(address))["ends"] == "11:00:00"
    assert program.send("DELETE", address, If_Match=tag).status_code == 412
    removed = program.send("DELETE", address, If_Match=program.get(address).headers["ETag"])
    assert (removed.status_code, removed.data) == (204, b"")
    assert program.get(address).status_code == 404


def test_a_repeated_booking_is_one_booking(house: House, patient: Program) -> None:
    body = {"docid": DOCID, "starts_at": free_slot(patient)}
    first = patient.send("POST", BOOKINGS, body, Idempotency_Key="k-1")
    assert first.status_code == 201, first.text
    again = patient.send("POST", BOOKINGS, body, Idempotency_Key="k-1")
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    other = patient.send("POST", BOOKINGS, {**body, "priority_level": 1}, Idempotency_Key="k-1")
    assert other.status_code == 422
    assert told(other)["errors"][0]["field"] == "Idempotency-Key"
    assert len(told(patient.get(BOOKINGS))["items"]) == 1


def test_a_refusal_is_repeated_too_and_keys_are_their_senders_own(house: House, patient: Program) -> None:
    body = {"docid": DOCID, "starts_at": free_slot(patient)}
    assert patient.send("POST", BOOKINGS, body, Idempotency_Key="k-2").status_code == 201
    another = program_of(house, house.add_patient(), Scope.READ_CLINIC, Scope.WRITE_CLINIC)
    taken = [another.send("POST", BOOKINGS, body, Idempotency_Key="k-2") for _ in range(2)]
    assert [answer.status_code for answer in taken] == [409, 409]
    assert taken[0].data == taken[1].data
    assert taken[1].mimetype == "application/problem+json"


def test_of_requests_at_once_with_one_key_one_is_done(house: House, patient: Program) -> None:
    count = 4
    body = {"docid": DOCID, "starts_at": free_slot(patient)}
    before, start = _appointments(house), Barrier(count)

    def send(_: int) -> int:
        program = Program(house.app)
        program.headers = patient.headers
        start.wait()
        return program.send("POST", BOOKINGS, body, Idempotency_Key="k-3").status_code

    with ThreadPoolExecutor(count) as threads:
        statuses = list(threads.map(send, range(count)))
    assert 201 in statuses
    assert set(statuses) <= {201, 409}
    assert _appointments(house) == before + 1


def test_an_answer_is_kept_for_a_day(house: House, patient: Program) -> None:
    address, key = "/api/v1/notices/read", "k-4"
    patient.send("POST", address, Idempotency_Key=key)
    house.clock.advance(hours=23)
    assert patient.send("POST", address, Idempotency_Key=key).headers["Idempotency-Replayed"] == "true"
    house.clock.advance(hours=2)
    assert "Idempotency-Replayed" not in patient.send("POST", address, Idempotency_Key=key).headers
    with house.services.database.read() as session:
        expired = RepeatableRequest.expires_at <= house.clock.now
        assert session.scalar(select(func.count()).select_from(RepeatableRequest).where(expired)) == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "ü"])
def test_a_key_that_is_none_is_refused(patient: Program, key: str) -> None:
    assert patient.send("POST", "/api/v1/notices/read", Idempotency_Key=key).status_code == 400


def test_nothing_but_json_is_taken(patient: Program) -> None:
    for content, kind, status in (
        (b"docid=HSP-200", "application/x-www-form-urlencoded", 415),
        (b'{"docid": "HSP-200"', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"docid": 1' + b"0" * 5000 + b"}", "application/json", 400),
        (b'{"docid": NaN}', "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"docid": "\\ud800"}', "application/json", 422),
    ):
        answer = patient.client.post(BOOKINGS, data=content, content_type=kind, headers=patient.headers)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), content[:20]


def test_no_body_takes_more_than_its_fields(house: House) -> None:
    document = told(house.app.test_client().get("/api/v1/openapi.json"))
    schemas = document["components"]["schemas"]
    sent = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for operations in document["paths"].values()
        for operation in operations.values()
        if isinstance(operation, dict) and "requestBody" in operation
    ]
    assert len(sent) >= 14
    assert [name for name in sent if schemas[name].get("additionalProperties") is not False] == []


def test_each_operation_names_every_status_that_it_may_answer(house: House) -> None:
    document = told(house.app.test_client().get("/api/v1/openapi.json"))
    for path, operations in document["paths"].items():
        for method in operations.keys() - {"parameters"}:
            known = set(operations[method]["responses"])
            assert {"400", "401", "403"} <= known, (method, path)
            assert "default" not in known
            assert ("304" in known) == (method == "get")
            assert ("404" in known) >= ("{" in path)


def _appointments(house: House) -> int:
    with house.services.database.read() as session:
        return session.scalar(select(func.count()).select_from(Appointment)) or 0
