"""The histories of instances that ran on an earlier version replay: what is running goes on after an update.

A history is replayed with the definitions and the worker's own code, in the sandbox, without a server. A change to the
interpreter that would do anything else than what a history says fails here, before it fails there.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from workflows.core.machine import Machine
from workflows.core.state import State
from workflows.diagrams import compile_diagram
from workflows.embedded.cores import TEMPORAL, mover_named
from workflows.embedded.definitions import Definition
from workflows.temporal.worker import WORKFLOWS, Definitions

_HISTORIES = Path(__file__).with_name("histories")
_RECORDED = sorted(path.stem for path in _HISTORIES.glob("[0-9]*.json"))


def _read(name: str) -> Any:
    return json.loads((_HISTORIES / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    """The definitions as they were deployed then."""
    recorded = _read("definitions")

    def load(definition_id: str) -> Definition:
        row = recorded[definition_id]
        graph = compile_diagram(row["content"].encode(), row["file"])
        program = mover_named(TEMPORAL).program(graph)
        return Definition(definition_id, row["process_id"], row["version"], "recorded", graph, program)

    return Definitions(load)


def replay(name: str, definitions: Definitions) -> None:
    """Replay a history; raise what is wrong with it."""
    recorded = _read(name)
    history = WorkflowHistory.from_json(recorded["id"], recorded["history"])
    replayer = Replayer(workflows=WORKFLOWS, interceptors=[definitions], build_id="recorded")
    asyncio.run(replayer.replay_workflow(history))


@pytest.mark.parametrize("name", _RECORDED)
def test_what_ran_on_an_earlier_version_goes_on(name: str, definitions: Definitions) -> None:
    replay(name, definitions)


def test_a_change_that_running_instances_would_not_survive_is_noticed(
    definitions: Definitions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count_by_two(machine: Machine) -> int:
        state: State = machine.state
        state.sequence += 2
        return state.sequence

    monkeypatch.setattr(Machine, "next_id", count_by_two)
    with pytest.raises(NondeterminismError, match="job-"):
        replay(_RECORDED[0], definitions)
