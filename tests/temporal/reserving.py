"""A clinic whose appointments are reserved by workflows, and workers for them; as a program, a worker to be killed.

`python -m tests.temporal.reserving ADDRESS DATABASE` works until it is ended.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select
from temporalio.client import Client
from temporalio.worker import Worker

from app.clinic import people
from app.clinic.details import ClinicDetails
from app.clinic.models import Appointment, Notice
from app.clinic.slots import Slot, free_slots
from app.database import Database
from tests.house import ZONE
from workers.clinic import Clinic
from workers.reservation import Reservation
from workflows.embedded import EmbeddedEngine
from workflows.temporal.reservation_payloads import AppointmentRequest


@dataclass(frozen=True, slots=True)
class Practice:
    """The demo clinic in a database: a doctor, a patient and that login, and the login of the administrator."""

    database: Database
    clinic: Clinic
    docid: str
    patientid: int
    login_id: str
    administrator: str

    def worker(self, client: Client) -> Worker:
        """Return a worker for its reservations."""
        reservation = Reservation(self.database, self.clinic, EmbeddedEngine(self.database.engine))
        return reservation.worker(ThreadPoolExecutor(4), client)

    def free(self) -> list[Slot]:
        """Return the doctor's free slots from two days on, so that no cut-off is near."""
        with self.database.read() as session:
            found = free_slots(session, docid=self.docid, now=self.clinic.now(), zone=ZONE)
        return [slot for slot in found if slot.starts_at > self.clinic.now() + timedelta(days=2)]

    def request(self, ticketid: str, slot: Slot, longest: int = 4_000) -> AppointmentRequest:
        """Return the patient's wish for a slot."""
        local = slot.starts_at.astimezone(ZONE)
        return AppointmentRequest(
            ticketid=ticketid,
            patientid=self.patientid,
            docid=slot.docid,
            priority_level=3,
            date_scheduled=f"{local:%Y-%m-%d}",
            time_scheduled=f"{local:%H:%M}",
            starts_at=slot.starts_at.isoformat(),
            by=self.login_id,
            longest=longest,
        )

    def appointments(self) -> dict[str, Appointment]:
        """Return the appointments by their tickets."""
        with self.database.read() as session:
            return {row.ticketid: row for row in session.scalars(select(Appointment)).unique()}

    def notices(self, ticketid: str) -> list[str]:
        """Return the subjects of what was told of an appointment, in order."""
        with self.database.read() as session:
            query = select(Notice.subject).where(Notice.ticketid == ticketid).order_by(Notice.created_at, Notice.key)
            return list(session.scalars(query))


@contextmanager
def practice(database: Path, now: Callable[[], datetime]) -> Iterator[Practice]:
    """Give the demo clinic of an SQLite file; `now` is its clock."""
    opened = Database.open(f"sqlite:///{database}")
    with opened.read() as session:
        patient = people.patient_of_login(session, login_id=people.find_username(session, username="ana.kovac").id)
        administrator = people.find_username(session, username="admin")
        doctor = people.list_doctors(session, specialization=people.list_specializations(session)[0])[0]
    clinic = Clinic(ClinicDetails("Riverside Clinic", ZONE), now)
    yield Practice(opened, clinic, doctor.docid, patient.patientid, patient.login_id, administrator.id)
    opened.close()


async def _work(address: str, database: str) -> None:
    with practice(Path(database), partial(datetime.now, UTC)) as found:
        await found.worker(await Client.connect(address)).run()


if __name__ == "__main__":
    asyncio.run(_work(*sys.argv[1:]))
