"""The histories of reservations that ran on an earlier version replay: what is reserved goes on after an update."""

import asyncio
import json
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.workflow import NondeterminismError

from tests.temporal.replaying import replay
from workflows.temporal.reservation_payloads import AppointmentRequest
from workflows.temporal.reserve_appointment import ReserveAppointmentWorkflow

HISTORIES = sorted(Path(__file__).with_name("reservations").glob("*.json"))


def read(path: Path) -> WorkflowHistory:
    recorded = json.loads(path.read_text())
    return WorkflowHistory.from_json(recorded["id"], recorded["history"])


@pytest.mark.parametrize("path", HISTORIES, ids=[path.stem for path in HISTORIES])
def test_what_ran_on_an_earlier_version_goes_on(path: Path) -> None:
    asyncio.run(replay(read(path), ReserveAppointmentWorkflow))


@workflow.defn(name="ReserveAppointmentWorkflow")
class Hesitating:
    """The workflow with a change that running reservations would not survive."""

    @workflow.run
    async def run(self, _request: AppointmentRequest) -> None:
        """Wait before reserving."""
        await workflow.sleep(1)


def test_a_change_that_running_reservations_would_not_survive_is_noticed() -> None:
    with pytest.raises(NondeterminismError):
        asyncio.run(replay(read(HISTORIES[0]), Hesitating))
