"""Every case on every host: the core alone, and the embedded engine, opened anew for each action."""

from collections.abc import Callable

import pytest

from tests.conformance.case import Case, all_cases
from tests.conformance.core_host import CoreHost
from tests.conformance.embedded_host import EmbeddedHost
from tests.conformance.running import run
from workflows.diagrams import compile_diagram
from workflows.errors import InvalidDiagram
from workflows.scripts import ScriptRunner

_CASES = all_cases()


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_the_core_does_as_the_diagram_says(
    case: Case, scripts: ScriptRunner, record_property: Callable[[str, object], None]
) -> None:
    _note(record_property, "core", case)
    if _is_refused(case, lambda: compile_diagram(case.diagram.read_bytes(), case.diagram.name)):
        return
    host = CoreHost(case.diagram, scripts)
    run(case, host, case.process or host.first_process)


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_the_embedded_engine_does_as_the_diagram_says(
    case: Case, embedded_host: EmbeddedHost, record_property: Callable[[str, object], None]
) -> None:
    _note(record_property, "embedded", case)
    if _is_refused(case, lambda: embedded_host.deploy(case.diagram)):
        return
    first_process = embedded_host.deploy(case.diagram)
    run(case, embedded_host, case.process or first_process)


def _note(record_property: Callable[[str, object], None], host: str, case: Case) -> None:
    record_property("host", host)
    record_property("group", case.group)
    record_property("outcome", "passed" if case.refused is None else "refused")


def _is_refused(case: Case, deploy: Callable[[], object]) -> bool:
    """Whether the case is one to be refused; then it has to be, with the text that the case says."""
    if case.refused is None:
        return False
    with pytest.raises(InvalidDiagram) as caught:
        deploy()
    assert case.refused in str(caught.value)
    return True
