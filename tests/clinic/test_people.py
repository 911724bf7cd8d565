"""Accounts and the people behind them."""

from datetime import date, datetime

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clinic import people
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import Login, Patient, Role
from app.clinic.passwords import STANDARD, Passwords
from tests.clinic.builders import CHEAP, PASSWORD, a_person, add_doctor, add_patient

HOSTILE = "Robert'); DROP TABLE patient;-- <script>alert(1)</script>"


def sign_in(session: Session, username: str, password: str = PASSWORD) -> Login | None:
    return people.authenticate(session, username=username, password=password, passwords=CHEAP)


def test_a_login_is_found_by_name_and_password(session: Session) -> None:
    patient = add_patient(session, a_person("ana"))
    login = sign_in(session, " ANA ")
    assert login is not None
    assert (login.id, login.role) == (patient.login_id, Role.PATIENT)


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("ana", "wrong horse"),
        ("nobody", PASSWORD),
        ("ana", ""),
        ("", ""),
        ("a\x00", PASSWORD),
        ("ana", PASSWORD + "x" * 5000),
    ],
)
def test_a_wrong_name_or_password_finds_nobody(session: Session, username: str, password: str) -> None:
    add_patient(session, a_person("ana"))
    assert sign_in(session, username, password) is None


def test_a_login_that_is_switched_off_finds_nobody(session: Session) -> None:
    add_patient(session, a_person("ana")).login.active = False
    assert sign_in(session, "ana") is None


def test_an_unknown_name_costs_a_hash_like_a_known_one(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords = Passwords(hasher)
    verify = PasswordHasher.verify

    def counting(self: PasswordHasher, stored: str, password: str) -> bool:
        checked.append(stored)
        return verify(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    assert people.authenticate(session, username="nobody", password="x", passwords=passwords) is None
    assert len(checked) == 1


def test_an_outdated_hash_is_renewed_at_sign_in(session: Session) -> None:
    add_patient(session, a_person("ana"))
    dearer = Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    login = people.authenticate(session, username="ana", password=PASSWORD, passwords=dearer)
    assert login is not None
    assert not dearer.outdated(login.password_hash)


def test_production_hashes_at_the_cost_the_library_recommends() -> None:
    assert not PasswordHasher().check_needs_rehash(STANDARD.hash(PASSWORD))


def test_a_user_name_has_one_owner_whatever_its_case(session: Session) -> None:
    add_patient(session, a_person("ana"))
    with pytest.raises(InvalidInput, match="user name already") as refusal:
        add_patient(session, a_person("Ana"))
    assert refusal.value.field == "username"
    assert session.scalar(select(func.count()).select_from(Patient)) == 1


def test_a_staff_number_has_one_owner(session: Session) -> None:
    add_doctor(session, "HSP-200")
    with pytest.raises(InvalidInput) as refusal:
        add_doctor(session, "hsp-200", person=a_person("second"))
    assert refusal.value.field == "docid"
    assert session.scalar(select(Login.id).where(Login.username == "second")) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "a"),
        ("username", "ana kovač"),
        ("firstname", " "),
        ("firstname", "A" * 51),
        ("lastname", "Ana\x00"),
        ("lastname", "Ana\nKovač"),
        ("lastname", "\u202egnihton"),
        ("lastname", "\ud800"),
        ("email", "ana at example.org"),
        ("mobile", "call me"),
    ],
)
def test_a_field_that_is_wrong_is_named(session: Session, field: str, value: str) -> None:
    changes = {"username": "", field: value}
    with pytest.raises(InvalidInput) as refusal:
        add_patient(session, a_person(**changes))
    assert refusal.value.field == field


@pytest.mark.parametrize("password", ["short", "x" * 129])
def test_a_password_of_the_wrong_length_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        CHEAP.hash(password)
    assert refusal.value.field == "password"


@pytest.mark.parametrize("birthday", [date(2026, 6, 2), date(1850, 1, 1)])
def test_an_impossible_birthday_is_refused(session: Session, now: datetime, birthday: date) -> None:
    with pytest.raises(InvalidInput) as refusal:
        people.create_patient(session, person=a_person(), birthday=birthday, now=now, passwords=CHEAP)
    assert refusal.value.field == "birthday"


def test_a_hostile_name_is_only_a_name(session: Session) -> None:
    patient = add_patient(session, a_person(firstname=HOSTILE[:40], lastname="%_\\"))
    session.expire_all()
    assert people.find_patient(session, patientid=patient.patientid).firstname == HOSTILE[:40]
    assert people.list_patients(session, search="%_\\").total == 1


def test_names_are_composed_so_that_equal_names_are_equal(session: Session) -> None:
    patient = add_patient(session, a_person(lastname="Kovac\u030c"))
    assert patient.lastname == "Kovač"


@pytest.mark.parametrize("search", ["kovac", "KOVAČ", "ana kov", "kov ana", "ana"])
def test_patients_are_found_without_case_and_accents(session: Session, search: str) -> None:
    add_patient(session, a_person(firstname="Ana", lastname="Kovač"))
    add_patient(session, a_person(firstname="Иван", lastname="Петров"))
    assert [patient.lastname for patient in people.list_patients(session, search=search).patients] == ["Kovač"]


def test_patients_of_other_alphabets_are_found_in_any_case(session: Session) -> None:
    add_patient(session, a_person(firstname="Иван", lastname="Петров"))
    assert people.list_patients(session, search="ПЕТ").total == 1


def test_patients_are_found_by_number(session: Session) -> None:
    patient = add_patient(session)
    add_patient(session)
    assert people.list_patients(session, search=str(patient.patientid)).patients == [patient]


@pytest.mark.parametrize("search", ["%", "_", "9" * 30, "²", "nobody", "nobody\x00"])
def test_a_search_that_matches_nobody_is_empty(session: Session, search: str) -> None:
    add_patient(session)
    found = people.list_patients(session, search=search)
    assert (found.patients, found.total, found.pages) == ([], 0, 1)


def test_patients_come_in_pages_by_family_name(session: Session) -> None:
    for lastname in ("Ćosić", "Abbas", "Öztürk", "Baker", "Zhou"):
        add_patient(session, a_person(lastname=lastname))
    pages = [people.list_patients(session, page=page, per_page=2) for page in (1, 2, 3, 9)]
    names = [[patient.lastname for patient in page.patients] for page in pages]
    assert names == [["Abbas", "Baker"], ["Ćosić", "Öztürk"], ["Zhou"], ["Zhou"]]
    assert [(page.number, page.pages, page.total) for page in pages] == [(1, 3, 5), (2, 3, 5), (3, 3, 5), (3, 3, 5)]


def test_doctors_are_listed_by_specialization(session: Session) -> None:
    add_doctor(session, "HSP-1", specialization="Cardiology")
    add_doctor(session, "HSP-2", specialization="Dermatology")
    assert people.list_specializations(session) == ["Cardiology", "Dermatology"]
    assert [doctor.docid for doctor in people.list_doctors(session, specialization="Dermatology")] == ["HSP-2"]
    assert len(people.list_doctors(session)) == 2


def test_a_doctor_who_left_is_not_listed(session: Session) -> None:
    add_doctor(session).login.active = False
    session.flush()
    assert people.list_doctors(session) == []
    assert people.list_specializations(session) == []


def test_people_are_found_by_their_login(session: Session) -> None:
    patient, doctor = add_patient(session), add_doctor(session)
    assert people.patient_of_login(session, login_id=patient.login_id) is patient
    assert people.doctor_of_login(session, login_id=doctor.login_id) is doctor
    with pytest.raises(NotFound):
        people.doctor_of_login(session, login_id=patient.login_id)


def test_an_administrator_is_created_with_that_role(session: Session, now: datetime) -> None:
    administrator = people.create_administrator(
        session,
        empid="ADM-1",
        person=a_person("boss"),
        position="Head",
        date_started=date(2020, 1, 1),
        now=now,
        passwords=CHEAP,
    )
    assert administrator.login.role is Role.ADMINISTRATOR
    assert people.administrator_of_login(session, login_id=administrator.login_id) is administrator


@pytest.mark.parametrize("docid", ["HSP-999", "", "' OR 1=1", "HSP\x00", "\ud800"])
def test_an_unknown_doctor_is_not_found(session: Session, docid: str) -> None:
    with pytest.raises(NotFound, match="There is no doctor"):
        people.find_doctor(session, docid=docid)


@pytest.mark.parametrize("patientid", [999, 0, -1, 2**31, 10**30])
def test_an_unknown_patient_is_not_found(session: Session, patientid: int) -> None:
    with pytest.raises(NotFound, match="There is no patient"):
        people.find_patient(session, patientid=patientid)


def test_an_unknown_specialization_has_no_doctors(session: Session) -> None:
    add_doctor(session)
    assert people.list_doctors(session, specialization="Astrology") == []
    assert people.list_doctors(session, specialization="\x00") == []
