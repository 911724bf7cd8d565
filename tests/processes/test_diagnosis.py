"""What a doctor told a patient: the process, and its jobs on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

import workers.diagnosis
from app.clinic import appointments, audit, diagnoses, schema
from app.clinic.details import ClinicDetails
from app.database import Database
from tests.clinic.builders import BERLIN, NOW, add_doctor, add_patient, berlin
from tests.house import Clock
from tests.processes.conftest import BPMN
from workers.clinic import Clinic
from workers.registry import Registry
from workers.runners.embedded import EmbeddedRunner
from workflows.embedded import EmbeddedEngine
from workflows.embedded import schema as engine_schema
from workflows.engine import InstanceState, ProcessInstance, Resource
from workflows.testing import Coverage, ProcessTest
from workflows.values import Variables

FILE = BPMN / "dams_diagnosis.bpmn"
PROCESS_ID = "Process_Diagnostics"
HOUR = timedelta(hours=1)


def test_the_result_comes_from_what_was_found_on_every_path() -> None:
    coverage = Coverage()
    with ProcessTest(FILE, coverage=coverage) as test:
        test.on_job("select_diagnosis", {"data": [{"resolution": "Rest."}]})
        test.on_job("retrieve_analysis", lambda variables: {"result": [variables["records"]]})
        run = test.start(PROCESS_ID, {"docid": "HSP-1", "patientid": 1})
        run.assert_completed()
        assert run.variables["result"] == [[{"resolution": "Rest."}]]
    assert coverage.diagram(FILE.name).missed == [], coverage.text()


class Practice:
    """Two doctors and two patients who were with both, and the process."""

    def __init__(self, database: Database) -> None:
        schema.upgrade(database.writer)
        engine_schema.upgrade(database.writer)
        self.database, self.clock = database, Clock(NOW)
        self.engine = EmbeddedEngine(database.engine, clock=self.clock)
        self.engine.deploy([Resource(FILE.name, FILE.read_bytes())])
        with database.write() as session:
            self.docids = [add_doctor(session, docid).docid for docid in ("HSP-1", "HSP-2")]
            self.patientids = [add_patient(session).patientid for _ in range(2)]
            visits = [(docid, patientid) for docid in self.docids for patientid in self.patientids]
            for number, (docid, patientid) in enumerate(visits):
                appointments.reserve(
                    session,
                    ticketid=f"T-{number}",
                    docid=docid,
                    patientid=patientid,
                    starts_at=berlin("2026-06-01", ("09:00", "09:30", "10:00", "10:30")[number]),
                    priority_level=3,
                    now=NOW,
                    zone=BERLIN,
                )

    def tell(self, doctor: int, patient: int, resolution: str) -> None:
        """Record a diagnosis."""
        with self.database.write() as session:
            diagnoses.record(
                session,
                docid=self.docids[doctor],
                patientid=self.patientids[patient],
                narrative="A cold.",
                resolution=resolution,
                now=self.clock.now,
                by="tests",
            )
        self.clock.now += HOUR

    def ask(self, docid: str, patientid: int) -> ProcessInstance:
        """Let the process run as far as it comes, with all attempts of its jobs."""
        variables: Variables = {"docid": docid, "patientid": patientid, "requested_by": "who asks"}
        instance = self.engine.start(PROCESS_ID, variables)
        clinic = Clinic(ClinicDetails("Riverside Clinic", BERLIN), self.clock)
        runner = EmbeddedRunner(self.engine, Registry.of(workers.diagnosis), {Clinic: clinic}, name="tests")
        for _ in range(5):
            runner.run_waiting()
            self.clock.now += HOUR
        return self.engine.instance(instance.id)

    def readings(self, patientid: int) -> list[str]:
        """Return who read a diagnosis of a patient."""
        with self.database.read() as session:
            entries = audit.list_entries(session, subject=f"patient {patientid}")
        return [entry.who for entry in entries if entry.action == "diagnosis read"]


@pytest.fixture
def practice(database_url: str) -> Iterator[Practice]:
    """A practice on each of the databases."""
    database = Database.open(database_url)
    try:
        yield Practice(database)
    finally:
        database.close()


def test_the_result_is_that_of_exactly_this_doctor_and_patient(practice: Practice) -> None:
    practice.tell(0, 0, "Rest.")
    practice.tell(0, 1, "Run.")
    practice.tell(1, 0, "Drink.")
    practice.tell(0, 0, "Sleep.")
    instance = practice.ask("HSP-1", practice.patientids[0])
    assert instance.state is InstanceState.COMPLETED
    assert practice.engine.variables(instance.id)["result"] == ["Sleep.", "Rest."]
    assert practice.readings(practice.patientids[0]) == ["who asks"] * 2


def test_without_diagnoses_the_result_is_an_empty_list(practice: Practice) -> None:
    practice.tell(1, 0, "Drink.")
    instance = practice.ask("HSP-1", practice.patientids[0])
    assert instance.state is InstanceState.COMPLETED
    assert practice.engine.variables(instance.id)["result"] == []
    assert practice.readings(practice.patientids[0]) == []


def test_an_unknown_doctor_or_patient_is_an_incident(practice: Practice) -> None:
    for docid, patientid in (("HSP-9", practice.patientids[0]), ("HSP-1", 999_999)):
        instance = practice.ask(docid, patientid)
        assert (instance.state, instance.incidents) == (InstanceState.ACTIVE, 1)
        assert "result" not in practice.engine.variables(instance.id)


def test_a_database_that_fails_gives_an_incident_and_no_result(practice: Practice) -> None:
    """On SQLite a column that is missing looks like a file that is away, for which the job waits."""
    practice.tell(0, 0, "Rest.")
    with practice.database.write() as session:
        session.execute(text("ALTER TABLE diagnosis RENAME COLUMN resolution TO lost"))
    instance = practice.ask("HSP-1", practice.patientids[0])
    incidents = 0 if practice.database.engine.dialect.name == "sqlite" else 1
    assert (instance.state, instance.incidents) == (InstanceState.ACTIVE, incidents)
    assert "result" not in practice.engine.variables(instance.id)
