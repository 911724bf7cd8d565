"""How much may be changed in a minute: on pages, by programs, and by workers, who have no such limit."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from app.application import create_app
from app.clinic.models import Scope
from app.web import WebConfig
from app.web.filling import CSRF_FIELD
from tests.api.conftest import token_of
from tests.api.program import Program
from tests.house import House
from tests.servers.processes import free_port
from tests.servers.redis import RedisServer
from tests.visitor import Page, Visitor

MOST = 3
MINUTE = 60
NOTICES = "/notices"

Limited = Callable[..., House]


@pytest.fixture
def limited(house: House) -> Limited:
    """Return the same house behind limits that are soon reached."""

    def build(**settings: int | str) -> House:
        most = {"writes_per_minute": MOST, "token_writes_per_minute": MOST, **settings}
        return replace(house, app=create_app(house.services, WebConfig("secret", **most)))  # type: ignore[arg-type]

    return build


def program_in(house: House, username: str = "admin") -> Program:
    return Program(house.app, token_of(house, username, *Scope))


def read_all(visitor: Visitor) -> Page:
    """Change something by a form: all notices are read."""
    return visitor.post("/notices/read", {CSRF_FIELD: csrf_of(visitor)})


def csrf_of(visitor: Visitor) -> str:
    """Return the site's own token, from a form."""
    return dict(visitor.open("/account/profile").form().form_values())[CSRF_FIELD]


def waits(answer: TestResponse) -> bool:
    """Say whether an answer tells when to come again, within a minute."""
    return answer.status_code == 429 and 1 <= int(answer.headers["Retry-After"]) <= MINUTE


def send_message(program: Program) -> TestResponse:
    return program.post("/api/v1/messages", {"name": "nobody waits for it", "correlation_key": "1"})


def test_who_changes_too_much_on_pages_is_held_up_and_nobody_else_is(house: House, limited: Limited) -> None:
    quick = limited()
    username = quick.add_patient()
    visitor = quick.visitor(username)
    assert [read_all(visitor).status for _ in range(MOST)] == [200] * MOST
    refused = read_all(visitor)
    assert waits(refused.response)
    assert refused.heading == "Too many attempts"
    assert visitor.open(NOTICES).status == 200, "reading is not counted"
    elsewhere = quick.visitor(username)
    assert read_all(elsewhere).status == 429, "an account is counted, not a browser"
    assert read_all(quick.visitor(quick.add_patient())).status == 200
    assert read_all(house.visitor(username)).status == 200, "where no limits are set"


def test_nobody_is_kept_from_signing_out(limited: Limited) -> None:
    quick = limited()
    visitor = quick.visitor(quick.add_patient())
    token = csrf_of(visitor)
    while read_all(visitor).status == 200:
        pass
    visitor.post("/logout", {CSRF_FIELD: token})
    assert visitor.open(NOTICES).heading == "Sign in"


def test_who_is_not_signed_in_is_counted_by_address(limited: Limited) -> None:
    app = limited(trusted_proxies=1).app

    def ask(address: str) -> TestResponse:
        client = app.test_client()
        client.get("/login", headers={"X-Forwarded-For": address})
        body = {"username": "nobody", "password": "wrong"}
        return client.post("/login/user/add", json=body, headers={"X-Forwarded-For": address})

    answers = [ask("192.0.2.1") for _ in range(MOST + 1)]
    assert [answer.status_code == 429 for answer in answers] == [False] * MOST + [True]
    assert waits(answers[-1])
    assert ask("192.0.2.2").status_code != 429


def test_programs_are_counted_by_account_apart_from_its_pages(limited: Limited) -> None:
    house = limited()
    programs = [program_in(house), program_in(house)]
    assert all(send_message(programs[number % 2]).status_code != 429 for number in range(MOST))
    for program in programs:
        refused = send_message(program)
        assert waits(refused)
        assert refused.mimetype == "application/problem+json"
        assert refused.json is not None
        assert refused.json["title"] == "Too Many Requests"
    assert programs[0].get("/api/v1/messages/subscriptions").status_code != 429, "reading is not counted"
    assert read_all(house.visitor("admin")).status == 200


def test_a_refused_write_may_be_repeated_with_its_key(limited: Limited, house: House) -> None:
    body = {"name": "nobody waits for it", "correlation_key": "1"}
    full, key = program_in(limited()), "once-more"
    for _ in range(MOST):
        send_message(full)
    assert full.send("POST", "/api/v1/messages", body, Idempotency_Key=key).status_code == 429
    again = Program(house.app, full.headers["Authorization"].partition(" ")[2])
    answer = again.send("POST", "/api/v1/messages", body, Idempotency_Key=key)
    assert answer.status_code != 429
    assert "Idempotency-Replayed" not in answer.headers


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/engine-rest/external-task/fetchAndLock", {"workerId": "w", "maxTasks": 1, "topics": []}),
        ("/v2/jobs/activation", {"type": "t", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": -1}),
    ],
)
def test_workers_are_not_held_up(limited: Limited, address: str, body: dict[str, object]) -> None:
    house = limited()
    worker = program_in(house)
    assert {worker.post(address, body).status_code for _ in range(3 * MOST)} == {200}
    with_a_session = house.visitor("admin")
    csrf = {"X-CSRFToken": csrf_of(with_a_session)}
    answers = [with_a_session.client.post(address, json=body, headers=csrf) for _ in range(MOST + 1)]
    assert waits(answers[-1])
    told = answers[-1].json
    assert told is not None
    assert ("type" in told, "message" in told or "detail" in told) == (True, True)


def test_no_limit_can_be_set(limited: Limited) -> None:
    program = program_in(limited(token_writes_per_minute=0))
    assert 429 not in {send_message(program).status_code for _ in range(3 * MOST)}


def test_processes_count_together_in_redis(limited: Limited, redis_server: RedisServer) -> None:
    apps = [program_in(limited(rate_limit_storage=redis_server.database(700))) for _ in range(2)]
    answers = [send_message(apps[number % 2]).status_code == 429 for number in range(MOST + 1)]
    assert answers == [False] * MOST + [True]


def test_limits_hold_while_redis_is_away(limited: Limited) -> None:
    program = program_in(limited(rate_limit_storage=f"redis://127.0.0.1:{free_port()}/0"))
    answers = [send_message(program) for _ in range(MOST + 1)]
    assert [answer.status_code == 429 for answer in answers] == [False] * MOST + [True]
    assert waits(answers[-1])


def test_the_description_tells_of_the_limit(limited: Limited) -> None:
    document = program_in(limited()).get("/api/v1/openapi.json").json
    assert document is not None
    writes = [
        operation
        for methods in document["paths"].values()
        for method, operation in methods.items()
        if method in {"post", "put", "patch", "delete"}
    ]
    assert writes
    for operation in writes:
        assert operation["responses"]["429"] == {"$ref": "#/components/responses/TOO_MANY_REQUESTS"}
    assert "Retry-After" in document["components"]["responses"]["TOO_MANY_REQUESTS"]["headers"]
