"""Ended instances are removed with everything of them: by hand, or when their definition's time to live is over."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import func, select

from workflows.embedded import EmbeddedEngine
from workflows.embedded.tables import metadata
from workflows.engine import InstanceQuery, Resource
from workflows.errors import Conflict, InvalidInput, NotFound

from .conftest import TWO_JOBS, TWO_TASKS, Clock, bpmn, line, refuses, run_jobs
from .test_background import eventually
from .test_calls import CALLER, complete_all

QUICK = line("startEvent start", 'userTask ask camunda:candidateGroups="staff"', "endEvent end")
OF_INSTANCES = ("instance", "activity", "variable_change", "user_task", "task_candidate", "incident", "job", "timer",
                "subscription", "state_record", "operation")  # fmt: skip


def kept_for(days: str) -> Resource:
    """A process whose history has this time to live."""
    drawn = bpmn(f"kept{days}", QUICK)
    return Resource(
        drawn.name, drawn.content.replace(b'historyTimeToLive="30"', f'historyTimeToLive="{days}"'.encode())
    )


def rows(database: Database) -> dict[str, int]:
    """Count what the tables hold of instances."""
    with database.connect() as connection:
        found = {
            name: connection.scalar(select(func.count()).select_from(metadata.tables[name])) for name in OF_INSTANCES
        }
    return {name: count for name, count in found.items() if count}


def end(engine: EmbeddedEngine, process_id: str, how_many: int = 1) -> list[str]:
    """Start instances and complete their tasks."""
    started = [engine.start(process_id, {"n": number}).id for number in range(how_many)]
    complete_all(engine, process_id)
    return started


def test_an_ended_instance_is_deleted_with_everything_of_it(
    engine: EmbeddedEngine, database: Database, clock: Clock
) -> None:
    engine.deploy([TWO_TASKS, TWO_JOBS])
    kept = engine.start("two_jobs")
    before = rows(database)
    (ended,) = end(engine, "two_tasks")
    engine.delete(ended, reason="asked for", by="ann")
    with pytest.raises(NotFound):
        engine.instance(ended)
    refuses(lambda: engine.delete(ended), NotFound, "no process instance")
    assert rows(database) == before | {"operation": 1}
    (deletion,) = engine.operations(ended)
    assert (deletion.action, deletion.done_by, deletion.reason) == ("delete", "ann", "asked for")
    assert deletion.done_at == clock.now
    refuses(lambda: engine.delete(kept.id), Conflict, "has not ended: cancel it first")


def test_history_goes_when_its_time_is_over(engine: EmbeddedEngine, database: Database, clock: Clock) -> None:
    engine.deploy([kept_for("2"), kept_for("P7D"), kept_for("0")])
    short, long, none = (end(engine, f"kept{days}")[0] for days in ("2", "P7D", "0"))
    running = engine.start("kept2")
    assert engine.prune() == 1
    refuses(lambda: engine.instance(none), NotFound, "no process instance")
    clock.advance(days=2, seconds=-1)
    assert engine.prune() == 0
    clock.advance(seconds=1)
    engine.background.run_once()
    assert {found.id for found in engine.instances()} == {long, running.id}
    refuses(lambda: engine.history(short), NotFound, "no process instance")
    clock.advance(days=5)
    assert engine.prune() == 1
    assert {found.id for found in engine.instances()} == {running.id}
    assert rows(database) == {"instance": 1, "activity": 2, "user_task": 1, "task_candidate": 1}


def test_history_without_an_end_or_with_one_before_time_began_stays(engine: EmbeddedEngine, clock: Clock) -> None:
    forever = bpmn("forever", QUICK)
    forever = Resource(forever.name, forever.content.replace(b' camunda:historyTimeToLive="30"', b""))
    engine.deploy([forever, kept_for("999999")])
    for process_id in ("forever", "kept999999"):
        end(engine, process_id)
    clock.advance(days=100_000)
    assert engine.prune() == 0
    assert len(engine.instances()) == 2


def test_pruning_goes_in_small_steps(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([kept_for("1"), kept_for("2")])
    for days in ("1", "2"):
        end(engine, f"kept{days}", 3)
    clock.advance(days=3)
    assert [engine.prune(limit=4), engine.prune(limit=4), engine.prune(limit=4)] == [4, 2, 0]
    refuses(lambda: engine.prune(limit=0), InvalidInput, "At least one")


def test_the_background_prunes_all_that_is_due(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([kept_for("1")])
    end(engine, "kept1", 45)
    clock.advance(days=1)
    engine.background.run_once()
    assert engine.instances() == []


@pytest.fixture
def live(database: Database) -> Iterator[EmbeddedEngine]:
    """An engine with the real clock whose background runs from the moment the test starts it."""
    engine = EmbeddedEngine(database)
    yield engine
    engine.background.stop()


def test_history_goes_away_by_itself(live: EmbeddedEngine) -> None:
    live.deploy([kept_for("0")])
    end(live, "kept0", 25)
    live.background.start()
    assert eventually(lambda: live.instances() == [], 60)


def test_a_called_instance_goes_before_its_caller(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_TASKS, CALLER])
    calling = engine.start("caller")
    complete_all(engine, "two_tasks")
    clock.advance(days=31)
    assert engine.prune() == 1
    assert engine.instances(InstanceQuery(process_id="two_tasks")) == []
    complete_all(engine, "caller")
    engine.delete(calling.id)
    assert engine.instances() == []


def test_an_answer_that_comes_after_the_deletion_is_refused(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_JOBS])
    started = engine.start("two_jobs")
    engine.cancel(started.id)
    engine.delete(started.id)
    refuses(lambda: engine.cancel(started.id), NotFound, "no process instance")
    assert run_jobs(engine) == 0
