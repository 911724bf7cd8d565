"""Sessions, one-time links and lock-out, on both databases, also when many come at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from app.clinic import directory, lockout, one_time_links, outbox, sessions
from app.clinic.errors import NotAllowed, NotFound
from app.clinic.lockout import AT_ADDRESS
from app.clinic.models import LinkPurpose, MailStatus
from app.database import Database
from tests.clinic.builders import NOW, a_person, add_patient

HOUR = timedelta(hours=1)
CROWD = 12


@pytest.fixture
def login_id(database: Database) -> str:
    """The login of a patient."""
    with database.write() as session:
        return add_patient(session, a_person(email="Ana.K@example.org")).login_id


def begin(database: Database, login_id: str) -> str:
    with database.write() as session:
        return sessions.begin(session, login_id=login_id, now=NOW, lifetime=HOUR)


def is_open(database: Database, text: str, after: timedelta = timedelta()) -> bool:
    with database.read() as session:
        return sessions.login_of(session, text=text, now=NOW + after) is not None


def test_a_session_is_open_until_it_ends_or_time_is_up(database: Database, login_id: str) -> None:
    one, other = begin(database, login_id), begin(database, login_id)
    assert is_open(database, one, HOUR - timedelta(seconds=1))
    assert not is_open(database, one, HOUR)
    assert not is_open(database, one + "x")
    with database.write() as session:
        sessions.end(session, text=one)
    assert (is_open(database, one), is_open(database, other)) == (False, True)
    with database.write() as session:
        sessions.end_all(session, login_id=login_id)
    assert not is_open(database, other)


def test_closing_an_account_ends_its_sessions_and_opening_it_brings_none_back(
    database: Database, login_id: str
) -> None:
    text = begin(database, login_id)
    with database.write() as session:
        directory.close(session, login_id=login_id, by="tests", now=NOW)
        assert directory.logins_of_email(session, email="ana.k@example.org") == []
        directory.reopen(session, login_id=login_id, by="tests", now=NOW)
        assert [each.id for each in directory.logins_of_email(session, email="ANA.K@EXAMPLE.ORG")] == [login_id]
    assert not is_open(database, text)


def attempt(database: Database, username: str = "ana", address: str = "192.0.2.1", **after: float) -> bool:
    """Count an attempt, and say whether it may go on."""
    with database.write() as session:
        return lockout.begin(session, username=username, address=address, now=NOW + timedelta(**after)) is None


def test_of_many_attempts_at_once_only_the_free_ones_go_on(database: Database) -> None:
    together = Barrier(CROWD)

    def try_once(_: int) -> bool:
        together.wait(timeout=60)
        return attempt(database)

    with ThreadPoolExecutor(CROWD) as threads:
        assert sum(threads.map(try_once, range(CROWD))) == AT_ADDRESS.free


def test_pauses_double_up_to_the_longest_and_are_forgotten_after_a_day(database: Database) -> None:
    pauses = [AT_ADDRESS.pause(failures) for failures in range(AT_ADDRESS.free, AT_ADDRESS.free + 8)]
    assert pauses == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 16, 32, 60, 60)]
    assert AT_ADDRESS.pause(AT_ADDRESS.free - 1) is None
    assert [attempt(database) for _ in range(6)] == [True] * 5 + [False]
    assert attempt(database, hours=24)
    assert [attempt(database, hours=24) for _ in range(5)] == [True] * 4 + [False]


def test_success_forgets_what_failed_for_the_account_and_not_for_the_address(database: Database) -> None:
    for number in range(lockout.WHATEVER_ACCOUNT.free):
        assert attempt(database, f"ana.{number}")
    assert not attempt(database, "ana")
    with database.write() as session:
        lockout.succeed(session, username="ana.1", address="192.0.2.1")
    assert attempt(database, "ana")
    assert not attempt(database, "ana")


def make(database: Database, login_id: str) -> str:
    with database.write() as session:
        return one_time_links.make(
            session, purpose=LinkPurpose.PASSWORD, address="a@b.example", now=NOW, lifetime=HOUR, login_id=login_id
        )


def test_of_many_who_use_a_link_at_once_one_has_it(database: Database, login_id: str) -> None:
    text, together = make(database, login_id), Barrier(CROWD)

    def use(_: int) -> bool:
        together.wait(timeout=60)
        try:
            with database.write() as session:
                one_time_links.use(session, text=text, purpose=LinkPurpose.PASSWORD, now=NOW)
        except NotFound:
            return False
        return True

    with ThreadPoolExecutor(CROWD) as threads:
        assert sum(threads.map(use, range(CROWD))) == 1


def test_a_link_is_good_for_its_purpose_until_it_expires(database: Database, login_id: str) -> None:
    text = make(database, login_id)
    for purpose, now in ((LinkPurpose.SIGN_UP, NOW), (LinkPurpose.PASSWORD, NOW + HOUR)):
        with database.write() as session, pytest.raises(NotFound):
            one_time_links.use(session, text=text, purpose=purpose, now=now)
    with database.write() as session:
        assert one_time_links.use(session, text=text, purpose=LinkPurpose.PASSWORD, now=NOW).login_id == login_id


@pytest.mark.parametrize("final", [True, False])
def test_the_text_of_a_confidential_mail_is_forgotten_once_it_is_settled(database: Database, final: bool) -> None:
    with database.write() as session:
        mail_id = outbox.enqueue_confidential(
            session, name="", address="a@b.example", subject="A link", body="secret", now=NOW
        ).id
    with database.write() as session:
        mail = outbox.take(session, now=NOW, lease=HOUR)
        assert mail is not None
        assert mail.lease is not None
        assert outbox.mark_failed(session, mail_id=mail_id, lease=mail.lease, error="no", now=NOW, final=final)
    with database.write() as session:
        mail = outbox.find_mail(session, mail_id=mail_id)
        assert (mail.status, mail.body) == ((MailStatus.FAILED, "") if final else (MailStatus.WAITING, "secret"))
        if final:
            with pytest.raises(NotAllowed, match="forgotten"):
                outbox.send_again(session, mail_id=mail_id, now=NOW, by="tests")
