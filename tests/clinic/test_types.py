"""Instants and money keep their value on both databases; what would lose it is refused."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from app.clinic import appointments, audit
from app.clinic.models import Appointment, AuditEntry, Doctor, Patient, Posting, PostingKind
from tests.clinic.builders import BERLIN, NOW, berlin


@pytest.fixture
def appointment(session: Session, doctor: Doctor, patient: Patient) -> Appointment:
    return appointments.reserve(
        session,
        ticketid="T-1",
        docid=doctor.docid,
        patientid=patient.patientid,
        starts_at=berlin("2026-06-01", "10:00"),
        priority_level=3,
        now=NOW,
        zone=BERLIN,
    )


def post(session: Session, appointment: Appointment, receivable: Decimal | float, revenue: Decimal | float) -> None:
    row = {
        "key": f"posting {session.scalar(select(func.count()).select_from(Posting))}",
        "kind": PostingKind.CHARGE,
        "ticketid": appointment.ticketid,
        "patientid": appointment.patientid,
        "who": "tests",
        "description": "Consultation",
        "created_at": datetime(2026, 6, 1, tzinfo=UTC),
        "receivable": receivable,
        "revenue": revenue,
    }
    session.execute(insert(Posting), [row])


def charge(session: Session, appointment: Appointment, amount: Decimal | float) -> None:
    post(session, appointment, amount, -amount)


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


def test_money_is_exact_and_adds_up_exactly(session: Session, appointment: Appointment) -> None:
    for _ in range(10):
        charge(session, appointment, Decimal("0.10"))
    charge(session, appointment, Decimal("9999999.99"))
    assert session.scalar(select(func.sum(Posting.receivable))) == Decimal("10000000.99")


def test_money_can_be_taken_back(session: Session, appointment: Appointment) -> None:
    charge(session, appointment, Decimal("-12.30"))
    assert session.scalars(select(Posting.receivable)).one() == Decimal("-12.30")


@pytest.mark.parametrize("amount", [0.1, Decimal("0.001"), Decimal("NaN"), Decimal("Infinity")])
def test_money_that_is_not_exact_cents_is_refused(
    session: Session, appointment: Appointment, amount: Decimal | float
) -> None:
    with pytest.raises(StatementError, match=r"no Decimal|whole number of cents"):
        charge(session, appointment, amount)


@pytest.mark.parametrize("change", ["UPDATE posting SET cash = 1", "DELETE FROM posting"])
def test_the_ledger_refuses_changes(session: Session, appointment: Appointment, change: str) -> None:
    charge(session, appointment, Decimal(5))
    with pytest.raises(DatabaseError, match="rows of posting are only ever added"), session.begin_nested():
        session.execute(text(change))
    assert session.scalars(select(Posting.receivable)).one() == Decimal(5)


@pytest.mark.parametrize("revenue", [Decimal("-4.99"), Decimal(5)])
def test_the_database_refuses_a_posting_that_does_not_balance(
    session: Session, appointment: Appointment, revenue: Decimal
) -> None:
    with pytest.raises(IntegrityError, match="balance"), session.begin_nested():
        post(session, appointment, Decimal(5), revenue)


def test_the_database_refuses_a_posting_about_nothing(session: Session, appointment: Appointment) -> None:
    with pytest.raises(IntegrityError, match="amount"), session.begin_nested():
        charge(session, appointment, Decimal(0))


@pytest.mark.parametrize("change", ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit"])
def test_the_audit_refuses_changes(session: Session, change: str) -> None:
    audit.record(session, who="ana", action="signed in", subject="ana", now=datetime(2026, 6, 1, tzinfo=UTC))
    with pytest.raises(DatabaseError, match="rows of audit are only ever added"), session.begin_nested():
        session.execute(text(change))
    session.expire_all()
    assert [entry.who for entry in audit.list_entries(session, subject="ana")] == ["ana"]
