"""The agenda: appointments as lists show them, kept by the rows that it repeats, and what tells that it has changed.

Whatever writes an appointment, its files, or the name of a doctor or patient, writes the lines of the agenda that show
it, in the same transaction, and a row that says whose view has changed. `app.clinic.views` reads it.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    case,
    delete,
    event,
    exists,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Mapper, mapped_column
from sqlalchemy.orm.attributes import get_history

from app.clinic.models.appointments import Appointment, AppointmentStatus
from app.clinic.models.base import Base, one_of
from app.clinic.models.documents import Document
from app.clinic.models.people import Doctor, Patient

CLINIC = "view:clinic"
"""Rings when any appointment has changed."""


def of_patient(patientid: int) -> str:
    """Return the topic of a patient's appointments."""
    return f"view:patient:{patientid}"


def of_doctor(docid: str) -> str:
    """Return the topic of a doctor's queue."""
    return f"view:doctor:{docid}"


_NUMBER = BigInteger().with_variant(Integer(), "sqlite")


class AgendaLine(Base):
    """An appointment as lists show it: never written but from the rows that it repeats."""

    __tablename__ = "agenda_line"
    __table_args__ = (
        Index(None, "docid", "starts_at"),
        Index(None, "patientid", "starts_at"),
        Index(None, "starts_at"),
    )

    ticketid: Mapped[str] = mapped_column(ForeignKey("appointment.ticketid"), primary_key=True)
    docid: Mapped[str] = mapped_column(String(12))
    patientid: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    status: Mapped[AppointmentStatus] = mapped_column(one_of(AppointmentStatus, "status"))
    priority_level: Mapped[int]
    doctor_name: Mapped[str] = mapped_column(String(200))
    specialization: Mapped[str] = mapped_column(String(100))
    patient_name: Mapped[str] = mapped_column(String(200))
    documented: Mapped[bool]

    def __repr__(self) -> str:
        """Tell all of it: lines that read alike are alike."""
        return f"AgendaLine({', '.join(repr(getattr(self, name)) for name in NAMES)})"


class ViewChange(Base):
    """The views that a transaction changed, one in a line; `transaction_id` is PostgreSQL's number of it."""

    __tablename__ = "view_change"

    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    rung_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    topics: Mapped[str] = mapped_column(Text)
    transaction_id: Mapped[int | None] = mapped_column(BigInteger, index=True)


CHANGES = Base.metadata.tables[ViewChange.__tablename__]
"""The table that tells of changes."""


def tell(connection: Connection, topics: Collection[str]) -> None:
    """Write down which views a transaction changes, for who waits for that in any process."""
    values: dict[str, Any] = {"topics": "\n".join(sorted(topics))}
    if connection.dialect.name == "postgresql":
        values["transaction_id"] = text("pg_current_xact_id()::text::bigint")
    connection.execute(insert(ViewChange).values(values))


def _name(person: type[Doctor | Patient]) -> Any:
    middle = case((person.midname == "", " "), else_=literal(" ") + person.midname + " ")
    return func.trim(person.firstname + middle + person.lastname)


_COLUMNS = {
    "ticketid": Appointment.ticketid,
    "docid": Appointment.docid,
    "patientid": Appointment.patientid,
    "starts_at": Appointment.starts_at,
    "ends_at": Appointment.ends_at,
    "status": Appointment.status,
    "priority_level": Appointment.priority_level,
    "doctor_name": _name(Doctor),
    "specialization": Doctor.specialization,
    "patient_name": _name(Patient),
    "documented": exists().where(Document.ticketid == Appointment.ticketid),
}
NAMES = list(_COLUMNS)
LINES = (
    select(*(column.label(name) for name, column in _COLUMNS.items()))
    .select_from(Appointment)
    .join(Doctor, Doctor.docid == Appointment.docid)
    .join(Patient, Patient.patientid == Appointment.patientid)
)
"""What the lines are made of: a query with a column for each of `NAMES`."""

KEPT = select(*(getattr(AgendaLine, name) for name in NAMES))


def _write(connection: Connection, criterion: Any, mine: Any) -> None:
    """Write the lines of the appointments with `criterion` again, which `mine` finds among the lines."""
    whose = select(AgendaLine.docid, AgendaLine.patientid).where(mine)
    before = set(connection.execute(whose))
    connection.execute(delete(AgendaLine).where(mine))
    connection.execute(insert(AgendaLine).from_select(NAMES, LINES.where(criterion)))
    seen = before | set(connection.execute(whose))
    topics = {of_doctor(docid) for docid, _ in seen} | {of_patient(patientid) for _, patientid in seen}
    tell(connection, {*topics, CLINIC})


def _appointment_written(_mapper: Mapper[Any], connection: Connection, written: Appointment | Document) -> None:
    ticketid = written.ticketid
    _write(connection, Appointment.ticketid == ticketid, AgendaLine.ticketid == ticketid)


def _doctor_written(_mapper: Mapper[Any], connection: Connection, doctor: Doctor) -> None:
    if _changed(doctor, Doctor.firstname, Doctor.midname, Doctor.lastname, Doctor.specialization):
        _write(connection, Appointment.docid == doctor.docid, AgendaLine.docid == doctor.docid)


def _patient_written(_mapper: Mapper[Any], connection: Connection, patient: Patient) -> None:
    if _changed(patient, Patient.firstname, Patient.midname, Patient.lastname):
        _write(connection, Appointment.patientid == patient.patientid, AgendaLine.patientid == patient.patientid)


def _changed(written: Doctor | Patient, *attributes: InstrumentedAttribute[Any]) -> bool:
    return any(get_history(written, attribute.key).has_changes() for attribute in attributes)


for _kind, _events, _keep in (
    (Appointment, ("after_insert", "after_update"), _appointment_written),
    (Document, ("after_insert",), _appointment_written),
    (Doctor, ("after_update",), _doctor_written),
    (Patient, ("after_update",), _patient_written),
):
    for _event in _events:
        event.listen(_kind, _event, _keep)
