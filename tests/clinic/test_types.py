"""Instants and money keep their value on both databases; what would lose it is refused."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DatabaseError, StatementError
from sqlalchemy.orm import Session

from app.clinic import audit
from app.clinic.models import AuditEntry, Charge, Patient


def charge(session: Session, patient: Patient, amount: Decimal | float) -> None:
    count = session.scalar(select(func.count()).select_from(Charge))
    row = {
        "chargeid": f"charge-{count}",
        "patientid": patient.patientid,
        "description": "Consultation",
        "amount": amount,
        "created_at": datetime(2026, 6, 1, tzinfo=UTC),
    }
    session.execute(insert(Charge), [row])


def test_an_instant_of_any_zone_comes_back_in_utc(session: Session) -> None:
    given = datetime(2026, 6, 1, 7, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    audit.record(session, who="a", action="b", subject="c", now=given)
    session.expire_all()
    found = session.scalars(select(AuditEntry.at)).one()
    assert found == given
    assert found.tzinfo is UTC


def test_instants_compare_in_the_database(session: Session) -> None:
    moment = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)
    for minutes in (0, 1, 2):
        audit.record(session, who="a", action="b", subject="c", now=moment + timedelta(minutes=minutes))
    later = select(func.count()).select_from(AuditEntry).where(AuditEntry.at > moment)
    assert session.scalar(later) == 2


def test_a_naive_instant_is_refused(session: Session) -> None:
    with pytest.raises(StatementError, match="has no time zone"):
        audit.record(session, who="a", action="b", subject="c", now=datetime(2026, 6, 1))  # noqa: DTZ001
    session.rollback()


def test_money_is_exact_and_adds_up_exactly(session: Session, patient: Patient) -> None:
    for _ in range(10):
        charge(session, patient, Decimal("0.10"))
    charge(session, patient, Decimal("9999999.99"))
    assert session.scalar(select(func.sum(Charge.amount))) == Decimal("10000000.99")


def test_money_can_be_taken_back(session: Session, patient: Patient) -> None:
    charge(session, patient, Decimal("-12.30"))
    assert session.scalars(select(Charge.amount)).one() == Decimal("-12.30")


@pytest.mark.parametrize("amount", [0.1, Decimal("0.001"), Decimal("NaN"), Decimal("Infinity")])
def test_money_that_is_not_exact_cents_is_refused(session: Session, patient: Patient, amount: Decimal | float) -> None:
    with pytest.raises(StatementError, match=r"no Decimal|whole number of cents"):
        charge(session, patient, amount)


@pytest.mark.parametrize("change", ["UPDATE charge SET amount = 1", "DELETE FROM charge"])
def test_the_ledger_refuses_changes(session: Session, patient: Patient, change: str) -> None:
    charge(session, patient, Decimal(5))
    with pytest.raises(DatabaseError, match="rows of charge are only ever added"), session.begin_nested():
        session.execute(text(change))
    assert session.scalars(select(Charge.amount)).one() == Decimal(5)


@pytest.mark.parametrize("change", ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit"])
def test_the_audit_refuses_changes(session: Session, change: str) -> None:
    audit.record(session, who="ana", action="signed in", subject="ana", now=datetime(2026, 6, 1, tzinfo=UTC))
    with pytest.raises(DatabaseError, match="rows of audit are only ever added"), session.begin_nested():
        session.execute(text(change))
    session.expire_all()
    assert [entry.who for entry in audit.list_entries(session, subject="ana")] == ["ana"]
