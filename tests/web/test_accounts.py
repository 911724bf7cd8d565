"""Administrators look after accounts: they make, close and open them, and never know a password."""

import pytest
from sqlalchemy import select

from app.clinic import audit, people
from app.clinic.errors import NotFound
from app.clinic.models import Login, Role
from tests.house import PASSWORD, House
from tests.letters import letters_to, link_to
from tests.visitor import Page, Visitor

LIST = "/accounts"
STAFF = {
    "firstname": "Ida",
    "lastname": "Moreau",
    "mobile": "+49 40 5550133",
    "position": "Consultant",
    "date_started": "2026-05-01",
}


def entries(house: House, role: str, **changes: str) -> dict[str, str]:
    """What an administrator enters for somebody new; a form takes the fields that it has."""
    number = next(house.numbers)
    username = f"staff.{number}"
    own = {
        "administrator": {"empid": f"ADM-{5000 + number}"},
        "doctor": {"docid": f"HSP-{5000 + number}", "specialization": "Neurology"},
        "patient": {"birthday": "1970-02-03"},
    }[role]
    return {"username": username, "email": f"{username}@clinic.example", **STAFF, **own, **changes}


def make(house: House, role: str, values: dict[str, str]) -> Page:
    """Fill the form and send it."""
    administrator = house.visitor("admin")
    page = administrator.open(f"{LIST}/new/{role}")
    return administrator.submit(page, values, form="/accounts/new")


@pytest.mark.parametrize("role", list(Role))
def test_an_administrator_makes_an_account_and_its_owner_chooses_the_password(house: House, role: Role) -> None:
    name = role.name.lower()
    values = entries(house, name)
    page = make(house, name, values)
    assert (page.address, "is sent a link" in page.text) == (f"{LIST}?role={name}", True)
    visitor = house.visitor()
    form = visitor.open(link_to(house, values["email"]))
    assert f"Your user name is {values['username']}." in form.text
    visitor.submit(form, {"password": PASSWORD, "again": PASSWORD})
    assert visitor.sign_in(values["username"], PASSWORD).path == "/dashboard"
    with house.services.database.read() as session:
        login = people.find_username(session, username=values["username"])
        assert login.role is role
        made = [(entry.who, entry.action) for entry in audit.list_entries(session, subject=login.id)]
    administrator = house.login_id("admin")
    assert {(administrator, "account created"), (administrator, "invited")} <= set(made)


def test_a_new_doctor_can_be_found_for_bookings_once_hours_are_set(house: House) -> None:
    values = entries(house, "doctor")
    make(house, "doctor", values)
    with house.services.database.read() as session:
        doctor = people.find_doctor(session, docid=values["docid"])
        assert doctor in people.list_doctors(session, specialization="Neurology")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("username", "admin", "Somebody has this user name already."),
        ("docid", "HSP-200", "Somebody has this number already."),
        ("docid", "200", "staff number such as"),
        ("email", "ida", "e-mail address such as"),
        ("specialization", "", "Please fill in this field."),
        ("date_started", "yesterday", ""),
    ],
)
def test_what_is_refused_is_told_beside_its_field_and_nothing_is_made(
    house: House, name: str, value: str, sentence: str
) -> None:
    values = {**entries(house, "doctor"), name: value}
    page = make(house, "doctor", values)
    assert page.status == 422
    control = page.html.xpath(f"string(//input[@name='{name}']/@aria-describedby)").split()[-1]
    assert sentence in page.html.xpath(f"string(//*[@id='{control}'])")
    assert page.html.xpath(f"string(//*[@id='{control}'])")
    with house.services.database.read() as session:
        if name != "username":
            assert session.scalar(select(Login.id).where(Login.username == values["username"])) is None
    assert letters_to(house, values["email"]) == []


def test_the_role_is_that_of_the_page_whatever_else_is_sent(house: House) -> None:
    values = entries(house, "patient")
    make(house, "patient", {**values, "role": "0", "role_name": "administrator"})
    with house.services.database.read() as session:
        assert people.find_username(session, username=values["username"]).role is Role.PATIENT
    assert house.visitor("admin").open(f"{LIST}/new/emperor").status == 404


@pytest.mark.parametrize("username", ["amara.okafor", "patient"])
def test_nobody_else_makes_or_closes_accounts(house: House, username: str) -> None:
    visitor = house.visitor(house.add_patient() if username == "patient" else username)
    token = dict(visitor.open("/account").form().form_values())
    victim, values = house.login_id("admin"), entries(house, "administrator")
    assert visitor.open(LIST).status == 403
    for path in (f"{LIST}/new/administrator", f"{LIST}/{victim}/close", f"{LIST}/{victim}/invite"):
        assert visitor.post(path, {**token, **values}).status == 403
    with house.services.database.read() as session, pytest.raises(NotFound):
        people.find_username(session, username=values["username"])


def found(administrator: Visitor, search: str) -> Page:
    """Look for a patient."""
    return administrator.open(f"{LIST}?role=patient&search={search}")


def test_a_closed_account_is_signed_out_at_once_and_can_be_opened_again(house: House) -> None:
    administrator, owner = house.visitor("admin"), house.add_patient("Zacharias")
    visitor = house.visitor(owner)
    page = administrator.submit(found(administrator, "zacharias"), form="/close")
    assert "its owner is signed out" in page.text
    assert visitor.open("/dashboard").path == "/login"
    assert house.visitor().sign_in(owner, PASSWORD).status == 401
    page = found(administrator, "zacharias")
    assert "closed" in page.text
    administrator.submit(page, form="/open")
    assert house.visitor().sign_in(owner, PASSWORD).path == "/dashboard"
    assert visitor.open("/dashboard").path == "/login"


def test_nobody_closes_their_own_account(house: House) -> None:
    administrator, own = house.visitor("admin"), house.login_id("admin")
    page = administrator.open(f"{LIST}?role=administrator")
    assert f"{LIST}/{own}/close" not in [str(form.action) for form in page.html.forms]
    token = dict(page.form("/invite").form_values())
    refused = administrator.post(f"{LIST}/{own}/close", token)
    assert (refused.status, "your own account" in refused.text) == (409, True)
    assert administrator.open("/dashboard").path == "/dashboard"


def test_unknown_accounts_are_not_found(house: House) -> None:
    administrator = house.visitor("admin")
    token = dict(administrator.open(f"{LIST}?role=administrator").form("/invite").form_values())
    for action in ("close", "open", "invite"):
        for unknown in ("nobody", "00000000-0000-4000-8000-000000000000", "%00"):
            assert administrator.post(f"{LIST}/{unknown}/{action}", token).status in {400, 404}


@pytest.mark.parametrize("search", ["' OR 1=1 --", "%", "_", "<script>alert(1)</script>", "\\"])
def test_a_search_is_text_and_nothing_else(house: House, search: str) -> None:
    page = Page(house.visitor("admin").client.get(LIST, query_string={"role": "patient", "search": search}))
    assert (page.status, "0 accounts" in page.text) == (200, True)
    assert page.html.xpath("//script") == []
