"""Staff ask for accounts: an address, a mailed link, a request, and an administrator who decides."""

import pytest
from sqlalchemy import select

from app.application import create_app
from app.clinic import audit, people
from app.clinic.models import AccountRequest, Login, RequestStatus, Role
from app.web import WebConfig
from tests.house import PASSWORD, House
from tests.letters import letters_to, link_to
from tests.visitor import Page, Visitor

ASK, LIST = "/account/staff", "/accounts/requests"
PROFILE = {
    "firstname": "Ida",
    "lastname": "Moreau",
    "mobile": "+49 40 5550133",
    "specialization": "Neurology",
    "message": "I begin in June.\nDr Okafor knows me.",
}


@pytest.fixture
def username(house: House) -> str:
    """A user name that nobody has yet."""
    return f"ida.{next(house.numbers)}"


def address_of(username: str) -> str:
    return f"{username}@clinic.example"


def ask(house: House, username: str, /, **changes: str) -> Page:
    """Ask for an account by the mailed link, in a browser of its own; return the page that comes."""
    visitor = house.visitor()
    visitor.submit(visitor.open(ASK), {"email": address_of(username)})
    form = visitor.open(link_to(house, address_of(username)))
    return visitor.submit(form, {"username": username, **PROFILE, **changes})


def requests(house: House, username: str) -> list[AccountRequest]:
    query = select(AccountRequest).where(AccountRequest.email == address_of(username))
    with house.services.database.read() as session:
        return list(session.scalars(query))


def login_named(house: House, username: str) -> Login | None:
    with house.services.database.read() as session:
        return session.scalar(select(Login).where(Login.username == username))


def the_path(house: House, username: str) -> str:
    """Return the page of the one request with this address."""
    (asked,) = requests(house, username)
    return f"{LIST}/{asked.id}"


def approve(house: House, administrator: Visitor, username: str, role: str = "doctor", /, **values: str) -> Page:
    """Follow the link of the request, and complete what was asked for."""
    number = 7000 + next(house.numbers)
    own = {"docid": f"HSP-{number}"} if role == "doctor" else {"empid": f"ADM-{number}"}
    staff = {"position": "Consultant", "date_started": "2026-06-01"}
    form = administrator.open(administrator.open(the_path(house, username)).link(f"Approve as {role}"))
    return administrator.submit(form, {**own, **staff, **values}, form="/approve/")


def refuse(house: House, administrator: Visitor, username: str, reason: str) -> Page:
    page = administrator.open(the_path(house, username))
    return administrator.submit(page, {"reason": reason}, form="/refuse")


def test_a_doctor_asks_is_approved_and_chooses_the_password(
    house: House, administrator: Visitor, username: str
) -> None:
    assert house.visitor().open("/login").link("Ask for an account") == ASK
    done = ask(house, username)
    assert (done.path, "Your request is kept." in done.text) == ("/login", True)
    assert login_named(house, username) is None
    listed = administrator.open(administrator.open("/accounts").link("Requests ("))
    assert address_of(username) in listed.text
    shown = administrator.open(the_path(house, username))
    for text in ("Ida Moreau", "Neurology", "Dr Okafor knows me.", "+49 40 5550133"):
        assert text in shown.text
    house.clock.advance(seconds=1)
    approved = approve(house, administrator, username)
    assert (approved.path, "is sent a link" in approved.text) == (LIST, True)
    letter = letters_to(house, address_of(username))[1]
    visitor = house.visitor()
    form = visitor.open(letter.body.split("http://localhost")[1].split()[0])
    assert f"Your user name is {username}." in form.text
    visitor.submit(form, {"password": PASSWORD, "again": PASSWORD})
    assert visitor.sign_in(username, PASSWORD).path == "/dashboard"
    with house.services.database.read() as session:
        login = people.find_username(session, username=username)
        doctor = people.doctor_of_login(session, login_id=login.id)
        assert (login.role, doctor.specialization, doctor.email) == (Role.DOCTOR, "Neurology", address_of(username))
        (asked,) = requests(house, username)
        noted = audit.list_entries(session, subject=f"account request {asked.id}")
    by = house.login_id("admin")
    assert [(entry.who, entry.action) for entry in noted] == [
        (by, "account request approved"),
        ("somebody", "account asked for"),
    ]
    assert (asked.status, asked.decided_by) == (RequestStatus.APPROVED, by)


def test_administrators_are_told_at_once(house: House, administrator: Visitor, username: str) -> None:
    ask(house, username, lastname="Told")
    notice = "Ida Told (Neurology) asks for an account of staff."
    assert notice in administrator.open("/notices").text
    listed = administrator.open(administrator.open("/dashboard").link("for accounts"))
    assert address_of(username) in listed.text
    assert notice not in house.visitor("amara.okafor").open("/notices").text


def test_a_refusal_is_mailed_with_its_reason_and_makes_no_account(
    house: House, administrator: Visitor, username: str
) -> None:
    ask(house, username)
    page = refuse(house, administrator, username, "")
    assert (page.status, requests(house, username)[0].status) == (422, RequestStatus.OPEN)
    house.clock.advance(seconds=1)
    page = refuse(house, administrator, username, "We don't know you.")
    assert (page.path, "is refused" in page.text) == (LIST, True)
    letter = letters_to(house, address_of(username))[1]
    assert (letter.name, "We don't know you." in letter.body) == ("Ida Moreau", True)
    assert "We don't know you." in administrator.open(f"{LIST}?status=refused").text
    assert login_named(house, username) is None


def test_a_request_is_decided_on_once(house: House, administrator: Visitor, username: str) -> None:
    ask(house, username)
    path, stale = the_path(house, username), house.visitor("admin")
    refusal = stale.open(path)
    approval = stale.open(refusal.link("Approve as doctor"))
    approve(house, administrator, username)
    late = stale.submit(refusal, {"reason": "No."}, form="/refuse")
    assert (late.status, "was approved already" in late.text) == (409, True)
    values = {"username": f"{username}.b", "docid": "HSP-6999", "position": "Boss", "date_started": "2026-06-01"}
    assert stale.submit(approval, values, form="/approve/").status == 409
    assert login_named(house, f"{username}.b") is None
    assert "This was decided" in stale.open(path).text


@pytest.mark.parametrize(("role", "given"), [("doctor", Role.DOCTOR), ("administrator", Role.ADMINISTRATOR)])
def test_the_role_is_what_the_administrator_decides(
    house: House, administrator: Visitor, username: str, role: str, given: Role
) -> None:
    ask(house, username, role="0", role_name="administrator")
    approve(house, administrator, username, role)
    login = login_named(house, username)
    assert login is not None
    assert login.role is given


def test_no_account_of_a_patient_is_made_of_a_request(house: House, administrator: Visitor, username: str) -> None:
    ask(house, username)
    path = the_path(house, username)
    token = dict(administrator.open(path).form("/refuse").form_values())
    for role in ("patient", "emperor"):
        assert administrator.open(f"{path}/approve/{role}").status == 404
        assert administrator.post(f"{path}/approve/{role}", token).status == 404


def test_a_user_name_that_somebody_took_meanwhile_is_changed_by_the_administrator(
    house: House, administrator: Visitor, username: str
) -> None:
    ask(house, username, username="amara.okafor")
    page = approve(house, administrator, username)
    assert (page.status, "Somebody has this user name already." in page.text) == (422, True)
    assert requests(house, username)[0].status is RequestStatus.OPEN
    assert approve(house, administrator, username, username=username).path == LIST
    assert login_named(house, username) is not None


def test_the_address_is_that_of_the_link(house: House, administrator: Visitor, username: str) -> None:
    ask(house, username, email="boss@example.org")
    approve(house, administrator, username, email="boss@example.org")
    with house.services.database.read() as session:
        login = people.find_username(session, username=username)
        assert people.person_of_login(session, login=login).email == address_of(username)


def test_a_link_makes_one_request(house: House, username: str) -> None:
    ask(house, username)
    path = link_to(house, address_of(username))
    page = house.visitor().open(path)
    assert (page.status, page.link("Ask for a new link")) == (404, ASK)
    assert len(requests(house, username)) == 1


def test_a_link_is_over_after_a_day_and_good_for_nothing_else(house: House, username: str) -> None:
    visitor = house.visitor()
    visitor.submit(visitor.open(ASK), {"email": address_of(username)})
    path = link_to(house, address_of(username))
    form, text = visitor.open(path), path.rpartition("/")[2]
    assert visitor.open(f"/account/sign-up/{text}").status == 404
    assert visitor.open(f"/account/new-password/{text}").status == 404
    house.clock.advance(hours=24)
    assert visitor.submit(form, {"username": username, **PROFILE}).status == 404
    assert requests(house, username) == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("username", "a", "3 to 40 letters"),
        ("specialization", "", "Please fill in this field."),
        ("mobile", "call me", "telephone number"),
    ],
)
def test_what_is_refused_is_told_beside_its_field_and_the_link_stays_good(
    house: House, username: str, name: str, value: str, sentence: str
) -> None:
    page = ask(house, username, **{name: value})
    assert page.status == 422
    control = page.html.xpath(f"string(//input[@name='{name}']/@aria-describedby)").split()[-1]
    assert sentence in page.html.xpath(f"string(//*[@id='{control}'])")
    assert requests(house, username) == []
    done = house.visitor()
    done.submit(done.open(link_to(house, address_of(username))), {"username": username, **PROFILE})
    assert len(requests(house, username)) == 1


def test_whoever_asks_is_told_the_same_for_every_address(house: House, username: str) -> None:
    def told(email: str) -> str:
        visitor = house.visitor()
        return visitor.submit(visitor.open(ASK), {"email": email}).text

    assert told(address_of(username)) == told("vera@example.org")


def test_one_address_is_sent_few_links(house: House, username: str) -> None:
    app = create_app(house.services, WebConfig("secret", rate_limits=True))
    pages = []
    for _ in range(4):
        visitor = Visitor(app)
        pages.append(visitor.submit(visitor.open(ASK), {"email": address_of(username)}).status)
    assert pages == [200, 200, 200, 429]


@pytest.mark.parametrize("name", ["amara.okafor", "patient"])
def test_nobody_else_decides(house: House, username: str, name: str) -> None:
    ask(house, username)
    path, visitor = the_path(house, username), house.visitor(house.add_patient() if name == "patient" else name)
    token = dict(visitor.open("/account").form().form_values())
    assert [visitor.open(each).status for each in (LIST, path)] == [403, 403]
    for action in ("approve/doctor", "approve/administrator", "refuse"):
        assert visitor.post(f"{path}/{action}", {**token, "reason": "x"}).status == 403
    assert requests(house, username)[0].status is RequestStatus.OPEN
