"""Forged requests, sessions that were planted, and roles that nobody may give to themselves."""

from collections import Counter

import pytest
from sqlalchemy import select

from app.clinic import people
from app.clinic.models import Login, Role
from app.web.filling import CSRF_FIELD
from tests.house import PASSWORD, House
from tests.letters import link_to
from tests.security.belongings import DOCTOR, Belongings, address_of, csrf_of, routes
from tests.visitor import Visitor

CHANGES = ("POST", "PUT", "PATCH", "DELETE")
PERSON = {"firstname": "Clara", "lastname": "Berg", "email": "c@example.org", "mobile": "+49 40 5550100"}
WHO = {Role.ADMINISTRATOR: "admin", Role.DOCTOR: "doctor", Role.PATIENT: "owner"}


@pytest.mark.parametrize("headers", [{}, {"X-CSRFToken": "guessed"}, {"Origin": "https://evil.example"}])
def test_no_change_is_made_without_this_site_s_own_token(
    house: House, theirs: Belongings, visitors: dict[str, Visitor], headers: dict[str, str]
) -> None:
    made, tried = [], 0
    for method, rule, roles in routes(house, *CHANGES):
        who = next((name for role, name in WHO.items() if role in roles), None)
        if who is None:
            continue
        answer = visitors[who].client.open(address_of(rule, theirs.ids), method=method, headers=headers)
        tried += 1
        if answer.status_code not in {400, 401, 403}:
            made.append((who, method, rule.rule, answer.status_code))
    print(f"{tried} changes without a token")  # noqa: T201 -- it is to be read
    assert made == []
    assert tried > 80


def test_a_token_of_one_session_is_of_no_use_in_another(visitors: dict[str, Visitor]) -> None:
    token = csrf_of(visitors["stranger"])
    assert visitors["owner"].client.post("/notices/read", headers=token).status_code == 400
    assert visitors["owner"].client.post("/notices/read", headers=csrf_of(visitors["owner"])).status_code == 303


def test_a_session_that_was_planted_is_not_the_one_that_is_signed_in(house: House) -> None:
    username = house.add_patient()
    planted = Visitor(house.app)
    planted.open("/login")
    cookie = planted.client.get_cookie("dams_session")
    assert cookie is not None
    victim = Visitor(house.app)
    victim.client.set_cookie("dams_session", cookie.value)
    assert victim.sign_in(username, PASSWORD).path == "/dashboard"
    now = victim.client.get_cookie("dams_session")
    assert now is not None
    assert now.value != cookie.value
    assert planted.open("/dashboard").path == "/login"


def test_what_was_planted_with_a_session_is_of_no_use_after_signing_in(house: House) -> None:
    username = house.add_patient()
    planted = Visitor(house.app)
    token = dict(planted.open("/login").form().form_values())[CSRF_FIELD]
    cookie = planted.client.get_cookie("dams_session")
    assert cookie is not None
    victim = Visitor(house.app)
    victim.client.set_cookie("dams_session", cookie.value)
    assert victim.sign_in(username, PASSWORD).path == "/dashboard"
    assert victim.post("/notices/read", {CSRF_FIELD: token}, follow=False).status == 400


def test_signing_in_again_ends_the_session_before(house: House) -> None:
    username, other = house.add_patient(), house.add_patient()
    victim, thief = house.visitor(username), Visitor(house.app)
    stolen = victim.client.get_cookie("dams_session")
    assert stolen is not None
    thief.client.set_cookie("dams_session", stolen.value)
    assert thief.open("/dashboard").path == "/dashboard"
    form = dict(victim.open("/account/profile").form().form_values())
    entered = {"username": other, "password": PASSWORD, CSRF_FIELD: form[CSRF_FIELD]}
    assert victim.post("/login", entered, follow=False).status == 303
    assert thief.open("/dashboard").path == "/login"


def roles_of(house: House) -> dict[str, tuple[Role, bool]]:
    """Return everybody's role, and whether the account is open."""
    with house.services.database.read() as session:
        return {login.username: (login.role, login.active) for login in session.scalars(select(Login))}


def test_nobody_gives_themselves_a_role(house: House, theirs: Belongings, visitors: dict[str, Visitor]) -> None:
    wanted = {"role": 0, "role_name": "administrator", "active": True, "is_admin": True, "login_id": "1"}
    person = {"username": "climber", "password": PASSWORD, "firstname": "C", "lastname": "L", "email": "c@example.org"}
    body = {**person, **wanted, "mobile": "+49 40 5550100", "empid": "ADM-9", "docid": "HSP-9", "position": "Boss"}
    before, statuses = roles_of(house), Counter[int]()
    for who, visitor in (("owner", visitors["owner"]), ("nobody", Visitor(house.app))):
        headers = csrf_of(visitor) if who == "owner" else {}
        role = Role.PATIENT if who == "owner" else None
        for method, rule, roles in routes(house, *CHANGES):
            if role not in roles or rule.rule in {"/logout", "/account/sign-out-everywhere"}:
                continue
            address = address_of(rule, theirs.ids)
            for sent in ({"json": body}, {"data": {name: str(value) for name, value in body.items()}}):
                answer = visitor.client.open(address, method=method, headers=headers, **sent)
                statuses[answer.status_code] += 1
    assert not [status for status in statuses if status >= 500 and status != 503], statuses
    assert roles_of(house) == before


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.DOCTOR])
@pytest.mark.parametrize("who", ["owner", "doctor", "nobody"])
def test_only_administrators_give_the_roles_of_staff(
    house: House, visitors: dict[str, Visitor], who: str, role: Role
) -> None:
    visitor = visitors.get(who) or Visitor(house.app)
    body = {**PERSON, "username": "climber", "password": PASSWORD, "role": int(role), "position": "Boss"}
    number = {"docid": "HSP-99", "specialization": "Neurology"} if role is Role.DOCTOR else {"empid": "ADM-99"}
    headers = csrf_of(visitor) if who in visitors else {}
    sent = {**body, **number, "date_started": "2026-01-02"}
    assert visitor.client.post("/login/user/add", json=sent, headers=headers).status_code == 403
    assert "climber" not in roles_of(house)


def test_signing_up_makes_a_patient_whatever_is_sent(house: House) -> None:
    visitor, address = Visitor(house.app), "climber@example.org"
    visitor.submit(visitor.open("/account/sign-up"), {"email": address})
    page = visitor.open(link_to(house, address))
    entered = {"username": "climbs.up", "password": PASSWORD, "again": PASSWORD, "birthday": "1990-01-02"}
    taken = {"role": "0", "role_name": "administrator", "is_admin": "1", "empid": "ADM-98", "active": "1"}
    visitor.submit(page, {**PERSON, **entered, **taken})
    assert roles_of(house)["climbs.up"] == (Role.PATIENT, True)


def test_nobody_promotes_themselves_in_their_profile(house: House, visitors: dict[str, Visitor]) -> None:
    def known() -> tuple[str, str, str]:
        with house.services.database.read() as session:
            doctor = people.find_doctor(session, docid=DOCTOR)
            return doctor.docid, doctor.position, doctor.email

    before, page = known(), visitors["doctor"].open("/account/profile")
    taken = {"docid": "HSP-1", "position": "Head of the clinic", "email": "head@example.org", "role": "0"}
    assert visitors["doctor"].submit(page, {"mobile": "+49 40 5550199", **taken}).status == 200
    assert known() == before
