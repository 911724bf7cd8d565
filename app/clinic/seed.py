"""A demo clinic: people, hours, and some history, to look at and to try things on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clinic import appointments, availability, billing, diagnoses, laboratory, notices, people
from app.clinic import passwords as costs
from app.clinic.demo import DOCTORS, FINDINGS, PATIENTS, DemoDoctor, DemoPatient
from app.clinic.models import Appointment, Doctor, LaboratoryRequest, Login, Patient, Role
from app.clinic.passwords import Passwords
from app.clinic.people import NewPerson
from app.clinic.slots import free_slots
from app.clinic.tickets import new_ticket

_ADMINISTRATOR = "admin"
_FEE = Decimal("60.00")
_PAYMENTS = (_FEE, _FEE, Decimal("100.00"), _FEE, Decimal("25.00"), None)
"""What one patient after the other paid for the past appointment: the fee, too much, a part of it, or nothing."""

_DECISIONS = {1: "", 8: "", 3: "The same test was done two weeks ago; its result is in the file."}
"""On whose laboratory request was decided: the reason of a refusal, or nothing for an approval."""

_HISTORY = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """Somebody to sign in as."""

    username: str
    role: Role
    name: str


@dataclass(frozen=True, slots=True)
class DemoClinic:
    """The logins of the demo clinic, and whether this run created it or found it."""

    created: bool
    logins: tuple[DemoLogin, ...]


def seed(
    session: Session, *, now: datetime, zone: ZoneInfo, password: str, passwords: Passwords = costs.STANDARD
) -> DemoClinic:
    """Create 1 administrator, 6 doctors with hours and 20 patients with some history, all with one password.

    Where the demo clinic is already, nothing changes, its passwords included.
    """
    if session.scalar(select(Login.id).where(Login.username == _ADMINISTRATOR)) is not None:
        return DemoClinic(False, tuple(_logins()))
    accounts = _Accounts(session, now, password, passwords)
    accounts.add_administrator()
    doctors = [accounts.add_doctor(doctor) for doctor in DOCTORS]
    patients = [accounts.add_patient(patient) for patient in PATIENTS]
    history = _History(session, now, zone)
    for number, patient in enumerate(patients):
        history.add_past(patient, doctors[number % len(doctors)], number)
    history.add_upcoming(patients[0], doctors[0])
    _close(session, doctors[1], now=now, zone=zone)
    return DemoClinic(True, tuple(_logins()))


def _close(session: Session, doctor: Doctor, *, now: datetime, zone: ZoneInfo) -> None:
    """Let a doctor have a week of leave ahead, and the clinic a day on which it is closed."""
    today = now.astimezone(zone).date()
    first = today + timedelta(days=21)
    starts_at, ends_at = availability.whole_days(first, first + timedelta(days=6), zone)
    availability.add_leave(session, docid=doctor.docid, starts_at=starts_at, ends_at=ends_at, reason="Annual leave")
    availability.plan_holiday(
        session, day=today + timedelta(days=75), reason="Training of all staff", now=now, zone=zone
    )


def _logins() -> Iterator[DemoLogin]:
    yield DemoLogin(_ADMINISTRATOR, Role.ADMINISTRATOR, "Ruth Adeyemi")
    for doctor in DOCTORS:
        yield DemoLogin(doctor.username, Role.DOCTOR, f"{doctor.firstname} {doctor.lastname}")
    for patient in PATIENTS:
        yield DemoLogin(patient.username, Role.PATIENT, f"{patient.firstname} {patient.lastname}")


@dataclass(frozen=True, slots=True)
class _Accounts:
    session: Session
    now: datetime
    password: str
    passwords: Passwords

    def add_administrator(self) -> None:
        people.create_administrator(
            self.session,
            empid="ADM-100",
            person=self._person(_ADMINISTRATOR, "Ruth", "Adeyemi"),
            position="Head of administration",
            date_started=date(2011, 2, 1),
            now=self.now,
            passwords=self.passwords,
        )

    def add_doctor(self, doctor: DemoDoctor) -> Doctor:
        added = people.create_doctor(
            self.session,
            docid=doctor.docid,
            person=self._person(doctor.username, doctor.firstname, doctor.lastname),
            specialization=doctor.specialization,
            position="Physician",
            date_started=doctor.since,
            now=self.now,
            passwords=self.passwords,
        )
        for weekday in doctor.weekdays:
            availability.add_weekly_hours(
                self.session,
                docid=doctor.docid,
                weekday=weekday,
                starts=doctor.opens,
                ends=doctor.closes,
                slot_minutes=doctor.slot_minutes,
            )
            availability.add_weekly_break(
                self.session, docid=doctor.docid, weekday=weekday, starts=time(12), ends=time(13)
            )
        return added

    def add_patient(self, patient: DemoPatient) -> Patient:
        return people.create_patient(
            self.session,
            person=self._person(patient.username, patient.firstname, patient.lastname, patient.midname),
            birthday=patient.birthday,
            profession=patient.profession,
            now=self.now - _HISTORY,
            passwords=self.passwords,
        )

    def _person(self, username: str, firstname: str, lastname: str, midname: str = "") -> NewPerson:
        return NewPerson(
            username=username,
            password=self.password,
            firstname=firstname,
            midname=midname,
            lastname=lastname,
            email=f"{username}@example.org",
            mobile="+49 40 5550100",
        )


@dataclass(frozen=True, slots=True)
class _History:
    session: Session
    now: datetime
    zone: ZoneInfo

    def add_past(self, patient: Patient, doctor: Doctor, number: int) -> None:
        """Let a patient have had an appointment in the last weeks; most came, some cancelled or stayed away."""
        since = self.now - _HISTORY
        past = free_slots(self.session, docid=doctor.docid, now=since, zone=self.zone, days=_HISTORY.days - 1)
        starts_at = past[number * 5 % len(past)].starts_at
        appointment = self._reserve(patient, doctor, starts_at, since)
        ticketid, after = appointment.ticketid, appointment.ends_at
        self._bill(appointment, _PAYMENTS[number % len(_PAYMENTS)])
        if number % 7 == 5:  # noqa: PLR2004 -- some
            billing.refund(self.session, ticketid=ticketid, key=f"{ticketid} refund", now=since, by=patient.login_id)
            appointments.cancel(self.session, ticketid=ticketid, now=since, by=patient.login_id)
        elif number % 7 == 6:  # noqa: PLR2004 -- some
            appointments.mark_missed(self.session, ticketid=ticketid, now=after, by=doctor.login_id)
        else:
            appointments.check_in(self.session, ticketid=ticketid, now=appointment.starts_at, by=doctor.login_id)
            appointments.complete(self.session, ticketid=ticketid, now=after, by=doctor.login_id)
            self._add_findings(appointment, number)

    def add_upcoming(self, patient: Patient, doctor: Doctor) -> None:
        """Let a patient have an appointment in a few days, of which the doctor has a notice."""
        later = self.now + timedelta(days=2)
        slot = free_slots(self.session, docid=doctor.docid, now=later, zone=self.zone)[3]
        appointment = self._reserve(patient, doctor, slot.starts_at, self.now)
        self._bill(appointment, None)
        when = slot.starts_at.astimezone(self.zone)
        notices.notify(
            self.session,
            login_id=doctor.login_id,
            subject="A new appointment",
            body=f"{patient.full_name} comes on {when:%d %B %Y at %H:%M}.",
            ticketid=appointment.ticketid,
            key=f"{appointment.ticketid} reserved",
            now=self.now,
        )

    def _reserve(self, patient: Patient, doctor: Doctor, starts_at: datetime, now: datetime) -> Appointment:
        return appointments.reserve(
            self.session,
            ticketid=new_ticket(),
            docid=doctor.docid,
            patientid=patient.patientid,
            starts_at=starts_at,
            priority_level=3,
            now=now,
            zone=self.zone,
            by=patient.login_id,
        )

    def _bill(self, appointment: Appointment, amount: Decimal | None) -> None:
        """Charge the fee of a consultation when it was booked, and let the patient have paid an amount of it then."""
        ticketid, now, by = appointment.ticketid, appointment.created_at, appointment.patient.login_id
        billing.charge(
            self.session,
            ticketid=ticketid,
            amount=_FEE,
            description=f"Consultation, {appointment.doctor.specialization}",
            key=f"{ticketid} charge",
            now=now,
            by=appointments.SERVICE,
        )
        if amount is not None:
            billing.pay(self.session, ticketid=ticketid, amount=amount, key=f"{ticketid} payment", now=now, by=by)

    def _add_findings(self, appointment: Appointment, number: int) -> None:
        """Let the doctor have written something down and asked for a test, on some of which was decided."""
        finding = FINDINGS[appointment.doctor.specialization]
        docid, patientid = appointment.docid, appointment.patientid
        after, by = appointment.ends_at, appointment.doctor.login_id
        diagnoses.record(
            self.session,
            docid=docid,
            patientid=patientid,
            ticketid=appointment.ticketid,
            narrative=finding.narrative,
            resolution=finding.resolution,
            now=after,
            by=by,
        )
        asked = laboratory.request_test(
            self.session, docid=docid, patientid=patientid, details=finding.test, now=after, by=by
        )
        if number in _DECISIONS:
            self._decide(asked, _DECISIONS[number])

    def _decide(self, asked: LaboratoryRequest, refusal: str) -> None:
        login_id = people.find_username(self.session, username=_ADMINISTRATOR).id
        empid = people.administrator_of_login(self.session, login_id=login_id).empid
        now = asked.requested_at + timedelta(hours=3)
        if refusal:
            laboratory.refuse(self.session, request_id=asked.id, empid=empid, reason=refusal, now=now, by=login_id)
        else:
            laboratory.approve(self.session, request_id=asked.id, empid=empid, now=now, by=login_id)
