"""Random diagrams and random orders of commands. The player compares what the steps of an instance say with what
those of its copies say (read back from JSON, cut after each element) and checks the state after every step."""

import contextlib

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from tests.core.blocks import Block, dialects, paint, structured
from tests.core.driving import drive, run
from tests.core.fuzzing import fuzzing
from tests.core.player import EndlessError, Player, picture
from tests.core.tangles import tangled
from workflows.core import State, commands, step
from workflows.core.machine import Machine
from workflows.diagrams.graph import Graph
from workflows.errors import Conflict, InvalidInput
from workflows.expressions.dialect import Dialect

choices = st.lists(st.integers(0, 104), max_size=25)


@fuzzing(1500)
@given(structured, dialects, choices)
def test_every_structured_instance_finishes_and_loses_nothing(block: Block, dialect: Dialect, order: list[int]) -> None:
    player = run(paint(block, dialect), order)
    assert player.status == "completed"


@fuzzing(800)
@given(tangled(), choices)
def test_no_token_is_lost_or_doubled_in_any_diagram(graph: Graph, order: list[int]) -> None:
    player = Player(graph)
    try:
        player.start(x=0)
        drive(player, order)
    except EndlessError:
        reject()
    assert player.status == "completed" or player.state.tokens


@fuzzing(500)
@given(structured, choices, st.lists(st.integers(0, 10_000), min_size=1, max_size=4))
def test_modifications_by_hand_keep_the_state_whole(block: Block, order: list[int], picks: list[int]) -> None:
    player = Player(paint(block))
    try:
        player.start(x=0)
        for pick in picks:
            drive(player, order[:5])
            if player.status == "active":
                _modify(player, pick)
        drive(player, order)
    except EndlessError:
        reject()


def _modify(player: Player, pick: int) -> None:
    active = [token.activity for token in player.state.tokens.values() if token.activity is not None]
    names = sorted(player.graph.nodes)
    cancel = (active[pick % len(active)],) if active and pick % 3 else ()
    start = (names[pick % len(names)],) if pick % 2 else ()
    with contextlib.suppress(InvalidInput):  # the player looks at the state after a refusal too
        player.send(commands.Modify(cancel, start))


@fuzzing(500)
@given(structured, dialects, choices, st.integers(0, 60))
def test_a_step_that_breaks_off_anywhere_leaves_the_state_as_it_was(
    block: Block, dialect: Dialect, order: list[int], countdown: int
) -> None:
    player = Player(paint(block, dialect), check=False)
    try:
        player.start(x=0)
        drive(player, order)
    except EndlessError:
        reject()
    if player.status != "active":
        return
    before, links = player.state.to_json(), picture(player.state)
    command = commands.SignalArrived("go", {"x": 2})
    for chosen in (command, *map(_answer_of, sorted(player.state.waits)), commands.Cancel()):
        _break_off(player, chosen, countdown)
        assert player.state.to_json() == before
        assert picture(player.state) == links
    restored = State.from_json(before)
    assert step(player.graph, player.state, command, player.now) == step(player.graph, restored, command, player.now)


def _answer_of(wait: int) -> commands.Command:
    return commands.ThrowError(wait, "E") if wait % 2 else commands.Escalate(wait, "S")


class _BrokenError(Exception):
    """Something that no step expects."""


def _break_off(player: Player, command: commands.Command, countdown: int) -> None:
    """Apply a command in a step that breaks off after so many changes, or at its end."""
    left = [countdown]
    genuine = Machine.touch

    def touch(machine: Machine, record: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise _BrokenError
        genuine(machine, record)  # type: ignore[arg-type]  # passed on as it came

    copy = State.from_json(player.state.to_json())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Machine, "touch", touch)
        try:
            step(player.graph, player.state, command, player.now)
        except (_BrokenError, Conflict):
            return
    player.state = copy
