"""Doing the steps of a case on a host, and comparing what happens with what has to happen."""

from collections.abc import Sequence
from typing import Any, cast

from tests.conformance.case import Case, Step
from tests.conformance.host import Host, Seen
from workflows.errors import Conflict
from workflows.timers import parse_duration
from workflows.values import Variables


def run(case: Case, host: Host, process: str) -> list[Seen]:
    """Run the case, and return what was seen after each step; `process` is the one to start."""
    trace = []
    for number, step in enumerate(case.steps, 1):
        place = f"{case.name}, step {number} ({step.action} {step.value})"
        _act(case, host, step, process, place)
        trace.append(host.seen())
        _compare(place, step, trace[-1])
    _compare_end(case, host.seen())
    return trace


def _act(case: Case, host: Host, step: Step, process: str, place: str) -> None:
    refused = False
    try:
        taken = do(case, host, step, process)
    except Conflict:
        refused, taken = True, None
        if not step.expected("conflict"):
            raise
    assert refused == bool(step.expected("conflict")), f"{place}: a conflict was expected"
    if taken is not None:
        assert taken == step.details.get("taken", True), f"{place}: taken"


def do(case: Case, host: Host, step: Step, process: str) -> bool | None:
    """Do one step; of a message, say whether somebody took it."""
    value: Any = step.value
    given = cast("Variables", step.details.get("with", {}))
    match step.action:
        case "start":
            host.start(value or process, given, step.details.get("key"))
        case "complete":
            host.complete(value, given)
        case "fail":
            host.fail(value)
        case "throw_error":
            host.throw_error(value, step.details["code"], given)
        case "message":
            return host.message(value, step.details.get("key"), given)
        case "signal":
            host.signal(value, given)
        case "advance":
            host.advance(parse_duration(value).exact)
        case "resolve":
            host.resolve(value)
        case "continue":
            host.run_continuations()
        case "cancel_instance":
            host.cancel()
        case _:
            _operate(case, host, step, given)
    return None


def _operate(case: Case, host: Host, step: Step, given: Variables) -> None:
    value: Any = step.value
    match step.action:
        case "escalate":
            host.escalate(value, step.details["code"], given)
        case "set":
            host.set_variables(value)
        case "suspend":
            host.suspend()
        case "resume":
            host.resume()
        case "modify":
            host.modify(value.get("cancel", []), value.get("start", []), given)
        case "migrate":
            host.migrate(case.diagram.with_name(value["to"]), value.get("mapping", {}))


def _compare(place: str, step: Step, seen: Seen) -> None:
    expected = step.details.get("enter", [])
    assert follows(seen.entered, expected), f"{place}: entered {list(seen.entered)} instead of {expected}"
    assert sorted(seen.cancelled) == sorted(step.details.get("cancel", [])), f"{place}: cancelled"
    assert sorted(seen.incidents) == sorted(step.details.get("incidents", [])), f"{place}: incidents"
    if "running" in step.details:
        assert sorted(seen.running) == sorted(step.details["running"]), f"{place}: running"
    for name, value in step.details.get("variables", {}).items():
        assert name in seen.variables, f"{place}: {name} is not there"
        assert seen.variables[name] == value, f"{place}: {name}"


def _compare_end(case: Case, seen: Seen) -> None:
    assert seen.statuses[:1] == (case.status,), f"{case.name}: status"
    assert seen.statuses[1:] == case.others, f"{case.name}: statuses of the other instances"
    assert seen.variables == case.variables, f"{case.name}: final variables"
    if case.status == "completed" and set(case.others) <= {"completed", "cancelled", "failed"}:
        assert not seen.running, f"{case.name}: activities that never ended"


def follows(entered: Sequence[str], expected: Sequence[str]) -> bool:
    """Say whether a trace is one of those that `expected` allows: its items one after the other, each a sequence of
    elements, or several such sequences between `|` that run side by side."""
    if not expected:
        return not entered
    branches = [branch.split() for branch in expected[0].split("|")]
    length = sum(map(len, branches))
    return _interleaved(entered[:length], branches) and follows(entered[length:], expected[1:])


def _interleaved(entered: Sequence[str], branches: list[list[str]]) -> bool:
    if not entered:
        return not any(branches)
    return any(
        _interleaved(entered[1:], [*branches[:index], branch[1:], *branches[index + 1 :]])
        for index, branch in enumerate(branches)
        if branch and branch[0] == entered[0]
    )
