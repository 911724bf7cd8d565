"""People change their own profile, and their e-mail address by a link that is mailed to the new one."""

from datetime import date

import pytest
from sqlalchemy import select

from app.clinic import audit, notices, people
from app.clinic.models import Administrator, Doctor, Login, Mail, Patient, Role
from app.clinic.people import NewPerson
from tests.house import CHEAP, PASSWORD, House
from tests.letters import letters_to, link_to
from tests.visitor import Page, Visitor

PROFILE, EMAIL = "/account/profile", "/account/email"


class Owner:
    """Somebody with a profile of their own."""

    def __init__(self, house: House, role: Role = Role.PATIENT) -> None:
        self.house, number = house, next(house.numbers)
        self.username = f"own.{number}"
        self.email = f"{self.username}@example.org"
        person = NewPerson(self.username, PASSWORD, "Olga", "Berg", self.email, "+49 40 5550122")
        started, now = date(2020, 1, 2), house.clock.now
        with house.services.database.write() as session:
            if role is Role.PATIENT:
                people.create_patient(session, person=person, birthday=date(1980, 1, 2), now=now, passwords=CHEAP)
            elif role is Role.DOCTOR:
                people.create_doctor(
                    session,
                    docid=f"OWN-{number}",
                    person=person,
                    specialization="Neurology",
                    position="Consultant",
                    date_started=started,
                    now=now,
                    passwords=CHEAP,
                )
            else:
                people.create_administrator(
                    session,
                    empid=f"OWN-{number}",
                    person=person,
                    position="Desk",
                    date_started=started,
                    now=now,
                    passwords=CHEAP,
                )
        self.login_id = house.login_id(self.username)

    @property
    def person(self) -> Administrator | Doctor | Patient:
        """What the clinic knows now."""
        with self.house.services.database.read() as session:
            return people.person_of_login(session, login=session.get_one(Login, self.login_id))

    @property
    def audited(self) -> list[tuple[str, str, str]]:
        """Who did what with this account, newest first, and with which fields."""
        with self.house.services.database.read() as session:
            found = audit.list_entries(session, subject=self.login_id)
            return [(entry.who, entry.action, str(entry.details.get("fields", ""))) for entry in found]


@pytest.fixture
def owner(house: House) -> Owner:
    """A patient who has something to change."""
    return Owner(house)


def fill(visitor: Visitor, path: str, **values: str) -> Page:
    """Open a form and send it."""
    return visitor.submit(visitor.open(path), values, form=path)


@pytest.mark.parametrize(
    ("role", "own"),
    [
        (Role.PATIENT, {"profession": "Baker", "address": "Elm Road 1", "birthday": "1981-03-04"}),
        (Role.DOCTOR, {"specialization": "Sleep medicine"}),
        (Role.ADMINISTRATOR, {}),
    ],
)
def test_everybody_changes_their_own_profile(house: House, role: Role, own: dict[str, str]) -> None:
    owner = Owner(house, role)
    visitor = house.visitor(owner.username)
    assert visitor.open(visitor.open("/account").link("Change your profile")).chosen("lastname") == ["Berg"]
    values = {"firstname": "Olga", "midname": "M.", "lastname": "Lindgren", "mobile": "+49 40 5550199", **own}
    page = fill(visitor, PROFILE, **values)
    assert (page.path, "Your profile is changed." in page.text) == ("/account", True)
    assert "Olga M. Lindgren" in visitor.open("/dashboard").text
    assert {name: str(getattr(owner.person, name)) for name in values} == values
    assert owner.person.name_key == "lindgren olga m."
    assert owner.person.email == owner.email
    fields = ", ".join(["midname", "lastname", "mobile", *own])
    ((who, action, told), *_) = owner.audited
    assert (who, action, sorted(told.split(", "))) == (owner.login_id, "profile changed", sorted(fields.split(", ")))


def test_a_profile_that_is_sent_as_it_was_leaves_no_trace(house: House, owner: Owner) -> None:
    assert fill(house.visitor(owner.username), PROFILE).path == "/account"
    assert "profile changed" not in [action for _, action, _ in owner.audited]


def test_what_is_left_empty_is_taken_away(house: House, owner: Owner) -> None:
    visitor = house.visitor(owner.username)
    fill(visitor, PROFILE, midname="Maria", profession="Baker")
    fill(visitor, PROFILE, midname="", profession="")
    person = owner.person
    assert isinstance(person, Patient)
    assert (person.midname, person.profession) == ("", "")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("lastname", "", "Please fill in this field."),
        ("mobile", "call me", "telephone number"),
        ("birthday", "2200-01-01", "the day of birth"),
        ("firstname", "A\u202eB", "U+202E can't be used"),
        ("address", "x" * 101, "at most 100"),
    ],
)
def test_what_is_refused_is_told_beside_its_field_and_nothing_is_changed(
    house: House, owner: Owner, name: str, value: str, sentence: str
) -> None:
    page = fill(house.visitor(owner.username), PROFILE, **{"midname": "Maria", name: value})
    assert page.status == 422
    control = page.html.xpath(f"string(//input[@name='{name}']/@aria-describedby)").split()[-1]
    assert sentence in page.html.xpath(f"string(//*[@id='{control}'])")
    assert owner.person.midname == ""


def test_nobody_changes_what_the_clinic_says_of_them(house: House) -> None:
    owner = Owner(house, Role.DOCTOR)
    visitor = house.visitor(owner.username)
    wanted = {"docid": "HSP-200", "position": "Boss", "date_started": "1990-01-01", "email": "x@example.org"}
    visitor.submit(visitor.open(PROFILE), {**wanted, "role": "0", "login_id": house.login_id("admin")}, form=PROFILE)
    doctor = owner.person
    assert isinstance(doctor, Doctor)
    assert (doctor.docid.startswith("OWN-"), doctor.position, doctor.email) == (True, "Consultant", owner.email)
    assert (str(doctor.date_started), doctor.login.role) == ("2020-01-02", Role.DOCTOR)


# The e-mail address


def new_address(house: House) -> str:
    """Return an address that nobody has used yet."""
    return f"new.{next(house.numbers)}@example.org"


def ask(visitor: Visitor, email: str, password: str = PASSWORD) -> Page:
    """Ask for another address."""
    return fill(visitor, EMAIL, email=email, present_password=password)


def test_an_address_is_ones_own_once_the_link_that_was_sent_there_is_confirmed(house: House, owner: Owner) -> None:
    visitor, email = house.visitor(owner.username), new_address(house)
    assert owner.email in visitor.open(visitor.open("/account").link("Change your e-mail address")).text
    assert "a mail with a link is on its way" in ask(visitor, email).text
    path = link_to(house, email)
    confirming = visitor.open(path)
    assert email in confirming.text
    assert owner.person.email == owner.email
    page = visitor.submit(confirming, form=EMAIL)
    assert (page.path, "Your e-mail address is changed." in page.text) == ("/account", True)
    assert owner.person.email == email
    assert visitor.submit(confirming, form=EMAIL).status == 404
    assert visitor.open(path).link("Ask for a new link") == EMAIL
    actions = [(who, action) for who, action, _ in owner.audited]
    assert (owner.login_id, "new e-mail address asked for") in actions
    assert (owner.login_id, "e-mail address changed") in actions


def test_the_reader_of_the_old_address_is_told(house: House, owner: Owner) -> None:
    visitor, email = house.visitor(owner.username), new_address(house)
    ask(visitor, email)
    visitor.submit(visitor.open(link_to(house, email)), form=EMAIL)
    with house.services.database.read() as session:
        told = session.scalars(select(Mail).where(Mail.address == owner.email)).one()
        assert (told.subject, email in told.body) == ("Your e-mail address was changed", False)
        assert notices.list_notices(session, login_id=owner.login_id)[0].subject == told.subject


def test_a_link_that_reached_somebody_else_is_of_no_use_to_them(house: House, owner: Owner) -> None:
    visitor, stranger, email = house.visitor(owner.username), house.visitor(house.add_patient()), new_address(house)
    ask(visitor, email)
    path = link_to(house, email)
    assert house.visitor().open(path).path == "/login"
    assert stranger.open(path).status == 404
    token = dict(stranger.open("/account").form().form_values())
    assert stranger.post(path, token).status == 404
    assert owner.person.email == owner.email
    visitor.submit(visitor.open(path), form=EMAIL)
    assert owner.person.email == email


def test_links_to_the_old_address_end_with_it(house: House, owner: Owner) -> None:
    visitor, email = house.visitor(owner.username), new_address(house)
    asking = house.visitor()
    asking.submit(asking.open("/account/forgotten-password"), {"name": owner.username})
    ask(visitor, email)
    visitor.submit(visitor.open(link_to(house, email)), form=EMAIL)
    assert house.visitor().open(link_to(house, owner.email)).status == 404


def test_a_new_password_ends_what_was_asked_for_before(house: House, owner: Owner) -> None:
    visitor, email = house.visitor(owner.username), new_address(house)
    ask(visitor, email)
    new = "a quite new password"
    fill(visitor, "/account/password", present_password=PASSWORD, password=new, again=new)
    assert visitor.open(link_to(house, email)).status == 404
    assert owner.person.email == owner.email


def test_the_link_is_over_after_a_day(house: House, owner: Owner) -> None:
    visitor, email = house.visitor(owner.username), new_address(house)
    ask(visitor, email)
    confirming = visitor.open(link_to(house, email))
    house.clock.advance(hours=24)
    assert visitor.submit(confirming, form=EMAIL).status == 404
    assert visitor.open(link_to(house, email)).status == 404
    assert owner.person.email == owner.email


def test_who_does_not_know_the_present_password_has_nothing_sent(house: House, owner: Owner) -> None:
    visitor, email = house.visitor(owner.username), new_address(house)
    page = ask(visitor, email, "wrong")
    assert (page.status, "This is not your present password." in page.text) == (422, True)
    assert letters_to(house, email) == []


@pytest.mark.parametrize("wrong", ["nora", "nora@example.org\r\nBcc: x@example.org", "OWN"])
def test_what_is_no_new_address_is_refused_beside_its_field(house: House, owner: Owner, wrong: str) -> None:
    page = ask(house.visitor(owner.username), owner.email if wrong == "OWN" else wrong)
    assert page.status == 422
    assert page.html.xpath("string(//*[@id='f0-error'])")
