"""People: who they are, and how they sign in."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import Select, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinic import passwords as costs
from app.clinic import validation
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import Administrator, Appointment, AppointmentStatus, Doctor, Login, Patient, Role
from app.clinic.paging import page_of
from app.clinic.passwords import Passwords

Row = TypeVar("Row")

_LARGEST_NUMBER = 2**31 - 1
_PATIENT_NUMBER = re.compile("[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What everybody gives to get an account."""

    username: str
    password: str
    firstname: str
    lastname: str
    email: str
    mobile: str
    midname: str = ""


@dataclass(frozen=True, slots=True)
class PatientPage:
    """Some of the patients found: page `number` (from 1) of `pages`, out of `total`."""

    patients: list[Patient]
    number: int
    pages: int
    total: int


def authenticate(
    session: Session, *, username: str, password: str, passwords: Passwords = costs.STANDARD
) -> Login | None:
    """Return the active login with this name and password, or None; the time taken does not say which was wrong.

    A hash of an older cost is made anew, so this wants a session that writes.
    """
    name = username.strip().lower()
    login = session.scalar(select(Login).where(Login.username == name)) if name.isprintable() else None
    if not passwords.matches(login.password_hash if login else None, password):
        return None
    if login is None or not login.active:
        return None
    if passwords.outdated(login.password_hash):
        login.password_hash = passwords.hash(password)
    return login


def create_administrator(
    session: Session,
    *,
    empid: str,
    person: NewPerson,
    position: str,
    date_started: date,
    now: datetime,
    passwords: Passwords = costs.STANDARD,
    login: Login | None = None,
) -> Administrator:
    """Add a member of staff who runs the clinic; raise `InvalidInput` naming the field that is refused.

    A `login` that is there already is theirs from now on; without one they get a new one.
    """
    login = login or _new_login(person, Role.ADMINISTRATOR, now, passwords)
    administrator = Administrator(
        empid=validation.staff_number("empid", empid),
        position=validation.text("position", position, longest=100),
        date_started=date_started,
        login=login,
        **columns_of(person),
    )
    _add(session, administrator, number="empid")
    return administrator


def create_doctor(
    session: Session,
    *,
    docid: str,
    person: NewPerson,
    specialization: str,
    position: str,
    date_started: date,
    now: datetime,
    passwords: Passwords = costs.STANDARD,
    login: Login | None = None,
) -> Doctor:
    """Add a doctor, without hours yet; otherwise as `create_administrator`."""
    login = login or _new_login(person, Role.DOCTOR, now, passwords)
    doctor = Doctor(
        docid=validation.staff_number("docid", docid),
        specialization=validation.text("specialization", specialization, longest=100),
        position=validation.text("position", position, longest=100),
        date_started=date_started,
        login=login,
        **columns_of(person),
    )
    _add(session, doctor, number="docid")
    return doctor


def create_patient(
    session: Session,
    *,
    person: NewPerson,
    birthday: date,
    now: datetime,
    profession: str = "",
    address: str = "",
    passwords: Passwords = costs.STANDARD,
    login: Login | None = None,
) -> Patient:
    """Add a patient, who gets the next number; otherwise as `create_administrator`."""
    birthday = validation.birthday(birthday, now)
    login = login or _new_login(person, Role.PATIENT, now, passwords)
    patient = Patient(
        birthday=birthday,
        profession=validation.text("profession", profession, longest=100, required=False),
        address=validation.text("address", address, longest=100, required=False),
        login=login,
        **columns_of(person),
    )
    _add(session, patient, number="patientid")
    return patient


def list_specializations(session: Session) -> list[str]:
    """Return what active doctors specialize in, in alphabetical order."""
    query = select(Doctor.specialization).join(Login).where(Login.active).distinct()
    return sorted(session.scalars(query))


def list_doctors(session: Session, *, specialization: str | None = None) -> list[Doctor]:
    """Return the active doctors, or those of one specialization, by family name."""
    query = select(Doctor).where(Doctor.login.has(Login.active)).order_by(Doctor.name_key, Doctor.docid)
    if specialization is not None:
        if not specialization.isprintable():
            return []
        query = query.where(Doctor.specialization == specialization)
    return list(session.scalars(query))


def list_patients(
    session: Session, *, search: str = "", page: int = 1, per_page: int = 25, docid: str | None = None
) -> PatientPage:
    """Return a page of patients by family name; each word of `search` is part of a name, or a patient's number.

    With a `docid`, only the patients of this doctor. A page beyond the last is the last.
    """
    found = page_of(session, select_patients(search=search, docid=docid), page=page, per_page=per_page)
    return PatientPage(found.rows, found.number, found.pages, found.total)


def select_patients(*, search: str = "", docid: str | None = None) -> Select[Patient]:
    """Return the query that `list_patients` shows a page of."""
    query = select(Patient)
    if docid is not None:
        query = query.where(Patient.patientid.in_(patientids_of(docid)))
    for word in validation.search_key(search).split():
        name = Patient.name_key.contains(word, autoescape=True)
        query = query.where(or_(name, Patient.patientid == int(word)) if _PATIENT_NUMBER.fullmatch(word) else name)
    return query.order_by(Patient.name_key, Patient.patientid)


def find_doctor(session: Session, *, docid: str) -> Doctor:
    """Return a doctor, active or not; raise `NotFound`."""
    return _found(session.get(Doctor, docid) if docid.isprintable() else None, "doctor", docid)


def find_patient(session: Session, *, patientid: int) -> Patient:
    """Return a patient; raise `NotFound`."""
    known = 0 < patientid <= _LARGEST_NUMBER
    return _found(session.get(Patient, patientid) if known else None, "patient", patientid)


def find_patient_of(session: Session, *, docid: str, patientid: int) -> Patient:
    """Return a patient who has or had an appointment with this doctor, one that was not cancelled.

    Raise `NotFound` for others' patients as for unknown ones, so that nobody learns which patients there are.
    """
    patient = find_patient(session, patientid=patientid)
    theirs = patientids_of(docid).where(Appointment.patientid == patient.patientid)
    return _found(patient if session.scalar(theirs.limit(1)) else None, "patient", patientid)


def list_logins(session: Session) -> list[Login]:
    """Return all logins, active or not, by user name."""
    return list(session.scalars(select(Login).order_by(Login.username)))


def usernames(session: Session, *, login_ids: Collection[str]) -> dict[str, str]:
    """Return the user names of logins by their ids; ids of none are left out."""
    known = select(Login.id, Login.username).where(Login.id.in_([each for each in login_ids if each.isprintable()]))
    return {row.id: row.username for row in session.execute(known)}


def find_login(session: Session, *, login_id: str) -> Login:
    """Return a login, active or not; raise `NotFound`."""
    return _found(session.get(Login, login_id) if login_id.isprintable() else None, "login", login_id)


def find_username(session: Session, *, username: str) -> Login:
    """Return the login of this user name; raise `NotFound`."""
    name = username.strip().lower()
    login = session.scalar(select(Login).where(Login.username == name)) if name.isprintable() else None
    return _found(login, "login", username)


def doctor_of_login(session: Session, *, login_id: str) -> Doctor:
    """Return the doctor who signs in with this login; raise `NotFound`."""
    return _found(session.scalar(select(Doctor).where(Doctor.login_id == login_id)), "doctor with login", login_id)


def patient_of_login(session: Session, *, login_id: str) -> Patient:
    """Return the patient who signs in with this login; raise `NotFound`."""
    patient = session.scalar(select(Patient).where(Patient.login_id == login_id))
    return _found(patient, "patient with login", login_id)


def administrator_of_login(session: Session, *, login_id: str) -> Administrator:
    """Return the administrator who signs in with this login; raise `NotFound`."""
    administrator = session.scalar(select(Administrator).where(Administrator.login_id == login_id))
    return _found(administrator, "administrator with login", login_id)


def patientids_of(docid: str) -> Select[int]:
    """Return the query for the numbers of those who have or had an appointment with a doctor."""
    return select(Appointment.patientid).where(
        Appointment.docid == docid, Appointment.status != AppointmentStatus.CANCELLED
    )


def person_of_login(session: Session, *, login: Login) -> Administrator | Doctor | Patient:
    """Return who signs in with this login."""
    match login.role:
        case Role.ADMINISTRATOR:
            return administrator_of_login(session, login_id=login.id)
        case Role.DOCTOR:
            return doctor_of_login(session, login_id=login.id)
        case Role.PATIENT:
            return patient_of_login(session, login_id=login.id)


def columns_of(person: NewPerson) -> dict[str, str]:
    """Return the columns that everybody has, by name; raise `InvalidInput` naming the field that is refused."""
    names = {
        "firstname": validation.text("firstname", person.firstname, longest=50),
        "midname": validation.text("midname", person.midname, longest=50, required=False),
        "lastname": validation.text("lastname", person.lastname, longest=50),
    }
    key = validation.search_key(f"{names['lastname']} {names['firstname']} {names['midname']}")
    contact = {"email": validation.email(person.email), "mobile": validation.mobile(person.mobile)}
    return {**names, **contact, "name_key": key}


def _found(row: Row | None, what: str, key: object) -> Row:
    if row is None:
        raise NotFound(what, key)
    return row


def _new_login(person: NewPerson, role: Role, now: datetime, passwords: Passwords) -> Login:
    return Login(
        username=validation.username(person.username),
        password_hash=passwords.hash(person.password),
        role=role,
        created_at=now,
    )


def _add(session: Session, person: Administrator | Doctor | Patient, *, number: str) -> None:
    """Insert somebody with their login; what can clash is the user name of a new one, else their staff `number`."""
    username, has_login = person.login.username, person.login in session
    try:
        with session.begin_nested():
            session.add(person)
    except IntegrityError as error:
        if not has_login and session.scalar(select(Login.id).where(Login.username == username)):
            raise InvalidInput("username", "Somebody has this user name already.") from error
        raise InvalidInput(number, "Somebody has this number already.") from error
