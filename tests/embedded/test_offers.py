"""Jobs are offered in order, and found without a look at those behind them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy import Engine as Database

from workflows.embedded import EmbeddedEngine
from workflows.embedded.database import WRITES
from workflows.embedded.offers import lock_offered
from workflows.embedded.tables import job

from .conftest import LEASE, Clock, bpmn

BRANCHES = 4


def branches() -> str:
    """The inside of a process that asks for jobs of several types, with the priorities of variables, all at once."""
    parts = ['<startEvent id="start" /><parallelGateway id="fork" />',
             '<sequenceFlow id="f" sourceRef="start" targetRef="fork" />']  # fmt: skip
    for number in range(BRANCHES):
        kind = f'camunda:type="external" camunda:topic="type{number % 2}" camunda:taskPriority="${{p{number}}}"'
        parts.append(f'<serviceTask id="work{number}" {kind} />')
        parts.append(f'<sequenceFlow id="f{number}" sourceRef="fork" targetRef="work{number}" />')
    return "".join(parts)


def start(engine: EmbeddedEngine, *priorities: int) -> None:
    engine.start("wide", {f"p{number}": priority for number, priority in enumerate(priorities)})


def offered(engine: EmbeddedEngine, types: list[str], most: int) -> list[str]:
    """Lease jobs; return their elements."""
    return [job.element_id for job in engine.lock_jobs("worker", types, most, LEASE)]


def test_jobs_of_several_types_come_in_one_order(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([bpmn("wide", branches())])
    start(engine, 1, 2, 1, 1)
    clock.advance(seconds=1)
    start(engine, 1, 1, 3, 2)
    assert offered(engine, ["type0", "type1", "type0", "unknown"], 4) == ["work2", "work1", "work3", "work0"]
    assert offered(engine, ["type1"], 10) == ["work3", "work1"]
    assert offered(engine, ["type1", "type0"], 1) == ["work2"]
    assert offered(engine, [], 10) == []


def test_a_worker_may_ask_for_any_number_of_types(engine: EmbeddedEngine) -> None:
    engine.deploy([bpmn("wide", branches())])
    start(engine, 1, 2, 3, 4)
    many = ["type0", *(f"other{number}" for number in range(600)), "type1"]
    assert offered(engine, many, 3) == ["work3", "work2", "work1"]


@contextmanager
def counted(connection: Connection) -> Iterator[Callable[[], int]]:
    """Give what tells how much work the database has done for this connection: instructions on SQLite, rows that were
    read on PostgreSQL."""
    if connection.dialect.name == "postgresql":
        reads = text("SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables")
        before = connection.scalar(reads) or 0
        yield lambda: int((connection.scalar(reads) or 0) - before)
        return
    raw = connection.connection.driver_connection
    assert raw is not None
    count = 0

    def tick() -> None:
        nonlocal count
        count += 1

    raw.set_progress_handler(tick, 1)
    yield lambda: count
    raw.set_progress_handler(None, 1)


def cost(database: Database, types: list[str]) -> int:
    """Offer some jobs; return what it cost."""
    with database.execution_options(**WRITES).begin() as connection:
        lock_offered(connection, types, datetime.now(UTC), 5)
        with counted(connection) as spent:
            assert len(lock_offered(connection, types, datetime.now(UTC), 5)) == 5
            return spent()


def backlog(database: Database, instance_id: str, first: int, count: int) -> None:
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    rows = [
        {"instance_id": instance_id, "number": number, "process_id": "wide", "element_id": "work0", "headers": {},
         "type": f"type{number % 2}", "priority": number % 3, "retries": 1, "created_at": now, "available_at": now}
        for number in range(first, first + count)
    ]  # fmt: skip
    with database.execution_options(**WRITES).begin() as connection:
        connection.execute(insert(job), rows)
    with database.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


@pytest.mark.parametrize("types", [["type0"], ["type0", "type1", "unknown"]])
def test_a_large_backlog_costs_no_more_than_a_small_one(
    engine: EmbeddedEngine, database: Database, types: list[str]
) -> None:
    engine.deploy([bpmn("wide", branches())])
    start(engine, 1, 2, 3, 4)
    (leased,) = engine.lock_jobs("worker", ["type0"], 1, LEASE)
    backlog(database, leased.instance_id, 1000, 100)
    before = cost(database, types)
    backlog(database, leased.instance_id, 2000, 3000)
    assert cost(database, types) < 2 * before
