"""The same process, drawn once for Camunda 7 and once for Camunda 8, does the same."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conformance.case import Case, all_cases
from tests.conformance.core_host import CoreHost
from tests.conformance.embedded_host import EmbeddedHost
from tests.conformance.running import run
from workflows.scripts import ScriptRunner


@pytest.fixture(scope="module")
def drawings() -> tuple[Case, Case]:
    found = {case.diagram.stem: case for case in all_cases() if case.group == "dialects"}
    return found["order_camunda7"], found["order_camunda8"]


def test_both_drawings_give_the_same_trace_and_variables_on_the_core(
    drawings: tuple[Case, Case], scripts: ScriptRunner
) -> None:
    traces = []
    for case in drawings:
        host = CoreHost(case.diagram, scripts)
        traces.append(run(case, host, host.first_process))
    assert traces[0] == traces[1]
    assert traces[0][-1].variables["receipt"] == "R1"


def test_both_drawings_give_the_same_trace_and_variables_in_the_embedded_engine(
    drawings: tuple[Case, Case], new_embedded_host: Callable[[Path], EmbeddedHost], tmp_path: Path
) -> None:
    traces = []
    for case in drawings:
        host = new_embedded_host(tmp_path / f"{case.diagram.stem}.db")
        traces.append(run(case, host, host.deploy(case.diagram)))
    assert traces[0] == traces[1]
    assert traces[0][-1].variables["receipt"] == "R1"
