"""States in memory are used only as long as they are those of the database."""

from collections.abc import Callable

from workflows.embedded import EmbeddedEngine
from workflows.embedded.states import HotStates, Stored

from .conftest import TWO_TASKS, Clock


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
