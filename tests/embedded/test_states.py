"""States in memory are used only as long as they are those of the database, where large ones are kept in parts."""

from collections.abc import Callable

from sqlalchemy import Engine as Database
from sqlalchemy import func, select

from workflows.embedded import EmbeddedEngine
from workflows.embedded.states import HotStates, Stored
from workflows.embedded.tables import instance, state_record
from workflows.engine import InstanceState, TaskQuery

from .conftest import LEASE, TWO_TASKS, Clock, bpmn, line

ITEMS = 200
EACH = (
    '<multiInstanceLoopCharacteristics camunda:collection="${items}" camunda:elementVariable="item" />'
    '<extensionElements><camunda:inputOutput><camunda:inputParameter name="note">${text}</camunda:inputParameter>'
    "</camunda:inputOutput></extensionElements>"
)
WIDE = bpmn(
    "wide",
    line(
        "startEvent start",
        f'serviceTask each camunda:type="external" camunda:topic="work"|{EACH}',
        "userTask after",
        "endEvent end",
    ),
)


def test_a_state_of_another_revision_is_not_given() -> None:
    states = HotStates()
    stored = Stored()
    states.put("a", 1, stored)
    assert states.take("a", 2) is None
    states.put("a", 2, stored)
    assert states.take("a", 2) is stored
    assert states.take("a", 2) is None


def test_the_states_that_moved_longest_ago_are_forgotten() -> None:
    states = HotStates(limit=2)
    for name in ("a", "b", "c"):
        states.put(name, 1, Stored())
    assert states.take("a", 1) is None
    assert states.take("c", 1) is not None


def test_large_states_leave_room_for_fewer_others() -> None:
    states = HotStates(characters=100)
    for name in ("a", "b", "c"):
        states.put(name, 1, Stored(size=60))
    assert states.take("b", 1) is None
    assert states.take("c", 1) is not None
    states.put("d", 1, Stored(size=1000))
    assert states.take("d", 1) is not None


def test_two_engines_that_move_one_instance_in_turn_see_each_others_changes(
    new_engine: Callable[[], EmbeddedEngine], clock: Clock
) -> None:
    one, other = new_engine(), new_engine()
    one.deploy([TWO_TASKS])
    started = one.start("two_tasks", {"n": 0})
    other.complete(other.tasks()[0].id, {"n": 1})
    assert one.task_variables(one.tasks()[0].id) == {"n": 1}
    one.complete(one.tasks()[0].id, {"m": 2})
    assert other.variables(started.id) == {"n": 1, "m": 2}


def parts(database: Database) -> int:
    with database.connect() as connection:
        return connection.execute(select(func.count()).select_from(state_record)).scalar_one()


def test_a_state_that_grows_large_goes_on_in_parts_until_its_instance_ends(
    new_engine: Callable[[], EmbeddedEngine], database: Database
) -> None:
    one, other = new_engine(), new_engine()
    one.deploy([WIDE])
    started = one.start("wide", {"items": list(range(ITEMS)), "text": "x" * 100})
    small = one.start("wide", {"items": [1], "text": "x"})
    with database.connect() as connection:
        texts = {row.id: row.state for row in connection.execute(select(instance.c.id, instance.c.state))}
    assert len(texts[started.id]) < 100 < len(texts[small.id])
    whole = parts(database)
    assert whole > ITEMS
    seen: list[object] = []
    while jobs := one.lock_jobs("worker", ["work"], 30, LEASE):
        for number, job in enumerate(jobs):
            (one, other)[number % 2].complete_job(job, {"last": job.variables["item"]})
            seen += [job.variables["item"]] if job.instance_id == started.id else []
    assert (len(seen), set(seen)) == (ITEMS, set(range(ITEMS)))
    assert 0 < parts(database) < whole
    for found in (started, small):
        (task,) = other.tasks(TaskQuery(instance_id=found.id))
        assert set(other.task_variables(task.id)) == {"items", "last", "text"} == set(other.variables(found.id))
        other.complete(task.id)
        assert one.instance(found.id).state is InstanceState.COMPLETED
    assert parts(database) == 0


def test_a_cancelled_instance_with_a_large_state_leaves_no_parts(engine: EmbeddedEngine, database: Database) -> None:
    engine.deploy([WIDE])
    started = engine.start("wide", {"items": list(range(ITEMS)), "text": "x" * 100})
    engine.cancel(started.id)
    assert parts(database) == 0
