"""The nightly reminders of bills that are overdue: the process, and its jobs on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

import workers.billing
from app.clinic import appointments, billing, notices, schema
from app.clinic.details import ClinicDetails
from app.clinic.models import Patient
from app.database import Database
from tests.clinic.builders import BERLIN, NOW, add_doctor, add_patient, berlin
from tests.house import Clock
from tests.processes.conftest import BPMN
from workers.clinic import Clinic
from workers.registry import Registry
from workers.runners.embedded import EmbeddedRunner
from workflows.embedded import EmbeddedEngine
from workflows.embedded import schema as engine_schema
from workflows.engine import InstanceState, Resource
from workflows.testing import Coverage, ProcessTest

FILE = BPMN / "dams_payment_reminders.bpmn"
PROCESS_ID = "Process_PaymentReminders"


def remind_of_two(coverage: Coverage) -> None:
    with ProcessTest(FILE, coverage=coverage) as test:
        test.on_job("list_overdue_bills", {"overdue": ["T-1", "T-2"]})
        test.on_job("remind_of_overdue_bill", {"reminded": True})
        run = test.start(PROCESS_ID)
        run.assert_completed()
        assert run.variables["results"] == [True, True]


def test_each_overdue_bill_is_reminded_of_on_every_path() -> None:
    coverage = Coverage()
    remind_of_two(coverage)
    assert coverage.diagram(FILE.name).missed == [], coverage.text()


def test_a_night_without_overdue_bills_passes() -> None:
    with ProcessTest(FILE) as test:
        test.on_job("list_overdue_bills", {"overdue": []})
        test.start(PROCESS_ID).assert_completed()


class Night:
    """A clinic with a bill of 60.00 for an appointment of the first of June, and the process."""

    def __init__(self, database: Database) -> None:
        schema.upgrade(database.writer)
        engine_schema.upgrade(database.writer)
        self.database, self.clock = database, Clock(NOW)
        self.engine = EmbeddedEngine(database.engine, clock=self.clock)
        self.engine.deploy([Resource(FILE.name, FILE.read_bytes())])
        with database.write() as session:
            doctor, patient = add_doctor(session), add_patient(session)
            self.patient: Patient = patient
            appointments.reserve(
                session,
                ticketid="T-1",
                docid=doctor.docid,
                patientid=patient.patientid,
                starts_at=berlin("2026-06-01", "10:00"),
                priority_level=3,
                now=NOW,
                zone=BERLIN,
            )
            billing.charge(
                session,
                ticketid="T-1",
                amount=Decimal("60.00"),
                description="Consultation",
                key="charge",
                now=NOW,
                by="tests",
                instance_id="i-1",
            )

    def pass_(self) -> list[str]:
        """Let the process run once; return what the patient was told so far."""
        instance = self.engine.start(PROCESS_ID)
        clinic = Clinic(ClinicDetails("Riverside Clinic", BERLIN, currency="EUR"), self.clock)
        registry = Registry.of(workers.billing)
        EmbeddedRunner(self.engine, registry, {Clinic: clinic}, name="tests").run_waiting()
        assert self.engine.instance(instance.id).state is InstanceState.COMPLETED
        with self.database.read() as session:
            return [notice.subject for notice in notices.list_notices(session, login_id=self.patient.login_id)]


@pytest.fixture
def night(database_url: str) -> Iterator[Night]:
    """The night of the appointment's day still to come."""
    database = Database.open(database_url)
    yield Night(database)
    database.close()


def test_nobody_is_reminded_before_the_appointment_is_over(night: Night) -> None:
    assert night.pass_() == []


def test_who_owes_is_reminded_once_a_week(night: Night) -> None:
    night.clock.now = berlin("2026-06-02", "02:00")
    assert night.pass_() == ["Please pay 60.00 EUR"]
    night.clock.now += timedelta(days=1)
    assert night.pass_() == ["Please pay 60.00 EUR"]
    night.clock.now += timedelta(days=7)
    assert night.pass_() == ["Please pay 60.00 EUR", "Please pay 60.00 EUR"]


def test_who_has_paid_is_not_reminded(night: Night) -> None:
    night.clock.now = berlin("2026-06-02", "02:00")
    with night.database.write() as session:
        billing.pay(
            session,
            ticketid="T-1",
            amount=Decimal("60.00"),
            key="payment",
            now=night.clock.now,
            by="tests",
            instance_id="i-2",
        )
    assert night.pass_() == []
