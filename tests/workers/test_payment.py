"""The payment workflow with its jobs, step by step, on both databases."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest

import workers.payment
from app.clinic import appointments, billing, schema
from app.clinic.details import ClinicDetails
from app.database import Database
from tests.clinic.builders import BERLIN, NOW, add_doctor, add_patient, berlin
from workers.clinic import Clinic
from workers.registry import Registry
from workers.runners.embedded import EmbeddedRunner
from workflows.embedded import EmbeddedEngine
from workflows.embedded import schema as engine_schema
from workflows.engine import InstanceState
from workflows.payment import CONTINUED, PAYMENT, PROCESS_ID
from workflows.values import Variables

TICKET = "T-1"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where payments are recorded, for a bill of 60.00."""

    database: Database
    engine: EmbeddedEngine

    def start(self, key: str, amount: str | None) -> str:
        """Start the workflow with a payment and return the instance's id."""
        return self.engine.start(PROCESS_ID, told(key, amount), business_key=TICKET).id

    def work(self, *types: str) -> int:
        """Do the jobs that wait, or those of these types, and return how many there were."""
        registry = Registry.of(workers.payment)
        chosen = Registry(registry[each] for each in types or registry.types)
        clinic = Clinic(ClinicDetails("Riverside Clinic", BERLIN), lambda: NOW)
        return EmbeddedRunner(self.engine, chosen, {Clinic: clinic}, name="tests").run_waiting()

    def state(self, instance_id: str) -> InstanceState:
        """Return how an instance stands."""
        return self.engine.instance(instance_id).state

    def path(self, instance_id: str) -> list[str]:
        """Return the tasks that an instance has entered."""
        return [entry.element_id for entry in self.engine.history(instance_id)]

    def amounts(self) -> list[str]:
        """Return what was recorded."""
        with self.database.read() as session:
            return [str(posting.amount) for posting in billing.postings_of_bill(session, ticketid=TICKET)][1:]


def told(key: str, amount: str | None) -> Variables:
    return {"ticketid": TICKET, "payment_key": key, "paid_by": "tests", "amount": amount}


def reopened(database: Database) -> EmbeddedEngine:
    """Return an engine as after a restart: it knows nothing but what is stored."""
    return EmbeddedEngine(database.engine, clock=lambda: NOW, workflows=[PAYMENT])


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    database = Database.open(database_url)
    schema.upgrade(database.writer)
    engine_schema.upgrade(database.writer)
    with database.write() as session:
        appointments.reserve(
            session,
            ticketid=TICKET,
            docid=add_doctor(session).docid,
            patientid=add_patient(session).patientid,
            starts_at=berlin("2026-06-01", "10:00"),
            priority_level=3,
            now=NOW,
            zone=BERLIN,
        )
        billing.charge(
            session,
            ticketid=TICKET,
            amount=Decimal("60.00"),
            description="Consultation",
            key="charge",
            now=NOW,
            by="tests",
        )
    engine = reopened(database)
    engine.deploy([PAYMENT.resource()])
    yield Desk(database, engine)
    database.close()


def test_a_payment_in_full_releases(desk: Desk) -> None:
    instance_id = desk.start("a", "60.00")
    assert desk.work() == 2
    assert desk.state(instance_id) is InstanceState.COMPLETED
    assert desk.path(instance_id) == ["Start", "dams_patient_pay", "payment_check", "dams_patient_release"]
    variables = desk.engine.variables(instance_id)
    assert {name: variables[name] for name in ("charge", "discount", "status", "amount_paid", "date_released")} == {
        "charge": "60.00",
        "discount": "0.00",
        "status": "paid",
        "amount_paid": "60.00",
        "date_released": NOW.isoformat(),
    }


def test_a_held_payment_survives_a_restart_and_is_completed_by_a_message(desk: Desk) -> None:
    instance_id = desk.start("a", "25.00")
    desk.work()
    assert desk.state(instance_id) is InstanceState.ACTIVE
    restarted = Desk(desk.database, reopened(desk.database))
    assert restarted.engine.publish_message(CONTINUED, TICKET, told("b", "35.00")).instance_id == instance_id
    restarted.work()
    assert restarted.state(instance_id) is InstanceState.COMPLETED
    assert restarted.path(instance_id)[-4:] == [
        "dams_patient_rest",
        "dams_patient_pay",
        "payment_check",
        "dams_patient_release",
    ]
    assert desk.amounts() == ["25.00", "35.00"]


def test_two_workflows_with_one_key_record_it_once(desk: Desk) -> None:
    instances = [desk.start("a", "60.00"), desk.start("a", "60.00")]
    desk.work()
    assert [desk.state(instance_id) for instance_id in instances] == [InstanceState.COMPLETED] * 2
    assert desk.amounts() == ["60.00"]


def test_a_payment_is_not_held_when_another_settles_the_bill_before(desk: Desk) -> None:
    instance_id = desk.start("a", "25.00")
    desk.work("tx_patient_pay")
    with desk.database.write() as session:
        billing.pay(session, ticketid=TICKET, amount=Decimal("35.00"), key="b", now=NOW, by="tests")
    desk.work()
    assert desk.state(instance_id) is InstanceState.COMPLETED
    assert desk.path(instance_id)[-4:] == [
        "dams_patient_onhold",
        "hold_check",
        "payment_check",
        "dams_patient_release",
    ]


@pytest.mark.parametrize("amount", ["-5.00", "0", "0.001", "100000.01", None])
def test_what_the_ledger_refuses_ends_the_workflow_with_the_reason(desk: Desk, amount: str | None) -> None:
    instance_id = desk.start("a", amount)
    desk.work()
    assert desk.path(instance_id)[-1] == "dams_patient_refuse"
    assert desk.engine.variables(instance_id)["reason"]
    assert (desk.state(instance_id), desk.amounts()) == (InstanceState.COMPLETED, [])
