"""Reservations on a real server: what is refused, and what survives the end of workers and servers."""

import asyncio
import shutil
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError

from app.clinic.models import AppointmentStatus
from tests.servers.temporal import TemporalServer
from tests.temporal.replaying import replayed
from tests.temporal.reserving import Practice, practice
from workflows.temporal.reservation_payloads import Closing
from workflows.temporal.reserve_appointment import QUEUE, ReserveAppointmentWorkflow

Run = ReserveAppointmentWorkflow
PATIENCE = 120.0


def lived(live: Awaitable[None]) -> None:
    """Run a test, but not for ever."""

    async def run() -> None:
        async with asyncio.timeout(PATIENCE):
            await live

    asyncio.run(run())


def test_a_cancellation_that_comes_too_late_is_refused_and_another_one_is_heard(
    temporal_server: TemporalServer, template: Path, tmp_path: Path
) -> None:
    times = [datetime.now(UTC)]

    async def live(found: Practice) -> None:
        client, ticketid = await Client.connect(temporal_server.address), uuid4().hex[:20]
        async with found.worker(client):
            request = found.request(ticketid, found.free()[0])
            handle = await client.start_workflow(Run.run, request, id=ticketid, task_queue=QUEUE)
            await handle.execute_update(Run.reserved)
            times.append(datetime.fromisoformat(request.starts_at) - timedelta(hours=2))
            await handle.signal(Run.closing, Closing(ticketid, by=found.login_id))
            await handle.cancel()
            while "could be cancelled until" not in (await handle.query(Run.details)).remarks:
                await asyncio.sleep(0.05)
            assert found.appointments()[ticketid].status is AppointmentStatus.BOOKED
            await handle.signal(Run.closing, Closing(ticketid, by=found.administrator))
            await handle.cancel()
            with pytest.raises(WorkflowFailureError):
                await handle.result()
            assert (await handle.describe()).status is WorkflowExecutionStatus.CANCELED
            assert found.appointments()[ticketid].status is AppointmentStatus.CANCELLED
            assert await replayed(handle) == 2

    with practice(shutil.copyfile(template, tmp_path / "dams.db"), lambda: times[-1]) as found:
        lived(live(found))
