"""Appointments that were booked over HTTP, and what becomes of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from icalendar import Calendar

from app.clinic import appointments, billing, documents, notices, people
from app.clinic.models import Appointment, AppointmentStatus, DocumentKind
from app.clinic.slots import free_slots
from app.web.steps import PROCESS_ID
from tests.house import House
from tests.visitor import Page, Visitor
from workflows.engine import InstanceQuery, InstanceState, ProcessInstance

_SECONDS = 60.0


def eventually(seen: Callable[[], object], wanted: object = True) -> None:
    """Wait until `seen` gives what is wanted; say what it gave if it never does."""
    deadline = time.monotonic() + _SECONDS
    while (last := seen()) != wanted:
        assert time.monotonic() < deadline, f"{last!r} instead of {wanted!r} after {_SECONDS} s"
        time.sleep(0.02)


def pass_until(house: House, moment: datetime) -> None:
    """Let time pass; what is due by then begins at once."""
    house.clock.now = max(house.clock.now, moment)
    house.engine.fire_due_timers()


@dataclass(frozen=True, slots=True)
class Life:
    """An appointment, its patient in front of a browser, and what the service knows of it."""

    house: House
    visitor: Visitor
    username: str
    ticketid: str

    @property
    def path(self) -> str:
        """The appointment's page."""
        return f"/appointments/{self.ticketid}"

    @property
    def appointment(self) -> Appointment:
        """The appointment as it is in the database, with its doctor."""
        with self.house.services.database.read() as session:
            found = appointments.find_by_ticket(session, ticketid=self.ticketid)
            assert found.doctor.full_name  # loaded while the session is open
            assert found.patient.full_name
            return found

    def status(self) -> AppointmentStatus:
        """Where the appointment stands."""
        return self.appointment.status

    def bill(self) -> billing.Bill:
        """The bill."""
        with self.house.services.database.read() as session:
            return billing.bill(session, ticketid=self.ticketid)

    def postings(self) -> list[str]:
        """What kinds of postings the bill has, in order."""
        with self.house.services.database.read() as session:
            return [posting.kind.value for posting in billing.postings_of_bill(session, ticketid=self.ticketid)]

    @property
    def calendar(self) -> tuple[str, int]:
        """Status and sequence number of the calendar file."""
        with self.house.services.database.read() as session:
            file = documents.find_document(session, ticketid=self.ticketid, kind=DocumentKind.ICS)
        (event,) = Calendar.from_ical(file.content).walk("VEVENT")
        return str(event["STATUS"]), int(str(event["SEQUENCE"]))

    def instance(self, process_id: str = PROCESS_ID) -> ProcessInstance:
        """The instance that leads its life, or the one of its bill."""
        (found,) = self.house.engine.instances(InstanceQuery(process_id, business_key=self.ticketid))
        return found

    def waits_in(self, process_id: str) -> list[str]:
        """The elements in which an instance waits."""
        history = self.house.engine.history(self.instance(process_id).id)
        return [entry.element_id for entry in history if entry.outcome == "running"]

    def settle(self) -> None:
        """Wait until the process waits for what comes next, and its bill too."""
        eventually(lambda: "Gateway_Life" in self.waits_in(PROCESS_ID))
        eventually(lambda: bool({"Gateway_Unpaid", "Event_OverPaid"} & set(self.waits_in("Process_Billing"))))

    def end(self) -> None:
        """Wait until the process and its bill are over."""
        eventually(lambda: self.instance().state, InstanceState.COMPLETED)
        eventually(lambda: self.instance("Process_Billing").state, InstanceState.COMPLETED)

    def told(self, username: str | None = None) -> list[str]:
        """The subjects of what somebody, the patient unless another is named, was told about this appointment."""
        login_id = self.house.login_id(username or self.username)
        with self.house.services.database.read() as session:
            found = notices.list_notices(session, login_id=login_id, limit=1000)
            return [notice.subject for notice in found if notice.ticketid == self.ticketid]

    def was_told(self, start: str, username: str | None = None) -> bool:
        """Say whether somebody was told something that begins so."""
        return any(subject.startswith(start) for subject in self.told(username))

    def is_free(self, docid: str, starts_at: datetime) -> bool:
        """Say whether anybody could book this time now."""
        house = self.house
        with house.services.database.read() as session:
            free = free_slots(session, docid=docid, now=house.clock.now, zone=house.services.zone, days=60)
        return starts_at in {slot.starts_at for slot in free}

    def send(self, action: str, **values: str) -> Page:
        """Open a form of the appointment, fill it and send it."""
        return self.visitor.submit(self.visitor.open(f"{self.path}/{action}"), values, form=f"/{action}")

    def pay(self, amount: str) -> Page:
        """Pay a part or all of the bill."""
        page = self.visitor.open(f"/payment/start?ticket={self.ticketid}")
        return self.visitor.submit(page, {"amount": amount}, form="/payment/start")


def book(house: House, *, docid: str = "HSP-200", pick: int = -1) -> Life:
    """Let a new patient book one of the free times of a doctor: the last, unless another is picked."""
    username = house.add_patient()
    visitor = house.visitor(username)
    page = visitor.submit(visitor.open("/dashboard"), form="/doctor/appointments/new")
    with house.services.database.read() as session:
        specialization = people.find_doctor(session, docid=docid).specialization
    page = visitor.submit(page, {"specialization": specialization})
    page = visitor.submit(page, {"docid": docid})
    page = visitor.submit(page, {"starts_at": page.options("starts_at")[pick]})
    page = visitor.submit(page, {"priority_level": "3"})
    assert page.path == "/doctor/confirmation", page.text
    life = Life(house, visitor, username, house.engine.instance(page.booking).business_key or "")
    life.settle()
    return life
