"""Every case on every host: each core alone, and the embedded engine around each, opened anew for each action.

What a core can't run it refuses with the reason; nothing comes out wrong in silence. The cases that SpiffWorkflow
refuses, beside those that no core may accept, stand in `cases/refused_by_spiff.txt`, each with the reason.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conformance.case import CASES, Case, all_cases
from tests.conformance.core_host import CoreHost
from tests.conformance.embedded_host import EmbeddedHost
from tests.conformance.running import run
from workflows.embedded.cores import CORES, by_process
from workflows.embedded.reading import read
from workflows.engine import Resource
from workflows.errors import InvalidDiagram
from workflows.scripts import ScriptRunner

_CASES = all_cases()
_SPIFF_REFUSES = dict(line.split(": ", 1) for line in (CASES / "refused_by_spiff.txt").read_text().splitlines())
_REFUSED_BY: dict[str, dict[str, str]] = {"dams": {}, "spiff": _SPIFF_REFUSES}
_HOSTS = {"dams": ("core", "embedded"), "spiff": ("spiff", "embedded spiff")}

each_core = pytest.mark.parametrize("core", CORES)


@each_core
@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_the_core_does_as_the_diagram_says(
    case: Case, core: str, scripts: ScriptRunner, record_property: Callable[[str, object], None]
) -> None:
    note = _Note(record_property, case, _HOSTS[core][0])
    files = [Resource(case.diagram.name, case.diagram.read_bytes())]
    if note.is_refused(
        core, lambda: read(files, {}, datetime.now(UTC), scripts=True, choose_core=by_process({}, core))
    ):
        return
    host = CoreHost(case.diagram, scripts, CORES[core])
    run(case, host, case.process or host.first_process)


@each_core
@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_the_embedded_engine_does_as_the_diagram_says(
    case: Case,
    core: str,
    new_embedded_host: Callable[..., EmbeddedHost],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    note = _Note(record_property, case, _HOSTS[core][1])
    host = new_embedded_host(tmp_path / "engine.db", core)
    if note.is_refused(core, lambda: host.deploy(case.diagram)):
        return
    first_process = host.deploy(case.diagram)
    run(case, host, case.process or first_process)


class _Note:
    """What the table at the end counts."""

    def __init__(self, record: Callable[[str, object], None], case: Case, host: str) -> None:
        self._record = record
        self._case = case
        record("host", host)
        record("group", case.group)
        record("outcome", "passed")

    def is_refused(self, core: str, deploy: Callable[[], object]) -> bool:
        """Whether the case is one to be refused; then it has to be, with the text that the case or the core says."""
        reason = self._case.refused or _REFUSED_BY[core].get(self._case.name)
        if reason is None:
            return False
        with pytest.raises(InvalidDiagram) as caught:
            deploy()
        assert reason in str(caught.value)
        self._record("outcome", "refused")
        return True
