"""The activities of `workflows/temporal/reserve_appointment.py`: each is one transaction of the clinic.

What the clinic refuses is final: the workflow is told by an error with the name of the clinic's. Anything else fails
the attempt, and Temporal makes another one. Each gives the same result for the same ticket, however often it is done.
The slots that are left go to the waiting list as those of processes do: by the message that begins its process.
"""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from app.clinic import appointments, documents, people, telling
from app.clinic.appointments import SERVICE
from app.clinic.errors import ClinicError, InvalidInput, NotFound, TicketUsed
from app.clinic.models import Appointment, AppointmentStatus, Role
from app.clinic.models.appointments import EXPECTED
from app.database import Database
from workers import life
from workers.clinic import Clinic
from workflows.engine import Engine
from workflows.temporal.reservation_payloads import AppointmentRequest, Closing, Freed, Move, Schedule
from workflows.temporal.reserve_appointment import CLOSE, FREE, MOVE, QUEUE, RESERVE, ReserveAppointmentWorkflow

_STICKY = timedelta(seconds=2)
"""How long a task waits for the worker that has its workflow in memory, which may have died."""

_SLOT_FREED = "slot_freed"
_TOLD_ONCE = timedelta(hours=1)
"""For how long the engine knows a message that comes again, because its answer was lost."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """The activities, and the worker that runs them beside the workflow."""

    database: Database
    clinic: Clinic
    engine: Engine

    def worker(self, threads: Executor, client: Client) -> Worker:
        """Return a worker for reservations, whose activities run in `threads`."""
        return Worker(
            client,
            task_queue=QUEUE,
            workflows=[ReserveAppointmentWorkflow],
            activities=[self.reserve_schedule, self.move_schedule, self.close_schedule, self.free_schedule],
            activity_executor=threads,
            sticky_queue_schedule_to_start_timeout=_STICKY,
            build_id=QUEUE,  # of no use without versions of workers; to make one up takes seconds
        )

    @activity.defn(name=RESERVE)
    def reserve_schedule(self, request: AppointmentRequest) -> Schedule:
        """Reserve the slot, tell patient and doctor, and make the documents."""
        clinic, now = self.clinic, self.clinic.now()
        with self._transaction() as session:
            appointment = appointments.reserve(
                session,
                ticketid=request.ticketid,
                docid=request.docid,
                patientid=request.patientid,
                starts_at=datetime.fromisoformat(request.starts_at),
                priority_level=request.priority_level,
                now=now,
                zone=clinic.details.zone,
                by=request.by,
            )
            if appointment.status not in EXPECTED:
                raise TicketUsed(f"Ticket {request.ticketid} has an appointment that is {appointment.status.label}.")
            key = _key(appointment)
            telling.tell_booked(session, ticketid=appointment.ticketid, clinic=clinic.details, key=key, now=now)
            documents.store_documents(session, ticketid=appointment.ticketid, clinic=clinic.details)
            return self._schedule(appointment)

    @activity.defn(name=MOVE)
    def move_schedule(self, move: Move) -> Schedule:
        """Move the appointment to another slot, and tell those whom it concerns; patients are bound by the cut-off."""
        clinic, now = self.clinic, self.clinic.now()
        with self._transaction() as session:
            moved = appointments.reschedule(
                session,
                ticketid=move.ticketid,
                starts_at=datetime.fromisoformat(move.starts_at),
                docid=move.docid,
                now=now,
                zone=clinic.details.zone,
                by=move.by,
                cutoff=self._cutoff(session, move.by),
            )
            if moved.left is not None:
                telling.tell_rescheduled(
                    session,
                    ticketid=move.ticketid,
                    left_docid=moved.left.docid,
                    left_starts_at=moved.left.starts_at,
                    clinic=clinic.details,
                    key=_key(moved.appointment),
                    now=now,
                )
                documents.store_documents(session, ticketid=move.ticketid, clinic=clinic.details)
            return self._schedule(moved.appointment)

    @activity.defn(name=CLOSE)
    def close_schedule(self, closing: Closing) -> Schedule | None:
        """Close the appointment, if there is one, as `closing` says; return how it stands then."""
        with self._transaction() as session:
            try:
                appointment = appointments.find_by_ticket(session, ticketid=closing.ticketid)
            except NotFound:
                return None
            if closing.over:
                if self.clinic.now() >= _over_at(appointment):
                    life.close_overdue(session, self.clinic, closing.ticketid)
            elif closing.undo is None or _is_of(appointment, closing.undo):
                self._cancel(session, appointment, closing)
            return self._schedule(appointment)

    @activity.defn(name=FREE)
    def free_schedule(self, freed: Freed) -> None:
        """Tell the waiting list of a slot."""
        doing = activity.info()
        self.engine.publish_message(
            _SLOT_FREED,
            freed.ticketid,
            {"docid": freed.docid, "starts_at": freed.starts_at},
            time_to_live=_TOLD_ONCE,
            message_id=f"{doing.workflow_run_id} {doing.activity_id}",
        )

    def _cancel(self, session: Session, appointment: Appointment, closing: Closing) -> None:
        if appointment.status is AppointmentStatus.CANCELLED:
            return  # and those whom it concerns are told
        clinic, now, by = self.clinic, self.clinic.now(), closing.by or SERVICE
        appointments.cancel(
            session,
            ticketid=closing.ticketid,
            now=now,
            by=by,
            reason=closing.reason,
            cutoff=self._cutoff(session, closing.by),
            zone=clinic.details.zone,
        )
        telling.tell_cancelled(
            session,
            ticketid=closing.ticketid,
            clinic=clinic.details,
            key=_key(appointment),
            now=now,
            reason=closing.reason,
        )

    def _cutoff(self, session: Session, by: str | None) -> timedelta:
        """Return the cut-off that binds whoever acts: patients, nobody else."""
        bound = by is not None and people.find_login(session, login_id=by).role is Role.PATIENT
        return self.clinic.rules.cancel_cutoff if bound else timedelta()

    def _schedule(self, appointment: Appointment) -> Schedule:
        local = appointment.starts_at.astimezone(self.clinic.details.zone)
        return Schedule(
            docid=appointment.docid,
            date_scheduled=f"{local:%Y-%m-%d}",
            time_scheduled=f"{local:%H:%M}",
            over_at=_over_at(appointment).isoformat(),
            expected=appointment.status in EXPECTED,
            starts_at=appointment.starts_at.astimezone(UTC).isoformat(),
        )

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        try:
            with self.database.write() as session:
                yield session
        except ClinicError as error:
            said = error.message if isinstance(error, InvalidInput) else str(error)
            raise ApplicationError(said, type=type(error).__name__, non_retryable=True) from error


def _over_at(appointment: Appointment) -> datetime:
    return (appointment.ends_at + life.LEFT_OPEN).astimezone(UTC)


def _is_of(appointment: Appointment, request: AppointmentRequest) -> bool:
    made = (appointment.patientid, appointment.docid, appointment.starts_at)
    wanted = (request.patientid, request.docid, datetime.fromisoformat(request.starts_at))
    return appointment.status is AppointmentStatus.BOOKED and made == wanted


def _key(appointment: Appointment) -> str:
    """Return what tells the present state of an appointment from earlier ones, for what is told once."""
    return f"reservation {appointment.ticketid} {appointment.sequence}"
