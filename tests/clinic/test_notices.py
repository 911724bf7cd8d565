"""Notices on dashboards."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.clinic import notices
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import Notice, Patient
from tests.clinic.builders import NOW, add_patient


def notify(session: Session, patient: Patient, key: str = "T-1 reserved", **changes: Any) -> Notice:
    told: dict[str, Any] = {"subject": "Booked", "body": "You have an appointment.\nCome.", "now": NOW}
    return notices.notify(session, login_id=patient.login_id, key=key, **{**told, **changes})


def test_a_notice_is_told_once(session: Session, patient: Patient) -> None:
    first = notify(session, patient)
    assert notify(session, patient, subject="Again", now=NOW + timedelta(days=1)) is first
    assert [notice.subject for notice in notices.list_notices(session, login_id=patient.login_id)] == ["Booked"]


def test_notices_come_newest_first(session: Session, patient: Patient) -> None:
    for hours in (2, 1, 3):
        notify(session, patient, key=str(hours), now=NOW + timedelta(hours=hours))
    assert [notice.key for notice in notices.list_notices(session, login_id=patient.login_id)] == ["3", "2", "1"]


def test_a_notice_is_read_once(session: Session, patient: Patient) -> None:
    notice = notify(session, patient)
    for hours in (1, 2):
        at = NOW + timedelta(hours=hours)
        notices.mark_read(session, notice_id=notice.id, login_id=patient.login_id, now=at)
    assert notice.read_at == NOW + timedelta(hours=1)
    assert notices.count_unread(session, login_id=patient.login_id) == 0


def test_all_notices_are_read_at_once(session: Session, patient: Patient) -> None:
    other = add_patient(session)
    for key, whose in (("1", patient), ("2", patient), ("3", other)):
        notify(session, whose, key=key)
    notices.mark_all_read(session, login_id=patient.login_id, now=NOW)
    assert notices.list_notices(session, login_id=patient.login_id, unread_only=True) == []
    assert notices.count_unread(session, login_id=other.login_id) == 1


def test_others_notices_are_not_found(session: Session, patient: Patient) -> None:
    notice = notify(session, patient)
    with pytest.raises(NotFound):
        notices.mark_read(session, notice_id=notice.id, login_id=add_patient(session).login_id, now=NOW)
    assert notice.read_at is None


@pytest.mark.parametrize(("field", "value"), [("subject", ""), ("subject", "a\nb"), ("body", " "), ("key", "k" * 201)])
def test_a_notice_without_sense_is_refused(session: Session, patient: Patient, field: str, value: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        notify(session, patient, **{field: value})
    assert refusal.value.field == field


def test_nobody_and_nothing_are_not_told_of(session: Session, patient: Patient) -> None:
    with pytest.raises(NotFound, match="login"):
        notices.notify(session, login_id="nobody", subject="a", body="b", key="c", now=NOW)
    with pytest.raises(NotFound, match="appointment"):
        notify(session, patient, ticketid="T-0")
