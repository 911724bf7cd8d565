"""Requests that programs may repeat: one at a time is begun for a key, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from app.clinic import repeats
from app.clinic.errors import InvalidInput, NotAllowed
from app.clinic.repeats import KEPT, Answer
from app.database import Database
from tests.clinic.builders import NOW, add_patient

ANSWER = Answer(201, "application/json", "/here", '{"id": 1}')
CROWD = 8


@pytest.fixture
def login_id(database: Database) -> str:
    """The login of a patient."""
    with database.write() as session:
        return add_patient(session).login_id


def begin(
    database: Database, login_id: str, key: str = "k", content: bytes = b"{}", after: timedelta = timedelta()
) -> Answer | None:
    known = repeats.request_id(login_id, "POST", "/appointments", key)
    with database.write() as session:
        return repeats.begin(session, key=known, login_id=login_id, content=content, now=NOW + after)


def finish(database: Database, login_id: str, key: str = "k") -> None:
    with database.write() as session:
        repeats.finish(session, key=repeats.request_id(login_id, "POST", "/appointments", key), answer=ANSWER)


def test_of_many_at_once_one_is_begun(database: Database, login_id: str) -> None:
    start = Barrier(CROWD)

    def send(_: int) -> bool:
        start.wait()
        try:
            return begin(database, login_id) is None
        except NotAllowed:
            return False

    with ThreadPoolExecutor(CROWD) as threads:
        assert sum(threads.map(send, range(CROWD))) == 1


def test_an_answer_is_given_again_to_the_same_request_for_a_day(database: Database, login_id: str) -> None:
    assert begin(database, login_id) is None
    with pytest.raises(NotAllowed):
        begin(database, login_id)
    finish(database, login_id)
    assert begin(database, login_id, after=KEPT - timedelta(seconds=1)) == ANSWER
    with pytest.raises(InvalidInput):
        begin(database, login_id, content=b'{"other": true}')
    assert begin(database, login_id, key="another") is None
    assert begin(database, login_id, after=KEPT) is None


def test_what_came_to_nothing_may_be_sent_again(database: Database, login_id: str) -> None:
    assert begin(database, login_id) is None
    with database.write() as session:
        repeats.forget(session, key=repeats.request_id(login_id, "POST", "/appointments", "k"))
    assert begin(database, login_id, content=b"another body") is None
