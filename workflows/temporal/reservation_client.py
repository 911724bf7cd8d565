"""Asking for reservations, and after them, on a Temporal server: `reserve_appointment` from outside.

Each answers in bounded time. `Unavailable` says what does not answer, the server or its workers; what the clinic
refuses is `NotFound`, `InvalidInput` or `Conflict`, with the clinic's sentence.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from workflows.errors import Conflict, EngineError, InvalidInput, NotFound, Unavailable
from workflows.temporal.connection import Connection
from workflows.temporal.reservation_payloads import AppointmentRequest, Closing, Details, Move
from workflows.temporal.reserve_appointment import QUEUE, ReserveAppointmentWorkflow

_PATIENCE = timedelta(seconds=2)
"""How long a worker is waited for."""

_WORKFLOW = ReserveAppointmentWorkflow.__name__
_KINDS: dict[str | None, type[EngineError]] = {
    "NotFound": NotFound,
    "InvalidInput": InvalidInput,
    "SlotNotOffered": InvalidInput,
    "Unavailable": Unavailable,
}
"""What the clinic's errors are here, by their names; all others are conflicts."""

_NO_WORKER = frozenset({RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED, RPCStatusCode.FAILED_PRECONDITION})
_OVER = "The reservation is not open any more."
_Handle = WorkflowHandle[ReserveAppointmentWorkflow, Details]


@dataclass(frozen=True, slots=True)
class Parties:
    """Whom a reservation concerns, and whether it is open; known also while no worker runs."""

    patientid: int
    docid: str
    is_open: bool


class Reservations:
    """The reservations of a server; for any thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def reserve(self, request: AppointmentRequest) -> Details | None:
        """Return the reservation once it is made, or None if that takes longer: it goes on by itself then.

        The same request again changes nothing; another one with the same ticket is a `Conflict`.
        """
        return self._connection.ask(partial(_reserve, request))

    def parties(self, ticketid: str) -> Parties:
        """Return whom a reservation concerns; raise `NotFound`."""
        return self._connection.ask(partial(_parties, ticketid))

    def details(self, ticketid: str) -> Details:
        """Return what is known of a reservation; raise `NotFound`."""
        return self._connection.ask(partial(_details, ticketid))

    def reschedule(self, move: Move) -> Details | None:
        """Return the reservation once it is moved, or None if that takes longer."""
        return self._connection.ask(partial(_reschedule, move))

    def close(self, closing: Closing) -> None:
        """Cancel the workflow, which closes the appointment; raise `NotFound`, or `Conflict` if it has ended."""
        self._connection.ask(partial(_close, closing))


async def _reserve(request: AppointmentRequest, client: Client) -> Details | None:
    asked = f"{request.patientid} {request.docid} {request.starts_at} {request.priority_level}"
    try:
        handle = await client.start_workflow(
            ReserveAppointmentWorkflow.run,
            request,
            id=request.ticketid,
            task_queue=QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            memo={"patientid": request.patientid, "docid": request.docid, "asked": asked},
        )
    except WorkflowAlreadyStartedError as error:
        handle = _handle(client, request.ticketid)
        if await (await handle.describe()).memo_value("asked", None) != asked:
            raise Conflict(f"Ticket {request.ticketid} has another reservation.") from error
    reserved = ReserveAppointmentWorkflow.reserved
    return await _outcome(handle.execute_update(reserved, id="reserved", rpc_timeout=_PATIENCE))


async def _parties(ticketid: str, client: Client) -> Parties:
    described = await _described(_handle(client, ticketid))
    memo = await described.memo()
    return Parties(memo["patientid"], memo["docid"], described.status is WorkflowExecutionStatus.RUNNING)


async def _details(ticketid: str, client: Client) -> Details:
    try:
        return await _handle(client, ticketid).query(ReserveAppointmentWorkflow.details, rpc_timeout=_PATIENCE)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise _unknown(ticketid) from error
        if error.status in _NO_WORKER:
            raise Unavailable(f"No worker answers for the reservation {ticketid}.") from error
        raise


async def _reschedule(move: Move, client: Client) -> Details | None:
    handle = _handle(client, move.ticketid)
    return await _outcome(handle.execute_update(ReserveAppointmentWorkflow.reschedule, move, rpc_timeout=_PATIENCE))


async def _close(closing: Closing, client: Client) -> None:
    handle = _handle(client, closing.ticketid)
    try:
        await handle.signal(ReserveAppointmentWorkflow.closing, closing)
        await handle.cancel()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise Conflict(_OVER) from error
        raise


def _handle(client: Client, ticketid: str) -> _Handle:
    return client.get_workflow_handle_for(ReserveAppointmentWorkflow.run, ticketid)


async def _described(handle: _Handle) -> WorkflowExecutionDescription:
    """Return what the server knows of a reservation; of workflows of other kinds as little as of none."""
    try:
        described = await handle.describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise _unknown(handle.id) from error
        raise
    if described.workflow_type != _WORKFLOW:
        raise _unknown(handle.id)
    return described


async def _outcome(update: Awaitable[Details]) -> Details | None:
    """Return what an update comes to, None if that takes too long; raise what the clinic refuses."""
    try:
        return await update
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        return None
    except WorkflowUpdateFailedError as error:
        if isinstance(error.cause, ApplicationError):
            raise _KINDS.get(error.cause.type, Conflict)(error.cause.message) from error
        raise
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise Conflict(_OVER) from error
        raise


def _unknown(ticketid: str) -> NotFound:
    return NotFound(f"There is no reservation {ticketid}.")
