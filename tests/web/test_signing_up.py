"""Patients make their own accounts: an address, a mailed link, and then the rest."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.application import create_app
from app.clinic import audit, outbox, people
from app.clinic.models import Login, Mail, OneTimeLink, Patient, Role
from app.web import WebConfig
from tests.house import PASSWORD, House
from tests.letters import letters_to, link_to
from tests.visitor import Page, Visitor

ASK = "/account/sign-up"
PROFILE = {
    "firstname": "Nora",
    "lastname": "Lind",
    "mobile": "+49 40 5550111",
    "birthday": "1991-05-06",
}


@pytest.fixture
def address(house: House) -> str:
    """An address that nobody has used yet."""
    return f"nora.{next(house.numbers)}@example.org"


def ask(house: House, address: str) -> Page:
    """Ask for a link, in a browser of its own."""
    visitor = house.visitor()
    return visitor.submit(visitor.open(ASK), {"email": address})


def entries(username: str, **changes: str) -> dict[str, str]:
    """What somebody enters who got a link."""
    return {"username": username, "password": PASSWORD, "again": PASSWORD, **PROFILE, **changes}


def login_named(house: House, username: str) -> Login | None:
    with house.services.database.read() as session:
        return session.scalar(select(Login).where(Login.username == username))


def test_a_patient_signs_up_by_the_mailed_link_and_signs_in(house: House, address: str) -> None:
    assert "a mail with a link is on its way" in ask(house, address).text
    visitor, username = house.visitor(), address.partition("@")[0]
    form = visitor.open(link_to(house, address))
    assert form.heading == "Make your account"
    assert address in form.text
    made = visitor.submit(form, entries(username))
    assert (made.path, "Your account is made" in made.text) == ("/login", True)
    page = visitor.submit(made, {"username": username, "password": PASSWORD})
    assert (page.path, "Good day, Nora Lind" in page.text) == ("/dashboard", True)
    with house.services.database.read() as session:
        login = people.find_username(session, username=username)
        patient = people.patient_of_login(session, login_id=login.id)
        assert (login.role, patient.email, str(patient.birthday)) == (Role.PATIENT, address, "1991-05-06")
        assert "account created" in [entry.action for entry in audit.list_entries(session, subject=login.id)]


def test_no_account_is_there_before_the_link_is_used(house: House, address: str) -> None:
    def count() -> int:
        with house.services.database.read() as session:
            return len(session.scalars(select(Login.id)).all())

    before = count()
    ask(house, address)
    house.visitor().open(link_to(house, address))
    assert count() == before


def test_a_link_makes_one_account(house: House, address: str) -> None:
    ask(house, address)
    path, visitor = link_to(house, address), house.visitor()
    form = visitor.open(path)
    visitor.submit(form, entries(f"first.{next(house.numbers)}"))
    second = f"second.{next(house.numbers)}"
    again = visitor.submit(form, entries(second))
    assert (again.status, "This link was used already" in again.text) == (404, True)
    assert visitor.open(path).status == 404
    assert login_named(house, second) is None


def test_a_link_is_over_after_a_day(house: House, address: str) -> None:
    ask(house, address)
    visitor, path = house.visitor(), link_to(house, address)
    form = visitor.open(path)
    house.clock.advance(hours=24)
    name = f"late.{next(house.numbers)}"
    assert visitor.submit(form, entries(name)).status == 404
    assert visitor.open(path).link("Ask for a new link") == ASK
    assert login_named(house, name) is None


def test_a_link_for_something_else_makes_no_account(house: House, address: str) -> None:
    ask(house, address)
    text = link_to(house, address).rpartition("/")[2]
    assert house.visitor().open(f"/account/new-password/{text}").status == 404
    assert house.visitor().open(f"{ASK}/{text}x").status == 404


def test_the_links_of_mails_begin_with_the_clinics_own_address(house: House, address: str) -> None:
    client, elsewhere = house.visitor().client, "http://evil.example"
    token = dict(Page(client.get(ASK, base_url=elsewhere)).form().form_values())
    headers = {"X-Forwarded-Host": "evil.example"}
    assert client.post(ASK, base_url=elsewhere, data={**token, "email": address}, headers=headers).status_code == 200
    (letter,) = letters_to(house, address)
    assert "http://localhost/account/sign-up/" in letter.body
    assert "evil" not in letter.body


def test_whether_an_address_is_known_is_told_to_its_reader_alone(house: House, address: str) -> None:
    ask(house, address)
    visitor, username = house.visitor(), f"known.{next(house.numbers)}"
    visitor.submit(visitor.open(link_to(house, address)), entries(username))
    stranger = f"stranger.{next(house.numbers)}@example.org"
    house.clock.advance(seconds=1)
    known, unknown = ask(house, address.upper()), ask(house, stranger)
    assert known.text == unknown.text
    assert f"with the user name {username}" in letters_to(house, address.upper())[0].body
    assert "with the user name" not in letters_to(house, stranger)[0].body


@pytest.mark.parametrize("wrong", ["", "nora", "nora@", "nora@example.org\r\nBcc: x@example.org", "a@b.c, d@e.f"])
def test_what_is_no_address_is_refused_beside_its_field(house: House, wrong: str) -> None:
    page = ask(house, wrong)
    assert page.status == 422
    assert page.html.xpath("string(//*[@id='f0-error'])")


REFUSED = [
    ("username", "admin", "Somebody has this user name already."),
    ("username", "a", "3 to 40 letters"),
    ("password", "short", "8 to 128 characters"),
    ("password", "", "Please fill in this field."),
    ("again", "another password", "not the same as above"),
    ("birthday", "2200-01-01", "the day of birth"),
    ("mobile", "call me", "telephone number"),
    ("lastname", "", "Please fill in this field."),
]


@pytest.mark.parametrize(("name", "value", "sentence"), REFUSED)
def test_what_is_refused_is_told_beside_its_field_and_the_link_stays_good(
    house: House, address: str, name: str, value: str, sentence: str
) -> None:
    ask(house, address)
    visitor, username = house.visitor(), f"nora.{next(house.numbers)}"
    form = visitor.open(link_to(house, address))
    changes = {"password": value, "again": value} if name == "password" else {name: value}
    page = visitor.submit(form, {**entries(username), **changes})
    assert page.status == 422
    control = page.html.xpath(f"string(//input[@name='{name}']/@aria-describedby)").split()[-1]
    assert sentence in page.html.xpath(f"string(//*[@id='{control}'])")
    assert page.html.xpath("//input[@type='password']/@value") == []
    assert visitor.submit(page, entries(username)).path == "/login"


def test_a_password_that_contains_the_user_name_is_refused(house: House, address: str) -> None:
    ask(house, address)
    visitor = house.visitor()
    given = entries("nora.lind", password="Nora.Lind-2026", again="Nora.Lind-2026")
    assert (
        "can&#39;t contain the user name" in visitor.submit(visitor.open(link_to(house, address)), given).response.text
    )


@pytest.mark.parametrize("extra", [{"role": "0"}, {"role": "administrator"}, {"role_name": "administrator"}])
def test_nobody_gives_themselves_a_role(house: House, address: str, extra: dict[str, str]) -> None:
    ask(house, address)
    visitor, username = house.visitor(), f"climber.{next(house.numbers)}"
    form = visitor.open(link_to(house, address))
    data = {
        **dict(form.form().form_values()),
        **entries(username),
        **extra,
        "email": "else@example.org",
        "empid": "E-1",
    }
    assert visitor.post(form.path, data).path == "/login"
    login = login_named(house, username)
    assert login is not None
    assert login.role is Role.PATIENT
    with house.services.database.read() as session:
        assert session.scalars(select(Patient.email).where(Patient.login_id == login.id)).one() == address


def test_only_a_digest_of_the_link_is_kept_and_its_mail_is_forgotten_once_sent(house: House, address: str) -> None:
    ask(house, address)
    text = link_to(house, address).rpartition("/")[2]
    with house.services.database.read() as session:
        assert not any(text in str(vars(row)) for row in session.scalars(select(OneTimeLink)))
    (letter,) = letters_to(house, address)
    administrator = house.visitor("admin")
    assert text in administrator.open(f"/outbox/{letter.id}").text  # no mail server is set: staff hands it over
    with house.services.database.write() as session:
        session.get_one(Mail, letter.id).lease = "tests"
        session.flush()
        assert outbox.mark_sent(session, mail_id=letter.id, lease="tests", now=house.clock.now)
    assert letters_to(house, address)[0].body == ""
    assert "Its text is forgotten." in administrator.open(f"/outbox/{letter.id}").text


def test_staff_does_not_see_links_that_are_sent(house: House, address: str) -> None:
    ask(house, address)
    text = link_to(house, address).rpartition("/")[2]
    (letter,) = letters_to(house, address)
    services = replace(house.services, sends_mail=True)
    sending = replace(house, app=create_app(services, WebConfig("secret", rate_limits=False)))
    page = sending.visitor("admin").open(f"/outbox/{letter.id}")
    assert (page.status, text in page.response.text) == (200, False)
    assert "for its reader alone" in page.text


def test_mails_that_strangers_ask_for_are_limited(house: House) -> None:
    app = create_app(house.services, WebConfig("secret"))
    one, many = Visitor(app), Visitor(app)
    statuses = [one.submit(one.open(ASK), {"email": "victim@example.org"}).status for _ in range(4)]
    assert statuses == [200] * 3 + [429]
    assert [many.submit(many.open(ASK), {"email": f"v{n}@example.org"}).status for n in range(7)] == [200] * 6 + [429]
    assert len(letters_to(house, "victim@example.org")) == 3


def test_a_link_is_not_told_to_other_sites(house: House, address: str) -> None:
    ask(house, address)
    answer = house.visitor().client.get(link_to(house, address))
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.findall(r'(?:src|href)="https?://', answer.text)
