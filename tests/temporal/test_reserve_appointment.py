"""The life of a reservation, with the clinic's own activities, under the server that skips time."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from app.clinic import appointments
from app.clinic.models import AppointmentStatus
from app.clinic.slots import Slot
from tests.house import ZONE
from tests.temporal.replaying import replayed
from tests.temporal.reserving import Practice, practice
from workflows.temporal.reservation_payloads import AppointmentRequest, Closing, Details, Move
from workflows.temporal.reserve_appointment import QUEUE, ReserveAppointmentWorkflow

Run = ReserveAppointmentWorkflow
PATIENCE = 120.0
"""Seconds of real time."""

Handle = WorkflowHandle[Run, Details]
Living = Callable[[Callable[["World"], Awaitable[None]]], None]


@dataclass(frozen=True, slots=True)
class World:
    """A server that skips time, and a clinic on its clock, whose first free slot begins at `first`."""

    environment: WorkflowEnvironment
    practice: Practice
    first: str

    async def ask(self, request: AppointmentRequest) -> Handle:
        """Start the workflow of a request."""
        return await self.environment.client.start_workflow(Run.run, request, id=request.ticketid, task_queue=QUEUE)

    async def reserve(self, ticketid: str, number: int = 0, longest: int = 4_000) -> Handle:
        """Reserve one of the free slots."""
        handle = await self.ask(self.practice.request(ticketid, self.practice.free()[number], longest))
        await handle.execute_update(Run.reserved)
        return handle

    def move(self, ticketid: str, slot: Slot) -> Move:
        """Return the wish to come at another time."""
        return Move(ticketid, slot.starts_at.isoformat(), self.practice.login_id)


async def ended(handle: Handle) -> WorkflowExecutionStatus | None:
    """Wait for the end of a workflow, and return how it has ended. No time is skipped, as it is for a result."""
    while (status := (await handle.describe()).status) is WorkflowExecutionStatus.RUNNING:
        await asyncio.sleep(0.05)
    return status


async def moving(handle: Handle, move: Move) -> None:
    """Move an appointment; a run that gives way to the next one takes no update, so ask that one."""
    while True:
        try:
            await handle.execute_update(Run.reschedule, move)
        except RPCError:
            await asyncio.sleep(0.05)
        else:
            return


@pytest.fixture
def living(time_skipping_temporal: Path, template: Path, tmp_path: Path) -> Living:
    """Return what runs a test in a world of its own."""

    @asynccontextmanager
    async def world() -> AsyncIterator[World]:
        loop, database = asyncio.get_running_loop(), shutil.copyfile(template, tmp_path / "dams.db")
        async with await WorkflowEnvironment.start_time_skipping(
            test_server_existing_path=str(time_skipping_temporal), test_server_startup_timeout=timedelta(seconds=60)
        ) as environment:
            started = await environment.get_current_time()

            def now() -> datetime:
                """Return the server's time; what asks from the loop itself gets that of the start."""
                if asyncio._get_running_loop() is loop:
                    return started
                return asyncio.run_coroutine_threadsafe(environment.get_current_time(), loop).result(60)

            with practice(database, now) as made:
                async with made.worker(environment.client):
                    yield World(environment, made, made.free()[0].starts_at.isoformat())

    def run(test: Callable[[World], Awaitable[None]]) -> None:
        async def live() -> None:
            async with world() as made, asyncio.timeout(PATIENCE):
                await test(made)

        asyncio.run(live())

    return run


def test_a_reservation_is_moved_and_ends_when_it_is_over(living: Living) -> None:
    async def live(world: World) -> None:
        first, second = world.practice.free()[0], world.practice.free()[9]
        handle = await world.reserve("T-MOVED")
        moved = await handle.execute_update(Run.reschedule, world.move("T-MOVED", second))
        assert (moved.docid, moved.status) == (second.docid, True)
        assert await handle.query(Run.details) == moved
        details = await handle.result()
        assert (details.status, details.remarks) == (False, "Appointment with doctor done.")
        assert await world.environment.get_current_time() > second.ends_at > first.ends_at
        appointment = world.practice.appointments()["T-MOVED"]
        assert (appointment.starts_at, appointment.status) == (second.starts_at, AppointmentStatus.MISSED)
        assert len(world.practice.notices("T-MOVED")) == 4
        assert await replayed(handle) == 1

    living(live)


def test_a_cancellation_closes_the_appointment(living: Living) -> None:
    async def live(world: World) -> None:
        handle = await world.reserve("T-CLOSED")
        await handle.signal(Run.closing, Closing("T-CLOSED", by=world.practice.login_id, reason="The flu"))
        await handle.cancel()
        assert await ended(handle) is WorkflowExecutionStatus.CANCELED
        details = await handle.query(Run.details)
        assert (details.status, details.remarks) == (False, "Appointment with doctor cancelled.")
        assert world.practice.appointments()["T-CLOSED"].status is AppointmentStatus.CANCELLED
        assert len(world.practice.notices("T-CLOSED")) == 4
        assert world.practice.free()[0].starts_at == datetime.fromisoformat(world.first)
        assert await replayed(handle) == 1

    living(live)


def test_a_slot_that_is_taken_ends_the_reservation_and_a_move_to_one_leaves_it(living: Living) -> None:
    async def live(world: World) -> None:
        slot, other = world.practice.free()[:2]
        await world.reserve("T-FIRST")
        second = await world.ask(world.practice.request("T-SECOND", slot))
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await second.execute_update(Run.reserved)
        assert isinstance(refused.value.cause, ApplicationError)
        assert refused.value.cause.type == "SlotTaken"
        assert await ended(second) is WorkflowExecutionStatus.FAILED
        assert "T-SECOND" not in world.practice.appointments()
        third = await world.ask(world.practice.request("T-THIRD", other))
        before = await third.execute_update(Run.reserved)
        with pytest.raises(WorkflowUpdateFailedError):
            await third.execute_update(Run.reschedule, world.move("T-THIRD", slot))
        assert await third.query(Run.details) == before
        assert world.practice.appointments()["T-THIRD"].starts_at == other.starts_at
        assert await replayed(second) == 1

    living(live)


def test_a_long_history_gives_way_to_a_new_one(living: Living) -> None:
    async def live(world: World) -> None:
        slots = world.practice.free()[:5]
        handle = await world.reserve("T-LONG", longest=20)
        for slot in slots[1:]:
            await moving(handle, world.move("T-LONG", slot))
        details = await handle.result()
        assert (details.status, details.docid) == (False, slots[-1].docid)
        assert world.practice.appointments()["T-LONG"].starts_at == slots[-1].starts_at
        assert await replayed(handle) > 1

    living(live)


def test_what_can_not_be_done_is_tried_again_and_given_up_without_a_trace(living: Living) -> None:
    async def live(world: World) -> None:
        with world.practice.database.write() as session:
            session.execute(
                text("CREATE TRIGGER full BEFORE INSERT ON document BEGIN SELECT RAISE(ABORT, 'full'); END")
            )
        request = world.practice.request("T-UNDONE", world.practice.free()[0])
        with world.practice.database.write() as session:  # as an attempt does whose answer is lost
            appointments.reserve(
                session,
                ticketid=request.ticketid,
                docid=request.docid,
                patientid=request.patientid,
                starts_at=datetime.fromisoformat(request.starts_at),
                priority_level=request.priority_level,
                now=world.practice.clinic.now(),
                zone=ZONE,
            )
        handle = await world.ask(request)
        with pytest.raises(WorkflowFailureError):
            await handle.result()
        assert world.practice.appointments()["T-UNDONE"].status is AppointmentStatus.CANCELLED
        details = await handle.query(Run.details)
        assert (details.status, details.remarks) == (False, "The appointment could not be reserved.")
        assert await replayed(handle) == 1

    living(live)
