"""Accounts made by a chain of tasks, over HTTP, on a real worker that is killed at each step."""

import base64
import json
import os
import signal
from collections.abc import Mapping
from itertools import count

import pytest
from redis import Redis
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.clinic import accounts, audit, people
from app.clinic.errors import NotFound
from app.clinic.models import Role, Scope
from tests.api.conftest import program_of
from tests.api.program import Program
from tests.celery.running import Worker, eventually, told
from tests.house import House
from tests.letters import link_to
from tests.visitor import Visitor
from workers.celery import accounts as steps

PASSWORD = "a quiet pond in March"
PATIENT = {
    "firstname": "Nora",
    "midname": "",
    "lastname": "Berg",
    "email": "nora@example.org",
    "mobile": "+49 40 5550100",
    "birthday": "1991-05-06",
    "profession": "Cook",
    "address": "Elm Street 5",
}
DOCTOR = {
    "firstname": "Ivo",
    "lastname": "Blau",
    "email": "ivo@example.org",
    "mobile": "040 5550101",
    "position": "Consultant",
    "specialization": "Neurology",
    "date_started": "2026-01-02",
}
_numbers = count(900)

pytestmark = pytest.mark.usefixtures("worker")


@pytest.fixture
def anybody(house: House) -> Program:
    """A program without a token."""
    return Program(house.app)


@pytest.fixture
def staff(house: House) -> Program:
    """A program that acts for an administrator."""
    return program_of(house, "admin", Scope.WRITE_PEOPLE)


def add(program: Program, username: str, profile: Mapping[str, str] = PATIENT, role: object = 2) -> TestResponse:
    body = {"username": username, "password": PASSWORD, "role": role, **profile}
    return program.post("/login/user/add", body)


def a_doctor() -> dict[str, str]:
    return {**DOCTOR, "docid": f"HSP-{next(_numbers)}"}


def is_there(house: House, username: str) -> bool:
    """Say whether there is a login, pending or not."""
    with house.services.database.read() as session:
        try:
            people.find_username(session, username=username)
        except NotFound:
            return False
        return True


def can_sign_in(house: House, username: str) -> bool:
    page = Visitor(house.app).sign_in(username, PASSWORD)
    return page.path == "/dashboard"


def test_an_administrator_creates_a_patient_who_signs_in(house: House, staff: Program) -> None:
    answer = add(staff, "Nora.Berg")
    assert answer.status_code == 201
    profile = told(answer)["profile"]
    with house.services.database.read() as session:
        login = people.find_username(session, username="nora.berg")
        patientid = people.patient_of_login(session, login_id=login.id).patientid
        (entry,) = audit.list_entries(session, subject=login.id)
    assert profile == {**PATIENT, "id": login.id, "username": "nora.berg", "role": 2, "patientid": patientid}
    assert PASSWORD not in answer.text
    who = house.login_id("admin")
    assert (entry.action, entry.who, entry.details) == ("account created", who, {"role": "patient"})
    assert can_sign_in(house, "nora.berg")


def test_who_is_not_signed_in_is_mailed_a_link_and_gets_no_account(house: House, anybody: Program) -> None:
    known, unknown = (
        anybody.post("/login/user/add", {"username": name, "password": PASSWORD, "role": 2, **PATIENT, "email": email})
        for name, email in (("admin", "first@example.org"), ("by.program", "second@example.org"))
    )
    assert (known.status_code, known.json) == (unknown.status_code, unknown.json) == (202, known.json)
    assert told(known)["state"] == "mailed"
    assert not is_there(house, "by.program")
    visitor = Visitor(house.app)
    assert visitor.open(link_to(house, "second@example.org")).heading == "Make your account"


def test_an_administrator_creates_doctors_and_administrators(house: House, staff: Program) -> None:
    doctor = a_doctor()
    answer = add(staff, "ivo.blau", doctor, role=1)
    assert (answer.status_code, told(answer)["profile"]["docid"]) == (201, doctor["docid"])
    administrator = {name: value for name, value in doctor.items() if name not in {"docid", "specialization"}}
    answer = add(staff, "ada.blau", {**administrator, "empid": "ADM-77"}, role=0)
    assert (answer.status_code, told(answer)["profile"]["empid"]) == (201, "ADM-77")
    with house.services.database.read() as session:
        roles = {people.find_username(session, username=name).role for name in ("ivo.blau", "ada.blau")}
    assert roles == {Role.DOCTOR, Role.ADMINISTRATOR}


def test_a_browser_needs_the_token_of_this_site(house: House, administrator: Visitor) -> None:
    body = {"username": "by.browser", "password": PASSWORD, "role": 1, **a_doctor()}
    assert administrator.client.post("/login/user/add", json=body).status_code == 400
    token = told(administrator.client.get("/api/v1/session"))["csrf_token"]
    answer = administrator.client.post("/login/user/add", json=body, headers={"X-CSRFToken": token})
    assert answer.status_code == 201


@pytest.mark.parametrize("role", [0, 1])
def test_nobody_gives_themselves_a_role(house: House, anybody: Program, role: int) -> None:
    answer = add(anybody, "climber", a_doctor(), role=role)
    assert answer.status_code == 403
    assert "administrators create any account" in told(answer)["detail"]
    assert not is_there(house, "climber")


def test_who_is_signed_in_without_being_staff_creates_nobody(house: House) -> None:
    doctor = house.visitor("amara.okafor")
    token = told(doctor.client.get("/api/v1/session"))["csrf_token"]
    body = {"username": "by.doctor", "password": PASSWORD, "role": 2, **PATIENT}
    answer = doctor.client.post("/login/user/add", json=body, headers={"X-CSRFToken": token})
    assert answer.status_code == 403
    assert not is_there(house, "by.doctor")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"role": "2"}, "role"),
        ({"role": True}, "role"),
        ({"role": 3}, "role"),
        ({"username": "x"}, "username"),
        ({"password": "short"}, "password"),
        ({"lastname": ""}, "lastname"),
        ({"lastname": 5}, "lastname"),
        ({"lastname": "a\0b"}, "lastname"),
        ({"docid": "HSP-1"}, "docid"),
        ({"active": "yes"}, "active"),
    ],
)
def test_what_is_wrong_at_sight_is_refused_at_once(
    house: House, anybody: Program, changed: Mapping[str, object], field: str
) -> None:
    body = {"username": "at.sight", "password": PASSWORD, "role": 2, **PATIENT, **changed}
    answer = anybody.post("/login/user/add", body)
    assert (answer.status_code, told(answer)["errors"][0]["field"]) == (422, field)
    assert not is_there(house, "at.sight")


def test_reading_needs_another_address(anybody: Program) -> None:
    answer = anybody.get("/login/user/add")
    assert (answer.status_code, told(answer)["detail"]) == (405, "This address takes POST, not GET.")
    assert anybody.get("/login/user/add/00000000-0000-0000-0000-000000000000").status_code == 404


def test_a_user_name_that_is_taken_changes_nothing(house: House, staff: Program) -> None:
    answer = add(staff, "admin")
    assert (answer.status_code, told(answer)["errors"][0]["field"]) == (422, "username")
    with house.services.database.read() as session:
        assert people.find_username(session, username="admin").role is Role.ADMINISTRATOR


def test_a_refused_profile_leaves_no_login(house: House, staff: Program) -> None:
    answer = add(staff, "second.try", {**a_doctor(), "docid": "HSP-200"}, role=1)
    assert (answer.status_code, told(answer)["errors"][0]["field"]) == (422, "docid")
    assert not is_there(house, "second.try")
    assert add(staff, "second.try", a_doctor(), role=1).status_code == 201


def test_a_profile_that_fails_leaves_no_login(house: House, staff: Program) -> None:
    when = "BEFORE INSERT ON audit WHEN NEW.action = 'account created'"
    trouble = f"CREATE TRIGGER trouble {when} BEGIN SELECT RAISE(ABORT, 'no space'); END"
    with house.services.database.write() as session:
        session.execute(text(trouble))
    try:
        answer = add(staff, "no.space")
    finally:
        with house.services.database.write() as session:
            session.execute(text("DROP TRIGGER trouble"))
    assert (answer.status_code, "no space" in answer.text) == (500, False)
    assert "nothing of it is left" in told(answer)["detail"]
    assert not is_there(house, "no.space")
    assert add(staff, "no.space").status_code == 201


def test_an_account_that_is_gone_before_it_is_shown_is_told_as_failed(
    house: House, worker: Worker, staff: Program
) -> None:
    with worker.holding(steps.SHOW) as held:
        answer = add(staff, "gone.again")
        held()
        with house.services.database.write() as session:
            login = people.find_username(session, username="gone.again")
            session.delete(people.patient_of_login(session, login_id=login.id))
            session.flush()
            session.delete(login)
    assert answer.status_code == 202
    eventually(lambda: staff.get(told(answer)["href"]).status_code, 500)
    assert not is_there(house, "gone.again")


@pytest.mark.parametrize("step", [steps.ADD_LOGIN, steps.ADD_PROFILE, steps.SHOW])
def test_a_worker_killed_at_a_step_is_replaced_and_the_account_made(
    house: House, worker: Worker, staff: Program, step: str
) -> None:
    username = f"killed.{step.rpartition('.')[2]}"
    with worker.holding(step) as held:
        answer = add(staff, username)
        assert (answer.status_code, told(answer)["state"]) == (202, "waiting")
        assert answer.headers["Location"] == told(answer)["href"]
        assert staff.get(told(answer)["href"]).status_code == 202
        assert can_sign_in(house, username) == (step == steps.SHOW)
        os.kill(held(), signal.SIGKILL)
    eventually(lambda: staff.get(told(answer)["href"]).status_code, 200)
    assert told(staff.get(told(answer)["href"]))["profile"]["username"] == username
    assert can_sign_in(house, username)


def test_a_worker_killed_while_it_undoes_is_replaced_and_no_login_left(
    house: House, worker: Worker, staff: Program
) -> None:
    with worker.holding(steps.UNDO) as held:
        answer = add(staff, "undone.twice", {**a_doctor(), "docid": "HSP-200"}, role=1)
        assert answer.status_code == 202  # it is not over before it is undone
        assert not can_sign_in(house, "undone.twice")
        os.kill(held(), signal.SIGKILL)
    eventually(lambda: staff.get(told(answer)["href"]).status_code, 422)
    assert not is_there(house, "undone.twice")


def test_half_an_account_whose_messages_are_lost_opens_nothing_and_is_swept_away(
    house: House, worker: Worker, staff: Program
) -> None:
    with worker.holding(steps.ADD_PROFILE) as held:
        assert add(staff, "half.made").status_code == 202
        held()
        worker.process.kill()
        with Redis.from_url(worker.setting.broker) as redis:
            redis.flushdb()
    assert is_there(house, "half.made")
    assert not can_sign_in(house, "half.made")
    house.clock.advance(seconds=accounts.PENDING_FOR.total_seconds() + 1)
    worker.process.start()
    eventually(lambda: is_there(house, "half.made"), False)
    assert add(staff, "half.made").status_code == 201


def test_no_password_goes_through_the_broker(worker: Worker, staff: Program) -> None:
    with worker.holding(steps.ADD_LOGIN) as held, Redis.from_url(worker.setting.broker) as redis:
        add(staff, "secretive")
        held()
        message = b"".join(redis.hvals("unacked"))
    assert b"dams.accounts.add_login" in message
    body = base64.b64decode(json.loads(message)[0]["body"])
    assert b"secretive" in body
    assert PASSWORD.encode() not in message + body
