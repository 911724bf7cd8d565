"""A thousand random histories: the ledger balances to zero, and says what a simple count of the money says."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clinic import appointments, billing
from app.clinic.errors import ClinicError, InvalidInput, KeyUsed, NotAllowed
from app.clinic.models import Posting
from app.clinic.schema import upgrade
from tests.clinic.builders import BERLIN, NOW, add_doctor, add_patient, berlin
from workflows.embedded.database import WRITES, open_engine

OWNERS = {"T-1": 1, "T-2": 1, "T-3": 2}
ACCOUNTS = (Posting.receivable, Posting.revenue, Posting.discount, Posting.cash, Posting.credit)
WITH_AMOUNT = frozenset({"charge", "discount", "pay"})


class Event(NamedTuple):
    """A call of one of the functions of `billing`."""

    what: str
    ticketid: str
    amount: Decimal
    key: str


AMOUNTS = st.sampled_from([Decimal("0.01"), Decimal("60.00"), Decimal("100000.00")])
EVENTS = st.builds(
    Event,
    st.sampled_from(["charge", "charge", "discount", "pay", "pay", "pay", "use_credit", "refund", "take_back_charge"]),
    st.sampled_from(sorted(OWNERS)),
    AMOUNTS | st.decimals(min_value="0.01", max_value="500", places=2),
    st.integers(0, 9).map(str),
)


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """A clinic in memory with two patients, both numbered as in `OWNERS`, and their appointments."""
    engine = open_engine("sqlite://")
    upgrade(engine.execution_options(**WRITES))
    with Session(engine, expire_on_commit=False) as session:
        doctor = add_doctor(session)
        assert [add_patient(session).patientid for _ in (1, 2)] == [1, 2]
        for hour, (ticketid, owner) in enumerate(OWNERS.items(), 9):
            appointments.reserve(
                session,
                ticketid=ticketid,
                docid=doctor.docid,
                patientid=owner,
                starts_at=berlin("2026-06-01", f"{hour:02}:00"),
                priority_level=3,
                now=NOW,
                zone=BERLIN,
            )
        yield session
    engine.dispose()


@dataclass(slots=True)
class Count:
    """What a bill stands at, counted in the simplest way."""

    charge: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    cash: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)

    @property
    def outstanding(self) -> Decimal:
        return self.charge - self.discount - self.cash - self.credit


@dataclass(slots=True)
class Purse:
    """Everybody's money, counted in the simplest way."""

    bills: dict[str, Count] = field(default_factory=lambda: {ticketid: Count() for ticketid in OWNERS})
    credits: dict[int, Decimal] = field(default_factory=lambda: dict.fromkeys(OWNERS.values(), Decimal(0)))

    def refusal(self, event: Event) -> type[ClinicError] | None:
        """Return the error with which the ledger has to refuse an event."""
        bill = self.bills[event.ticketid]
        if event.what == "discount" and event.amount > bill.outstanding:
            return InvalidInput
        unpayable = event.what in {"pay", "use_credit"} and not bill.charge
        return NotAllowed if unpayable or (event.what == "take_back_charge" and bill.cash + bill.credit) else None

    def count(self, event: Event) -> bool:
        """Count an event; return whether it moves money, so that the ledger has to have a posting of it."""
        bill, owner = self.bills[event.ticketid], OWNERS[event.ticketid]
        match event.what:
            case "charge":
                bill.charge += event.amount
            case "discount":
                bill.discount += event.amount
            case "pay":
                taken = min(event.amount, bill.outstanding)
                bill.cash += taken
                self.credits[owner] += event.amount - taken
            case "use_credit":
                used = min(self.credits[owner], bill.outstanding)
                bill.credit += used
                self.credits[owner] -= used
                return used > 0
            case _:
                self.credits[owner] += bill.credit
                self.bills[event.ticketid] = Count()
                return bill.charge > 0
        return True


def record(session: Session, event: Event) -> object:
    told: dict[str, Any] = {"ticketid": event.ticketid, "key": event.key, "now": NOW, "by": "tests"}
    if event.what in WITH_AMOUNT:
        told["amount"] = event.amount
    if event.what in {"charge", "discount"}:
        told["description"] = event.what
    result: object = getattr(billing, event.what)(session, **told)
    return result


def record_again(session: Session, event: Event, first: Event, result: object) -> None:
    """Use a key again: the same event has the first result, another one is refused."""
    same_amount = event.amount == first.amount or event.what not in WITH_AMOUNT
    if event[:2] == first[:2] and same_amount:
        assert record(session, event) == result
    elif event.ticketid != first.ticketid or not {event.what, first.what} <= {"refund", "take_back_charge"}:
        with pytest.raises(KeyUsed):
            record(session, event)


def check(session: Session, purse: Purse) -> None:
    """Compare the ledger with the count, and add up all of its accounts."""
    sums = session.execute(select(*(func.sum(account) for account in ACCOUNTS))).one()
    assert sum((each or Decimal(0) for each in sums), Decimal(0)) == 0
    for owner, credit in purse.credits.items():
        found = {bill.ticketid: bill for bill in billing.bills_of_patient(session, patientid=owner)}
        counts = {ticketid: count for ticketid, count in purse.bills.items() if OWNERS[ticketid] == owner}
        for ticketid, count in counts.items():
            counted = (count.charge, count.discount, count.cash + count.credit, count.outstanding)
            if (bill := found.get(ticketid)) is not None:
                assert (bill.charge, bill.discount, bill.paid, bill.outstanding) == counted
            else:
                assert not any(counted)
        balance = billing.balance_of_patient(session, patientid=owner)
        assert balance == billing.Balance(sum((count.outstanding for count in counts.values()), Decimal(0)), credit)


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(EVENTS, min_size=1, max_size=8))
def test_every_history_balances(session: Session, history: list[Event]) -> None:
    whole, purse = session.begin_nested(), Purse()
    recorded: dict[str, tuple[Event, object]] = {}
    try:
        for event in history:
            if event.key in recorded:
                record_again(session, event, *recorded[event.key])
            elif (refusal := purse.refusal(event)) is not None:
                with pytest.raises(refusal):
                    record(session, event)
            else:
                result = record(session, event)
                if purse.count(event):
                    recorded[event.key] = event, result
        check(session, purse)
        assert session.scalar(select(func.count(Posting.id))) == len(recorded)
    finally:
        whole.rollback()
