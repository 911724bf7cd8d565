"""Patients, doctors and administrators, as whoever asks may see them."""

from collections.abc import Sequence
from typing import Any

from flask import abort
from marshmallow import Schema, fields

from app.api.v1.fields import ListQuery, text
from app.api.v1.operations import Operations, Window
from app.clinic import directory, people
from app.clinic.directory import Holder
from app.clinic.models import Doctor, Patient, Role, Scope
from app.clinic.paging import some_of
from app.web.identity import the_user
from app.web.services import services

blueprint = Operations("v1_people", __name__, description="Patients, doctors and administrators.")

_READ = (Scope.READ_CLINIC, Scope.READ_PEOPLE)


class DoctorSchema(Schema):
    """A doctor."""

    docid = fields.String()
    name = fields.String(attribute="full_name")
    specialization = fields.String()


class DoctorQuery(ListQuery):
    """Which doctors to list."""

    specialization = text(load_default=None)


class SearchQuery(ListQuery):
    """Whom to list: each word is part of a name, or a patient's number."""

    search = text(100, load_default="")


class PersonSchema(Schema):
    """What is known of everybody."""

    firstname = fields.String()
    midname = fields.String()
    lastname = fields.String()
    name = fields.String(attribute="full_name")
    email = fields.String()
    mobile = fields.String()


class PatientSchema(PersonSchema):
    """A patient."""

    patientid = fields.Integer()
    birthday = fields.Date()
    profession = fields.String()
    address = fields.String()


class AdministratorSchema(PersonSchema):
    """A member of staff who runs the clinic."""

    empid = fields.String()
    position = fields.String()
    date_started = fields.Date()


class ProfileSchema(PatientSchema, AdministratorSchema):
    """Who calls, with what is known of those of their role."""

    username = fields.String(attribute="login.username")
    role = fields.Function(lambda person: person.login.role.name.lower(), metadata={"type": "string"})
    docid = fields.String()
    specialization = fields.String()


@blueprint.reading("/profile", ProfileSchema, scope=_READ)
def profile() -> Holder:
    """Read what the clinic knows of who calls."""
    with services().database.read() as session:
        return people.person_of_login(session, login=people.find_login(session, login_id=the_user().id))


@blueprint.listing("/doctors", DoctorSchema, scope=_READ, query=DoctorQuery)
def list_doctors(asked: dict[str, Any], window: Window) -> Sequence[Doctor]:
    """List the active doctors, by family name."""
    with services().database.read() as session:
        return window.of(people.list_doctors(session, specialization=asked["specialization"]))


@blueprint.reading("/doctors/<docid>", DoctorSchema, scope=_READ)
def read_doctor(docid: str) -> Doctor:
    """Read a doctor."""
    with services().database.read() as session:
        return people.find_doctor(session, docid=docid)


@blueprint.listing("/patients", PatientSchema, Role.ADMINISTRATOR, Role.DOCTOR, scope=_READ, query=SearchQuery)
def list_patients(asked: dict[str, Any], window: Window) -> Sequence[Patient]:
    """List patients, by family name: a doctor's own, and all for administrators."""
    query = people.select_patients(search=asked["search"], docid=the_user().docid)
    with services().database.read() as session:
        return some_of(session, query, offset=window.offset, limit=window.take)


@blueprint.reading("/patients/<int:patientid>", PatientSchema, scope=_READ)
def read_patient(patientid: int) -> Patient:
    """Read a patient: oneself, a doctor's own, or anybody for administrators."""
    user = the_user()
    if user.role is Role.PATIENT and user.patientid != patientid:
        abort(404)
    with services().database.read() as session:
        if user.docid is not None:
            return people.find_patient_of(session, docid=user.docid, patientid=patientid)
        return people.find_patient(session, patientid=patientid)


@blueprint.listing(
    "/administrators", AdministratorSchema, Role.ADMINISTRATOR, scope=Scope.READ_PEOPLE, query=SearchQuery
)
def list_administrators(asked: dict[str, Any], window: Window) -> Sequence[Holder]:
    """List administrators, by family name, closed accounts too."""
    query = directory.select_holders(role=Role.ADMINISTRATOR, search=asked["search"])
    with services().database.read() as session:
        return some_of(session, query, offset=window.offset, limit=window.take)
