"""What the core costs, as it grows: `python -m tests.bench.bench_core`. Ratios say whether a cost stays flat."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

from tests.core import drawing as d
from workflows.core import State, commands, open_waits, step
from workflows.core.commands import Command
from workflows.diagrams.graph import Graph, MultiInstance, Node
from workflows.expressions.expression import Literal

_NOW = datetime(2026, 3, 1, tzinfo=UTC)
_RUNS = 5


def play(graph: Graph, state: State, command: Command) -> None:
    """Apply a command to its end."""
    more = step(graph, state, command, _NOW).more
    while more:
        more = step(graph, state, commands.Continue(), _NOW).more


def seconds(prepare: Callable[[], Callable[[], None]]) -> float:
    """Return the time of what `prepare` gives, the best of a few runs."""
    times = []
    for _ in range(_RUNS):
        action = prepare()
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def line(length: int) -> Graph:
    """A process of tasks that do nothing, one behind the other."""
    drawing = d.Drawing()
    names = [drawing.node(f"t{number}", "task") for number in range(length)]
    drawing.line("start", *names, "end")
    return drawing.graph()


def loop() -> Graph:
    """A user task in a loop: each answer is one round."""
    drawing = d.Drawing()
    drawing.line("start", "xor", "ask", "xor2")
    drawing.node("count", "scriptTask", script=d.sets("n", "n + 1"))
    drawing.flow("xor2", "count", "more")
    drawing.line("count", "xor")
    drawing.line("xor2", "end")
    drawing.nodes["xor2"] = _with_default(drawing)
    return drawing.graph()


def _with_default(drawing: d.Drawing) -> Node:
    last = drawing.flows.pop()
    drawing.flow(last.source, last.target, default=True)
    return drawing.nodes["xor2"]


def fork(gateway: str, branches: int) -> Graph:
    """A split into user tasks that join again."""
    drawing = d.Drawing()
    split, join = (drawing.node(name, gateway) for name in ("split", "join"))
    drawing.line("start", split)
    for number in range(branches):
        drawing.line(split, f"t{number}", join)
    drawing.line(join, "end")
    return drawing.graph()


def many(items: int) -> Graph:
    """A parallel multi-instance user task, whose answers are collected."""
    drawing = d.Drawing()
    whole = MultiInstance(
        collection=Literal(list(range(items))),
        element_variable="item",
        output_collection="answers",
        output_element=d.feel("item"),
    )
    drawing.node("each", "userTask", loop=whole)
    drawing.line("start", "each", "end")
    return drawing.graph()


def started(graph: Graph) -> State:
    """A new instance, up to where it waits."""
    state = State()
    play(graph, state, commands.Start(d.PROCESS, {"n": 0, "more": True}))
    return state


def answering(graph: Graph) -> Callable[[], Callable[[], None]]:
    """Return what answers all that a new instance waits for."""

    def prepare() -> Callable[[], None]:
        state = started(graph)
        waits = [wait.id for wait in open_waits(state)]

        def answer() -> None:
            for wait in waits:
                play(graph, state, commands.Complete(wait))
            assert state.status == "completed"

        return answer

    return prepare


def say(what: str, figure: str) -> None:
    """Print one line."""
    print(f"core: {what:<58} {figure}")  # noqa: T201


def report_line() -> None:
    """Print the cost of a node."""
    graph = line(100)
    cost = seconds(lambda: lambda: play(graph, State(), commands.Start(d.PROCESS))) / 102
    say("a node in a line of 100", f"{cost * 1e6:8.2f} us")


def report_loop() -> None:
    """Print what a round costs early and late, and how the state grows."""
    graph = loop()
    state = started(graph)
    small = len(json.dumps(state.to_json()))
    costs: dict[int, list[float]] = {10: [], 1_000: [], 10_000: []}
    for number in range(1, 10_021):
        wait = open_waits(state)[0].id
        start = time.perf_counter()
        play(graph, state, commands.Complete(wait))
        took = time.perf_counter() - start
        state.take_changes()
        for mark, times in costs.items():
            if mark <= number < mark + 20:
                times.append(took)
    best = {mark: min(times) * 1e6 for mark, times in costs.items()}
    shown = ", ".join(f"{cost:.1f} us at {mark}" for mark, cost in best.items())
    say("a round of a loop (4 nodes)", f"{shown}; last / first {best[10_000] / best[10]:.2f}")
    large = len(json.dumps(state.to_json()))
    say("state at a waiting task", f"{small} bytes at the start, {large} after 40,000 nodes")


def report_growth(what: str, make: Callable[[int], Graph]) -> None:
    """Print what one of 1,000 costs, and the ratio to one of 100."""
    few, lots = (seconds(answering(make(count))) / count for count in (100, 1_000))
    say(what, f"{lots * 1e6:8.1f} us each of 1,000 ({lots * 1e6:.0f} ms in all); to one of 100: {lots / few:.2f}")


def report_persisted() -> None:
    """Print what changes of one answer have to be written, among 100 and 1,000 items."""
    sizes = []
    for count in (100, 1_000):
        graph = many(count)
        state = started(graph)
        state.take_changes()
        play(graph, state, commands.Complete(open_waits(state)[0].id))
        sizes.append(len(json.dumps(state.take_changes().written)))
    say("changes to write for one answer among 1,000 items", f"{sizes[1]} bytes; among 100: {sizes[0]}")


def main() -> None:
    """Measure and print, one line each."""
    report_line()
    report_loop()
    report_growth("an item of a parallel multi-instance task", many)
    report_persisted()
    report_growth("a branch of a parallel join", lambda count: fork("parallelGateway", count))
    report_growth("a branch of an inclusive join", lambda count: fork("inclusiveGateway", count))


if __name__ == "__main__":
    main()
