"""Reservations on a real server: what is refused, and what survives the end of workers and servers."""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError

from app.clinic.models import AppointmentStatus
from tests.servers.temporal import TemporalServer, running_temporal
from tests.temporal.replaying import replayed
from tests.temporal.reserving import Practice, practice
from workflows.errors import Unavailable
from workflows.temporal.connection import Connection, Target
from workflows.temporal.reservation_client import Reservations
from workflows.temporal.reservation_payloads import Closing
from workflows.temporal.reserve_appointment import QUEUE, ReserveAppointmentWorkflow

HOME = Path(__file__).resolve().parents[2]
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
        client, ticketid = await Client.connect(temporal_server.address), f"T-LATE-{uuid4().hex[:10]}"
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


@contextmanager
def working(address: str, database: Path) -> Iterator[None]:
    """Run a worker in a process of its own, which is killed at the end of the block."""
    command = [sys.executable, "-m", "tests.temporal.reserving", address, str(database)]
    with subprocess.Popen(command, cwd=HOME, start_new_session=True) as process:
        try:
            yield
        finally:
            process.kill()


@contextmanager
def locked(database: Path) -> Iterator[Callable[[], None]]:
    """Let nobody else write to the database until the end of the block, or until what is given is called."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection.close
    connection.close()


def test_a_reservation_survives_worker_and_server_that_are_killed_after_it_was_written_and_before_it_was_told(
    template: Path, tmp_path: Path
) -> None:
    database, ticketid = shutil.copyfile(template, tmp_path / "dams.db"), "T-KILLED"
    with running_temporal(tmp_path) as server, practice(database, partial(datetime.now, UTC)) as found:
        connection = Connection(Target(server.address))
        reservations = Reservations(connection)
        request = found.request(ticketid, found.free()[0])
        with locked(database) as unlock, working(server.address, database):
            wait_until(lambda: reservations.reserve(request) is None)  # nobody can write
            wait_until(lambda: is_attempted(connection, ticketid))
            os.killpg(server.process.id, signal.SIGSTOP)  # what the worker has to tell, nobody hears
            unlock()
            wait_until(lambda: ticketid in found.appointments())
        server.crash()
        with working(server.address, database):
            wait_until(lambda: reservations.reserve(request) is not None)
        assert found.appointments()[ticketid].status is AppointmentStatus.BOOKED
        assert found.free()[0].starts_at > datetime.fromisoformat(request.starts_at)
        assert len(found.notices(ticketid)) == 2
        connection.close()


def is_attempted(connection: Connection, ticketid: str) -> bool:
    """Whether a worker has the activity of a reservation under its hands."""
    described = connection.ask(lambda client: client.get_workflow_handle(ticketid).describe())
    pending = described.raw_description.pending_activities
    return any(activity.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED for activity in pending)


def wait_until(reached: Callable[[], bool]) -> None:
    """Wait for a condition; a server that is not there yet is asked again."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with suppress(Unavailable):
            if reached():
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)
