"""The histories that the diagrams of this folder allow."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Row

from tests.crash.load import DIAGRAMS
from workflows.diagrams import compile_diagram
from workflows.diagrams.graph import Node

_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "visit": ("start record fork notify approve pause join reserve reserve reserve reserve end",),
    "reminder": ("start answer end", "start answer late escalate end_late"),
    "referral": ("start call settle end",),
    "check": ("start compute consult end",),
    "payment": ("start paid book end",),
    "walk_in": ("arrived greet end",),
    "shaky": ("start stumble break_down end",),
    "tick": ("due count end",),
    "changing": ("start tell sign end",),
    "inquiry": ("start ask replied end",),
    "advice": ("asked think reply",),
    "triage": ("start decide choice soon end", "start decide choice later end"),
    "library": ("start work fork ask nap join note end",),
    "bell": ("rung toll end",),
    "errand": ("start fetch deliver end",),
    "guard": ("start watch end",),
}
"""The elements that a completed instance has entered, each as often as it stands here (`reserve` is three and one)."""

_ROUNDS: Mapping[str, str] = {"errand": "fetch deliver", "guard": "alarm log logged"}
"""What an instance of these may enter any number of times more: an errand sent back, a guard alarmed."""


def disorder(instances: Mapping[str, Row[Any]], activities: Mapping[str, list[Row[Any]]]) -> Iterator[str]:
    """Find ended instances whose history is not one that their diagram allows."""
    for row in (each for each in instances.values() if each.ended_at is not None):
        history = activities[row.id]
        where = f"{row.process_id} {row.id} ({row.status})"
        entered = Counter(each.element_id for each in history)
        allowed = [_with_rounds(row.process_id, Counter(path.split()), entered) for path in _ALLOWED[row.process_id]]
        if row.status == "completed" and entered not in allowed:
            yield f"{where} has entered {dict(entered)}"
        if row.status == "cancelled" and not any(entered <= path for path in allowed):
            yield f"{where} was cancelled and has entered {dict(entered)}"
        if any(each.ended_at is None for each in history):
            yield f"{where} has activities that have not ended"
            continue
        yield from (f"{where}: {mistake}" for mistake in _bad_times(row, history))
        yield from (f"{where}: {mistake}" for mistake in _bad_order(row.process_id, history))


def _with_rounds(process_id: str, once: "Counter[str]", entered: "Counter[str]") -> "Counter[str]":
    round_ = _ROUNDS.get(process_id, "").split()
    times = entered[round_[0]] - once[round_[0]] if round_ else 0
    return once + Counter(round_ * times)


def _bad_times(row: Row[Any], history: list[Row[Any]]) -> Iterator[str]:
    outcomes = (
        {"completed", "cancelled"}
        if row.status == "cancelled" or row.process_id in {"reminder", "errand"}
        else {"completed"}
    )
    for each in history:
        if each.outcome not in outcomes:
            yield f"{each.element_id} was left as {each.outcome}"
        elif not row.started_at <= each.started_at <= each.ended_at <= row.ended_at:
            yield f"{each.element_id} ran from {each.started_at} to {each.ended_at}"


def _bad_order(process_id: str, history: list[Row[Any]]) -> Iterator[str]:
    """Whoever stands at the end of a sequence flow was entered after those at its beginning had been left."""
    if process_id in _ROUNDS:  # the same elements come again
        return
    nodes = _nodes()[process_id]
    places: dict[str, list[Row[Any]]] = {}
    for each in history:
        places.setdefault(each.element_id, []).append(each)
    for target, entries in places.items():
        incoming = nodes[target].incoming
        if incoming and not any(flow.source in places for flow in incoming):
            yield f"{target} was entered, and nothing before it"
        for sources in (places[flow.source] for flow in incoming if flow.source in places):
            if max(each.number for each in sources) > min(each.number for each in entries):
                yield f"{target} was entered before {sources[0].element_id}"
            elif max(each.ended_at for each in sources) > min(each.ended_at for each in entries):
                yield f"{target} was left before {sources[0].element_id}"


@cache
def _nodes() -> Mapping[str, Mapping[str, Node]]:
    found = {}
    for path in DIAGRAMS.glob("*.bpmn"):
        graph = compile_diagram(path.read_bytes(), path.name)
        for process_id in graph.processes:
            found[process_id] = graph.nodes
    return found
