"""What transactions ring: every process finds it, whichever order they end in."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import text

from tests.bench import drawing
from workflows.embedded import EmbeddedEngine, rings, schema
from workflows.embedded.database import open_engine
from workflows.embedded.rings import EVERYTHING, Rings

NOW = datetime(2026, 6, 1, 5, 0, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Database:
    database = open_engine(database_url)
    schema.upgrade(database)
    return database


def test_another_process_hears_of_each_transaction_once(database: Database) -> None:
    engine, heard = EmbeddedEngine(database), Rings(database)
    engine.deploy([drawing.services(2)])
    assert heard.changed(()) == {EVERYTHING}, "what was before is not known"
    heard.changed(())
    instance = engine.start("services", {"n": 0})
    of_instance = f"instance:{instance.id}"
    told = set(heard.changed(()))
    assert {of_instance, "definition:services", "instances"} <= told
    (of_job,) = (topic for topic in told if topic.startswith("job:"))
    assert heard.changed(()) == set()
    leased = engine.lock_jobs("test", [of_job.removeprefix("job:")], 1, timedelta(minutes=1))
    assert len(leased) == 1
    assert heard.changed(()) == set(), "nothing that anybody waits for"
    engine.complete_job(leased[0], {})
    assert of_instance in heard.changed(())
    database.dispose()


def test_after_a_rest_everything_counts_as_changed(database: Database) -> None:
    heard = Rings(database)
    heard.changed(())
    heard.forget()
    assert heard.changed(()) == {EVERYTHING}
    database.dispose()


def test_a_transaction_that_ends_after_a_later_one_is_heard(postgres_url: str) -> None:
    database = open_engine(postgres_url)
    schema.upgrade(database)
    heard = Rings(database)
    heard.changed(())
    with database.connect() as slow, database.connect() as quick:
        rings.write(slow, {"first"}, NOW)
        rings.write(quick, {"second"}, NOW)
        assert slow.scalar(text("SELECT max(id) FROM ring")) is not None
        quick.commit()
        assert heard.changed(()) == {"second"}
        assert heard.changed(()) == set()
        slow.commit()
        assert heard.changed(()) == {"first"}
        assert heard.changed(()) == set()
    database.dispose()


def test_jobs_whose_types_are_not_known_wake_everybody_who_waits_for_jobs(database: Database) -> None:
    heard = Rings(database)
    heard.changed(())
    with database.begin() as connection:
        rings.write(connection, {rings.JOBS}, NOW)
    assert "job:a" in heard.changed({"job:a", "tasks"})
    database.dispose()


def test_what_changes_too_much_is_told_as_everything(database: Database) -> None:
    heard = Rings(database)
    heard.changed(())
    with database.begin() as connection:
        rings.write(connection, {f"instance:{number}" for number in range(1000)}, NOW)
    assert heard.changed(()) == {EVERYTHING}
    database.dispose()
