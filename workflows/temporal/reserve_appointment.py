"""A reservation as a workflow in code: it reserves, waits while the appointment can be moved or cancelled, and ends
when that is over.

Its workflow id is the ticket. The activities are the workers': `RESERVE`, `MOVE` and `CLOSE` call the clinic, `FREE`
tells the waiting list of each slot that is left. One that fails is tried again; what the clinic refuses is an
`ApplicationError` that is not, whose type is the name of the clinic's error.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from workflows.temporal.reservation_payloads import (
    AppointmentRequest,
    Carried,
    Closing,
    Details,
    Freed,
    Move,
    Schedule,
)

QUEUE = "dams-reservations"
"""The task queue of the workflow and its activities."""

RESERVE, MOVE, CLOSE, FREE = "reserve_schedule", "move_schedule", "close_schedule", "free_schedule"

_ATTEMPT = timedelta(seconds=10)
_RESERVED_WITHIN = timedelta(minutes=15)
"""A reservation that can't be made for so long is given up."""

_AGAIN = RetryPolicy(maximum_interval=timedelta(minutes=1))
_SHORTEST_WAIT = timedelta(minutes=1)
"""Before an appointment is looked at again that should be over by now: clocks differ."""


@workflow.defn
class ReserveAppointmentWorkflow:
    """One reservation, from the request until the appointment is over."""

    @workflow.init
    def __init__(self, request: AppointmentRequest) -> None:
        carried = request.carried
        self._request = request
        self._schedule = carried.schedule if carried else None
        self._remarks = carried.remarks if carried else "Doctor reservation being processed...."
        self._refusal: ApplicationError | None = None
        self._status = True
        self._closing = Closing(request.ticketid)
        self._turn = asyncio.Lock()
        self._freeing: set[asyncio.Task[None]] = set()

    @workflow.run
    async def run(self, _request: AppointmentRequest) -> Details:
        """Reserve, and wait until the appointment is over; a cancellation closes it."""
        try:
            if self._schedule is None:
                await _whole(self._reserve())
            await self._attend()
        except asyncio.CancelledError:
            await self._cancel()
            raise
        return self.details()

    @workflow.query
    def details(self) -> Details:
        """Return what is known of the reservation."""
        at = self._schedule or self._request
        return Details(
            ticketid=self._request.ticketid,
            patientid=self._request.patientid,
            docid=at.docid,
            date_scheduled=at.date_scheduled,
            time_scheduled=at.time_scheduled,
            status=self._status,
            remarks=self._remarks,
        )

    @workflow.update
    async def reserved(self) -> Details:
        """Wait until the appointment is reserved; fail with the clinic's reason if it is refused."""
        await workflow.wait_condition(lambda: self._schedule is not None or self._refusal is not None)
        if self._refusal is not None:
            raise self._refusal
        return self.details()

    @workflow.update
    async def reschedule(self, move: Move) -> Details:
        """Move the appointment; fail with the clinic's reason, and leave it where it is, if that is refused."""
        async with self._turn:
            self._check_move(move)
            try:
                left, self._schedule = self._schedule, await _do(MOVE, move)
            except ActivityError as error:
                raise _refusal(error) or error from error
            if left is not None and (left.docid, left.starts_at) != (self._schedule.docid, self._schedule.starts_at):
                self._free(left)
            workflow.upsert_memo({"docid": self._schedule.docid})
            return self.details()

    @reschedule.validator
    def _check_move(self, move: Move) -> None:
        if self._schedule is None or not self._status:
            raise ApplicationError(f"The reservation {move.ticketid} is not open.", type="NotAllowed")

    @workflow.signal
    def closing(self, closing: Closing) -> None:
        """Say who is about to cancel, and why: a cancellation itself has no sender."""
        self._closing = closing

    async def _reserve(self) -> None:
        try:
            self._schedule = await _do(RESERVE, self._request, within=_RESERVED_WITHIN)
        except ActivityError as error:
            self._refusal = _refusal(error)
            if self._refusal is None:  # an attempt may have reserved, and not told
                self._free(await _do(CLOSE, Closing(self._request.ticketid, undo=self._request)))
                self._refusal = ApplicationError("The appointment could not be reserved.", type="Unavailable")
            self._end(self._refusal.message)
            await self._settle()
            raise self._refusal from error
        self._remarks = "Appointment with doctor reserved."

    async def _attend(self) -> None:
        """Wait until the appointment is over, also if it is moved meanwhile."""
        while self._status and (schedule := self._schedule) is not None:
            if self._is_long():
                await self._go_on(schedule, self._remarks)
            left = datetime.fromisoformat(schedule.over_at) - workflow.now()
            try:
                await workflow.wait_condition(partial(self._is_moved_from, schedule), timeout=max(left, _SHORTEST_WAIT))
            except TimeoutError:
                await _whole(self._look())
        await self._settle()

    async def _look(self) -> None:
        """See what has become of the appointment, and close it if nobody has."""
        async with self._turn:
            self._schedule = await _do(CLOSE, Closing(self._request.ticketid, over=True))
            if self._schedule is None or not self._schedule.expected:
                self._end("Appointment with doctor done.")

    async def _cancel(self) -> None:
        """Close the appointment, if it is open; if the clinic refuses that, it goes on."""
        refusal = None
        async with self._turn:
            if self._status:
                try:
                    self._schedule = await _do(CLOSE, self._closing) or self._schedule
                    self._free(self._schedule)
                except ActivityError as error:
                    refusal = _refusal(error)
                    if refusal is None:
                        raise
        if refusal is not None and self._schedule is not None:
            await self._go_on(self._schedule, refusal.message)  # as a new run: one can be cancelled only once
        await self._settle()
        if self._status:
            self._end("Appointment with doctor cancelled.")

    async def _go_on(self, schedule: Schedule, remarks: str) -> None:
        """Continue as a new run."""
        await self._settle()
        workflow.continue_as_new(replace(self._request, carried=Carried(schedule, remarks)))

    def _free(self, left: Schedule | None) -> None:
        """Have the waiting list told of a slot, beside whatever else is done."""
        if left is not None and left.starts_at:
            telling = asyncio.create_task(_do(FREE, Freed(self._request.ticketid, left.docid, left.starts_at)))
            self._freeing.add(telling)
            telling.add_done_callback(self._freeing.discard)

    async def _settle(self) -> None:
        """Wait for what is under way beside the run."""
        await workflow.wait_condition(lambda: workflow.all_handlers_finished() and not self._freeing)

    def _is_moved_from(self, schedule: Schedule) -> bool:
        return self._schedule is not schedule

    def _is_long(self) -> bool:
        here = workflow.info()
        return here.is_continue_as_new_suggested() or here.get_current_history_length() > self._request.longest

    def _end(self, remarks: str) -> None:
        self._status, self._remarks = False, remarks


async def _do(activity: str, given: object, within: timedelta | None = None) -> Any:
    """Have an activity done, and return the schedule that it gives."""
    return await workflow.execute_activity(
        activity,
        given,
        result_type=Schedule | None,  # type: ignore[arg-type] # the converter knows unions
        start_to_close_timeout=_ATTEMPT,
        schedule_to_close_timeout=within,
        retry_policy=_AGAIN,
    )


def _refusal(error: ActivityError) -> ApplicationError | None:
    """Return what the clinic has refused, or None if the activity did not come so far."""
    cause = error.cause
    return cause if isinstance(cause, ApplicationError) and cause.non_retryable else None


async def _whole(step: Coroutine[Any, Any, None]) -> None:
    """Finish a step also if the workflow is cancelled in the middle of it."""
    task = asyncio.create_task(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
