"""Our core against SpiffWorkflow, under the same engine and store, in one run: `python -m tests.bench.bench_cores`.

Each line has the cost with our core, with SpiffWorkflow, and the ratio of the two.
"""

import time
from collections.abc import Callable
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.bench_core import fork, line, loop, many
from tests.core import drawing as d
from tests.core.player import NOW
from workflows.core import State, commands, open_waits
from workflows.diagrams.graph import Graph
from workflows.embedded import EmbeddedEngine, open_engine
from workflows.embedded.cores import CORES, Program
from workflows.embedded.schema import upgrade
from workflows.engine import Resource

_RUNS, _TURNS = 3, 3
_INSTANCES = 60
_ROUNDS = 1_000


def play(program: Program, state: State, command: commands.Command) -> None:
    """Apply a command to its end."""
    more = program.step(state, command, NOW).more
    while more:
        more = program.step(state, commands.Continue(), NOW).more


def best(measure: Callable[[], float]) -> float:
    """Return the best of a few runs, in seconds."""
    return min(measure() for _ in range(_RUNS))


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that it takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def compare(what: str, measure: Callable[[str], float], unit: str = "us") -> None:
    """Print the cost with each core, and the ratio; they take turns, so that a busy machine is busy for both."""
    turns = [(measure("dams"), measure("spiff")) for _ in range(_TURNS)]
    own, other = (min(costs) for costs in zip(*turns, strict=True))
    scale = 1e6 if unit == "us" else 1e3
    figures = f"{own * scale:8.1f} {unit}, SpiffWorkflow {other * scale:8.1f} {unit}: {other / own:.1f} times"
    print(f"cores: {what:<57} {figures}")  # noqa: T201


def started(program: Program) -> State:
    """A new instance, up to where it waits."""
    state = program.new_state()
    play(program, state, commands.Start(d.PROCESS, {"n": 0, "more": True}))
    return state


def node(core: str) -> float:
    """What an element in a line of 100 costs."""
    program = CORES[core].program(line(100))
    return best(lambda: timed(lambda: started(program))) / 102


def round_after(rounds: int) -> Callable[[str], float]:
    """What a round of a loop (4 elements) costs after so many of them."""

    def measure(core: str) -> float:
        program = CORES[core].program(loop())
        state = started(program)
        for _ in range(rounds):
            play(program, state, commands.Complete(open_waits(state)[0].id))
        return best(lambda: timed(lambda: play(program, state, commands.Complete(open_waits(state)[0].id))))

    return measure


def each_of(graph: Graph, count: int) -> Callable[[str], float]:
    """What one answer costs where `count` are waited for."""

    def measure(core: str) -> float:
        program = CORES[core].program(graph)

        def answer_all() -> float:
            state = started(program)
            waits = [wait.id for wait in open_waits(state)]

            def answer() -> None:
                for wait in waits:
                    play(program, state, commands.Complete(wait))

            return timed(answer)

        return best(answer_all) / count

    return measure


def stored(core: str) -> float:
    """What an instance with two user tasks costs in an SQLite file, from its start to its end."""
    with TemporaryDirectory() as folder:
        database = open_engine(f"sqlite:///{folder}/bench.db")
        upgrade(database)
        engine = EmbeddedEngine(database)
        engine.deploy([Resource("two.bpmn", _TWO_TASKS)], core=core)

        def run() -> None:
            engine.start("two")
            for _ in range(2):
                engine.complete(engine.tasks()[0].id)

        times = [timed(run) for _ in range(_INSTANCES)]
        database.dispose()
    return median(times)


_TWO_TASKS = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform="Camunda Platform"
    modeler:executionPlatformVersion="7.22.0" id="d" targetNamespace="bench">
  <process id="two" isExecutable="true">
    <startEvent id="s"/><userTask id="one"/><userTask id="other"/><endEvent id="e"/>
    <sequenceFlow id="a" sourceRef="s" targetRef="one"/><sequenceFlow id="b" sourceRef="one" targetRef="other"/>
    <sequenceFlow id="c" sourceRef="other" targetRef="e"/>
  </process>
</definitions>"""


def main() -> None:
    """Measure and print, one line each."""
    compare("an instance of two user tasks, in SQLite", stored, "ms")
    compare("a node in a line of 100", node)
    compare("a round of a loop after 10", round_after(10))
    compare(f"a round of a loop after {_ROUNDS:,}", round_after(_ROUNDS))
    compare("an item of a multi-instance task of 1,000", each_of(many(1_000), 1_000))
    compare("a branch of a parallel join of 1,000", each_of(fork("parallelGateway", 1_000), 1_000))


if __name__ == "__main__":
    main()
