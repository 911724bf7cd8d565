"""Forgotten passwords, new ones by a mailed link, and changing one's own."""

from datetime import date

import pytest
from sqlalchemy import select

from app.clinic import audit, notices, people, self_service
from app.clinic.models import Login, OneTimeLink
from app.clinic.people import NewPerson
from tests.house import CHEAP, PASSWORD, House
from tests.letters import letters_to, link_to
from tests.visitor import Page, Visitor

ASK, CHANGE = "/account/forgotten-password", "/account/password"
NEW = "a quite new password"


class Owner:
    """A patient with an e-mail address of their own."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.username = f"owner.{next(house.numbers)}"
        self.email = f"{self.username}@example.org"
        person = NewPerson(self.username, PASSWORD, "Olga", "Berg", self.email, "+49 40 5550122")
        with house.services.database.write() as session:
            people.create_patient(
                session, person=person, birthday=date(1980, 1, 2), now=house.clock.now, passwords=CHEAP
            )

    def signs_in(self, password: str) -> bool:
        """Say whether this password is the right one."""
        return self.house.visitor().sign_in(self.username, password).path == "/dashboard"


@pytest.fixture
def owner(house: House) -> Owner:
    """Somebody who may forget a password."""
    return Owner(house)


def ask(house: House, name: str) -> Page:
    """Say whose password is forgotten, in a browser of its own."""
    visitor = house.visitor()
    return visitor.submit(visitor.open(ASK), {"name": name})


def choose(house: House, path: str, password: str = NEW) -> Page:
    """Open a link, and choose a password."""
    visitor = house.visitor()
    return visitor.submit(visitor.open(path), {"password": password, "again": password})


@pytest.mark.parametrize("by", ["username", "email"])
def test_a_forgotten_password_is_replaced_by_the_mailed_link(house: House, owner: Owner, by: str) -> None:
    ask(house, getattr(owner, by).upper())
    path = link_to(house, owner.email)
    assert owner.username in house.visitor().open(path).text
    done = choose(house, path)
    assert (done.path, "Your password is set" in done.text) == ("/login", True)
    assert (owner.signs_in(NEW), owner.signs_in(PASSWORD)) == (True, False)


def test_whoever_asks_is_told_the_same_for_every_name(house: House, owner: Owner) -> None:
    with house.services.database.write() as session:
        people.find_username(session, username=Owner(house).username).active = False
    closed = f"owner.{next(house.numbers) - 1}"
    pages = [ask(house, name) for name in (owner.username, owner.email, "nobody", "nobody@example.org", closed)]
    assert {(page.status, page.text) for page in pages} == {(200, pages[0].text)}
    assert letters_to(house, f"{closed}@example.org") == []


def test_a_link_sets_one_password_once(house: House, owner: Owner) -> None:
    ask(house, owner.username)
    path = link_to(house, owner.email)
    stale = house.visitor()
    form = stale.open(path)
    choose(house, path)
    late = stale.submit(form, {"password": "something else", "again": "something else"})
    assert (late.status, "This link was used already" in late.text) == (404, True)
    assert owner.signs_in(NEW)


def test_using_one_link_ends_the_others(house: House, owner: Owner) -> None:
    ask(house, owner.username)
    first = link_to(house, owner.email)
    house.clock.advance(seconds=1)
    ask(house, owner.username)
    second = letters_to(house, owner.email)[1].body.split("http://localhost")[1].split()[0]
    choose(house, second)
    assert house.visitor().open(first).status == 404


def test_a_link_is_over_after_an_hour(house: House, owner: Owner) -> None:
    ask(house, owner.username)
    path = link_to(house, owner.email)
    house.clock.advance(minutes=59)
    assert house.visitor().open(path).status == 200
    house.clock.advance(minutes=1)
    page = house.visitor().open(path)
    assert (page.status, page.link("Ask for a new link")) == (404, ASK)


def test_opening_a_link_changes_nothing(house: House, owner: Owner) -> None:
    ask(house, owner.username)
    for _ in range(3):  # programs look at the links in mails too
        assert house.visitor().open(link_to(house, owner.email)).status == 200
    assert owner.signs_in(PASSWORD)


def test_a_new_password_ends_every_session_and_is_told(house: House, owner: Owner) -> None:
    sessions = [house.visitor(owner.username) for _ in range(2)]
    ask(house, owner.username)
    choose(house, link_to(house, owner.email))
    assert [visitor.open("/dashboard").path for visitor in sessions] == ["/login"] * 2
    login_id = house.login_id(owner.username)
    with house.services.database.read() as session:
        assert notices.list_notices(session, login_id=login_id)[0].subject == "Your password was changed"
        assert "password changed" in [entry.action for entry in audit.list_entries(session, subject=login_id)]


def test_a_link_lets_a_locked_out_owner_in(house: House, owner: Owner) -> None:
    visitor = house.visitor()
    statuses = [visitor.sign_in(owner.username, "wrong").status for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    ask(house, owner.username)
    choose(house, link_to(house, owner.email))
    assert owner.signs_in(NEW)


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [
        ("short", "short", "8 to 128 characters"),
        (NEW, NEW + " ", "not the same as above"),
        ("", "", "Please fill in"),
    ],
)
def test_a_password_that_is_refused_leaves_the_link_good(
    house: House, owner: Owner, password: str, again: str, sentence: str
) -> None:
    ask(house, owner.username)
    path, visitor = link_to(house, owner.email), house.visitor()
    page = visitor.submit(visitor.open(path), {"password": password, "again": again})
    assert page.status == 422
    assert sentence in page.html.xpath("string(//*[@class='field-error'])")
    assert NEW not in page.response.text
    assert choose(house, path).path == "/login"


def test_links_are_kept_by_their_digests(house: House, owner: Owner) -> None:
    ask(house, owner.username)
    text = link_to(house, owner.email).rpartition("/")[2]
    assert len(text) >= 43  # 32 random bytes
    with house.services.database.read() as session:
        assert not any(text in str(vars(row)) for row in session.scalars(select(OneTimeLink)))


# Changing one's own


def change(visitor: Visitor, present: str, password: str = NEW) -> Page:
    """Fill the form and send it."""
    values = {"present_password": present, "password": password, "again": password}
    return visitor.submit(visitor.open(CHANGE), values, form=CHANGE)


def test_changing_ones_password_signs_out_everywhere_else(house: House, owner: Owner) -> None:
    here, elsewhere = house.visitor(), house.visitor(owner.username)
    here.sign_in(owner.username, PASSWORD)
    with here.client.session_transaction() as cookie:
        before = cookie["_user_id"]
    page = change(here, PASSWORD)
    assert (page.path, "Your password is changed" in page.text) == ("/account", True)
    with here.client.session_transaction() as cookie:
        assert cookie["_user_id"] != before
    assert here.open("/dashboard").path == "/dashboard"
    assert elsewhere.open("/dashboard").path == "/login"
    assert (owner.signs_in(NEW), owner.signs_in(PASSWORD)) == (True, False)


def test_who_does_not_know_the_present_password_changes_nothing(house: House, owner: Owner) -> None:
    visitor = house.visitor(owner.username)
    pages = [change(visitor, "wrong") for _ in range(6)]
    assert [page.status for page in pages] == [422] * 6
    assert "This is not your present password." in pages[0].html.xpath("string(//*[@id='f0-error'])")
    assert "too many attempts" in pages[5].html.xpath("string(//*[@id='f0-error'])")
    assert "too many attempts" in change(visitor, PASSWORD).text
    house.clock.advance(minutes=1)
    assert change(visitor, PASSWORD).path == "/account"


def test_a_refused_new_password_leaves_the_old_one(house: House, owner: Owner) -> None:
    visitor = house.visitor(owner.username)
    page = change(visitor, PASSWORD, "short")
    assert "8 to 128 characters" in page.html.xpath("string(//*[@id='f1-error'])")
    assert visitor.open("/dashboard").path == "/dashboard"
    assert owner.signs_in(PASSWORD)


def test_outer_spaces_belong_to_a_password(house: House, owner: Owner) -> None:
    assert change(house.visitor(owner.username), PASSWORD, f" {NEW} ").path == "/account"
    assert (owner.signs_in(f" {NEW} "), owner.signs_in(NEW)) == (True, False)


def test_signing_out_everywhere_ends_every_session(house: House, owner: Owner) -> None:
    here, elsewhere, other = house.visitor(owner.username), house.visitor(owner.username), house.visitor("admin")
    here.submit(here.open("/account"), form="/account/sign-out-everywhere")
    assert [visitor.open("/dashboard").path for visitor in (here, elsewhere)] == ["/login"] * 2
    assert other.open("/dashboard").path == "/dashboard"


def test_a_password_that_was_hashed_is_nowhere_in_the_clear(house: House, owner: Owner) -> None:
    change(house.visitor(owner.username), PASSWORD)
    with house.services.database.read() as session:
        login = session.scalars(select(Login).where(Login.username == owner.username)).one()
        assert NEW not in str(vars(login))
        assert self_service.hash_password("", NEW, CHEAP) != login.password_hash
        assert login.password_hash.startswith("$argon2id$")
