"""Counts for the dashboards."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import DeclarativeBase, Session

from app.clinic.clock import first_of_day
from app.clinic.models import Appointment, AppointmentStatus, Doctor, LaboratoryRequest, Login, Patient
from app.clinic.models.appointments import EXPECTED


@dataclass(frozen=True, slots=True)
class ClinicCounts:
    """The whole clinic: active doctors, patients, active logins, and booked appointments."""

    doctors: int
    patients: int
    logins: int
    appointments_today: int
    appointments_upcoming: int


@dataclass(frozen=True, slots=True)
class DoctorCounts:
    """One doctor: patients ever booked and not cancelled, laboratory requests, and booked appointments."""

    patients: int
    laboratory_requests: int
    appointments_today: int
    appointments_upcoming: int


def clinic_counts(session: Session, *, now: datetime, zone: ZoneInfo) -> ClinicCounts:
    """Count the whole clinic; today is the zone's day of `now`, upcoming is what has not ended."""
    return ClinicCounts(
        doctors=_count(session, Doctor, Doctor.login.has(Login.active)),
        patients=_count(session, Patient),
        logins=_count(session, Login, Login.active.is_(True)),
        appointments_today=_count(session, Appointment, *_today(now, zone)),
        appointments_upcoming=_count(session, Appointment, *_upcoming(now)),
    )


def doctor_counts(session: Session, *, docid: str, now: datetime, zone: ZoneInfo) -> DoctorCounts:
    """Count what belongs to one doctor."""
    mine = Appointment.docid == docid
    return DoctorCounts(
        patients=count_patients(session, docid=docid),
        laboratory_requests=count_laboratory_requests(session, docid=docid),
        appointments_today=_count(session, Appointment, mine, *_today(now, zone)),
        appointments_upcoming=_count(session, Appointment, mine, *_upcoming(now)),
    )


def count_patients(session: Session, *, docid: str) -> int:
    """Count the patients who have or had an appointment with this doctor, one that was not cancelled."""
    theirs = Appointment.docid == docid, Appointment.status != AppointmentStatus.CANCELLED
    return session.scalar(select(func.count(Appointment.patientid.distinct())).where(*theirs)) or 0


def count_laboratory_requests(session: Session, *, docid: str) -> int:
    """Count the laboratory requests that this doctor has made."""
    return _count(session, LaboratoryRequest, LaboratoryRequest.docid == docid)


def _count(session: Session, table: type[DeclarativeBase], *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def _upcoming(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Appointment.status.in_(EXPECTED), Appointment.ends_at > now


def _today(now: datetime, zone: ZoneInfo) -> tuple[ColumnElement[bool], ...]:
    day = now.astimezone(zone).date()
    begins, ends = first_of_day(day, zone), first_of_day(day + timedelta(days=1), zone)
    expected = Appointment.status.in_(EXPECTED)
    return expected, Appointment.starts_at >= begins, Appointment.starts_at < ends
