"""Random diagrams and random orders of commands, as for our core: every instance is played beside copies of it that
are read back from JSON, or cut after each element, and its state is looked at after every step."""

from hypothesis import given, reject
from hypothesis import strategies as st

from tests.core.blocks import Block, dialects, paint, structured
from tests.core.driving import drive, run
from tests.core.fuzzing import fuzzing
from tests.core.player import EndlessError, Player
from tests.core.tangles import tangled
from workflows.diagrams.graph import Graph
from workflows.expressions.dialect import Dialect
from workflows.spiff import SpiffCore

_CORE = SpiffCore()
choices = st.lists(st.integers(0, 104), max_size=25)


def runnable(graph: Graph) -> Graph:
    """Take only what this core does not refuse."""
    if any(next(iter(_CORE.refusals("", graph, process)), None) for process in graph.processes.values()):
        reject()
    return graph


@fuzzing(300)
@given(structured, dialects, choices)
def test_every_structured_instance_finishes_and_loses_nothing(block: Block, dialect: Dialect, order: list[int]) -> None:
    player = run(runnable(paint(block, dialect)), order, core=_CORE)
    assert player.status == "completed"


@fuzzing(200)
@given(tangled(), choices)
def test_no_token_is_lost_or_doubled_in_any_diagram(graph: Graph, order: list[int]) -> None:
    player = Player(runnable(graph), _CORE)
    try:
        player.start(x=0)
        drive(player, order)
    except EndlessError:
        reject()
    assert player.status == "completed" or player.state.tokens
