"""What the conversion writes runs on a broker with the trace of the original.

The conformance cases say what has to happen; they pass on our own engines, and are done here again, command by
command, on a broker that runs the translated diagram. Where a case looks at an asynchronous continuation while it
waits, and drawings without a case, both engines are driven alike and compared, step by step.
"""

import itertools
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conformance.case import Case, Step, all_cases
from tests.conformance.embedded_host import EmbeddedHost
from tests.conformance.host import Host, Seen
from tests.conformance.running import do, run
from tests.conversion.drawings import Drawing, camunda7_drawings, table
from tests.conversion.zeebe_host import ZeebeHost
from workflows.diagrams import Graph, compile_diagram
from workflows.diagrams.graph import EventKind

_REFUSED = table("refused.txt")
_IMPOSSIBLE = frozenset({"suspend", "resume", "modify", "migrate", "escalate"})
_STANDING = frozenset({"running", "incidents", "variables"})
_STEPS = 25
_MOMENT = timedelta(seconds=1)
"""Longer than the pauses of a drawing that are there to be waited for, shorter than those that are not."""


def _has_something_wait(case: Case) -> bool:
    """Whether a message comes for nobody, as what would take it, or leave it, has still to be continued."""
    pairs = itertools.pairwise(case.steps)
    return any(step.details.get("taken") is False and later.action == "continue" for step, later in pairs)


_DRAWINGS = {drawing.path: drawing for drawing in camunda7_drawings() if drawing.name not in _REFUSED}
_CASES = [case for case in all_cases() if case.diagram in _DRAWINGS]
_POSSIBLE = [case for case in _CASES if _IMPOSSIBLE.isdisjoint(step.action for step in case.steps)]
_WAITING = [case for case in _POSSIBLE if _has_something_wait(case)]
_DRIVEN = [case for case in _POSSIBLE if case not in _WAITING]
_OTHERS = [drawing for path, drawing in _DRAWINGS.items() if path not in {case.diagram for case in _POSSIBLE}]


@pytest.mark.parametrize("case", _DRIVEN, ids=lambda case: case.name)
def test_a_case_gives_its_trace_on_a_broker(case: Case, zeebe_host: ZeebeHost) -> None:
    first = zeebe_host.deploy(case.diagram)
    run(_on_a_broker(case), zeebe_host, case.process or first)


@pytest.mark.parametrize("case", _WAITING, ids=lambda case: case.name)
def test_a_case_of_a_continuation_that_waits_gives_the_trace_of_one_that_does_not(
    case: Case, zeebe_host: ZeebeHost, new_embedded_host: Callable[[Path], EmbeddedHost], tmp_path: Path
) -> None:
    """Nobody says when a continuation is done: ours waits for a thread, a broker does it at once. The case shows what
    can come before it; where ours is done at once as well, nothing can, on neither."""
    embedded = new_embedded_host(tmp_path / "engine.db")
    first = embedded.deploy(case.diagram)
    zeebe_host.deploy(case.diagram)
    assert _continuing_at_once(case, zeebe_host, first) == _continuing_at_once(case, embedded, first)


@pytest.mark.parametrize("drawing", _OTHERS, ids=lambda drawing: drawing.name)
def test_another_drawing_is_left_by_the_same_way_on_both_engines(
    drawing: Drawing,
    zeebe_host: ZeebeHost,
    new_embedded_host: Callable[[Path], EmbeddedHost],
    tmp_path: Path,
) -> None:
    path = _calling_nobody(drawing.path, tmp_path)
    embedded = new_embedded_host(tmp_path / "engine.db")
    embedded.deploy(path)
    zeebe_host.deploy(path, drawing.forms)
    graph = compile_diagram(path.read_bytes(), path.name, forms=drawing.forms)
    assert _walk(zeebe_host, graph) == _walk(embedded, graph)


def _calling_nobody(path: Path, folder: Path) -> Path:
    """Return a drawing whose calls of others find nothing, whatever else is on the broker: a copy, if it has any."""
    text = path.read_text()
    own = set(re.findall(r'<(?:\w+:)?process id="([^"]+)"', text))
    called = set(re.findall(r'calledElement="([^"${}]+)"', text)) - own
    if not called:
        return path
    for process_id in called:
        text = text.replace(f'calledElement="{process_id}"', f'calledElement="nobody_{process_id}"')
    copy = folder / path.name
    copy.write_text(text)
    return copy


def _continuing_at_once(case: Case, host: Host, process: str) -> list[tuple[bool | None, Seen]]:
    """Do the steps of a case with continuations done behind each; return what was taken, and seen."""
    trace = []
    for step in case.steps:
        taken = do(case, host, step, process)
        host.run_continuations()
        trace.append((taken, host.seen()))
    return trace


def _on_a_broker(case: Case) -> Case:
    """A broker goes on by itself, where ours waits for its background to continue; and a called process that fails
    is one that was cancelled."""
    steps: list[Step] = []
    for step in case.steps:
        if step.action == "continue" and steps:
            steps[-1] = _joined(steps[-1], step)
        else:
            steps.append(step)
    others = tuple("cancelled" if status == "failed" else status for status in case.others)
    return replace(case, steps=tuple(steps), others=others)


def _joined(step: Step, continued: Step) -> Step:
    """Make one step of two: what the first one shows to be going on has gone on by then."""
    details = {key: value for key, value in step.details.items() if key not in _STANDING}
    for key, value in continued.details.items():
        details[key] = value if key in _STANDING else [*details.get(key, []), *value]
    return replace(step, details=details)


def _walk(host: Host, graph: Graph) -> list[tuple[list[str], list[str], list[str]]]:
    """Begin the first process and complete what waits, the first by name, again and again; return what was seen."""
    _begin(host, graph)
    walked = []
    for _ in range(_STEPS):
        host.run_continuations()
        host.advance(_MOMENT)
        seen = host.seen()
        walked.append((sorted(seen.entered), sorted(seen.cancelled), sorted(seen.incidents)))
        if not _complete_one(host, seen):
            break
    return walked


def _begin(host: Host, graph: Graph) -> None:
    """Start the first process, by what it waits for if it does not just start."""
    process = next(iter(graph.processes.values()))
    if process.body.entries:
        host.start(process.id, {}, "key")
        return
    event = graph.nodes[process.body.event_starts[0]].events[0]
    name = "" if event.name is None else event.name.source
    match event.kind:
        case EventKind.MESSAGE:
            host.message(name, "key", {})
        case EventKind.SIGNAL:
            host.signal(name, {})
        case _:
            host.advance(timedelta(days=1))


def _complete_one(host: Host, seen: Seen) -> bool:
    """Complete the first task or job that waits; say whether there was one."""
    for element in sorted(set(seen.running) - set(seen.incidents)):
        with suppress(StopIteration):
            host.complete(element, {})
            return True
    return False
