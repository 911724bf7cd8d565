"""What the conversion writes runs on a broker with the trace of the original.

The conformance cases say what has to happen; they pass on our own engines, and are done here again, command by
command, on a broker that runs the translated diagram. Where a broker does otherwise, `differences.txt` says what and
why. Drawings without a case are driven on both engines alike: whatever waits first is completed, step by step.
"""

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
from tests.conformance.running import run
from tests.conversion.drawings import ROOT, Drawing, camunda7_drawings, table
from tests.conversion.zeebe_host import ZeebeHost
from workflows.diagrams import Graph, compile_diagram
from workflows.diagrams.graph import EventKind

_REFUSED = table("refused.txt")
_DIFFERENCES = table("differences.txt")
_IMPOSSIBLE = frozenset({"suspend", "resume", "modify", "migrate", "escalate"})
_STANDING = frozenset({"running", "incidents", "variables"})
_STEPS = 25
_MOMENT = timedelta(seconds=1)
"""Longer than the pauses of a drawing that are there to be waited for, shorter than those that are not."""

_DRAWINGS = {drawing.path: drawing for drawing in camunda7_drawings() if drawing.name not in _REFUSED}
_CASES = [case for case in all_cases() if case.diagram in _DRAWINGS]
_DRIVEN = [case for case in _CASES if _IMPOSSIBLE.isdisjoint(step.action for step in case.steps)]
_OTHERS = [drawing for path, drawing in _DRAWINGS.items() if path not in {case.diagram for case in _DRIVEN}]


@pytest.mark.parametrize("case", _DRIVEN, ids=lambda case: case.name)
def test_a_case_gives_its_trace_on_a_broker(case: Case, zeebe_host: ZeebeHost) -> None:
    first = zeebe_host.deploy(case.diagram)
    if _name(case.diagram) in _DIFFERENCES:
        with pytest.raises(AssertionError):
            run(_on_a_broker(case), zeebe_host, case.process or first)
    else:
        run(_on_a_broker(case), zeebe_host, case.process or first)


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
    walked, wanted = _walk(zeebe_host, graph), _walk(embedded, graph)
    if drawing.name in _DIFFERENCES:
        assert walked != wanted
    else:
        assert walked == wanted


def test_the_differences_are_those_of_drawings_that_are_there() -> None:
    assert _DIFFERENCES.keys() <= {drawing.name for drawing in _DRAWINGS.values()}


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


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


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
