"""Camunda's own client for JavaScript, and that for Python on PyPI, as they are, at work for the running service."""

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.clinic import billing, oauth, people, tokens
from app.clinic.models import Posting, Scope
from app.database import Database
from tests.browser.served import ROOT, Served
from tests.engine_rest.conftest import ERRAND
from tests.engine_rest.programs import COMMANDS, Workshop, eventually
from tests.house import PASSWORD, write_template
from tests.restart.conftest import Client, Page
from workers.handlers import HANDLERS
from workers.registry import Registry
from workflows.embedded import EmbeddedEngine
from workflows.engine import HistoryEntry, InstanceQuery, InstanceState, Resource
from workflows.external_tasks import ExternalTaskQuery
from workflows.values import Variables

PARCEL = ROOT / "tests" / "api" / "v2" / "parcel.bpmn"
SAMPLE = ROOT / "docs" / "external-worker" / "sample.bpmn"
PATIENTS = {"javascript": "chidi.eze", "python": "olga.petrova"}


def topics_of(*diagrams: str) -> set[str]:
    """Return the topics of the clinic's diagrams, in either dialect."""
    text = "".join((ROOT / "bpmn" / name).read_text() for name in diagrams)
    return set(re.findall(r'(?:camunda:topic|zeebe:taskDefinition type)="(\w+)"', text))


TOPICS = sorted(topics_of("dams_appointment.bpmn", "dams_billing.bpmn"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that leaves the jobs of appointments and bills to others."""
    settings = {"JOB_TYPES_ELSEWHERE": ",".join(TOPICS), "WEB_THREADS": "4"}
    service = Served(tmp_path_factory.mktemp("engine_rest"), settings=settings)
    write_template(service.folder / "dams.db", datetime.now(UTC))
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="module")
def token(database: Database) -> str:
    """What workers sign in with."""
    now, scopes = datetime.now(UTC), [Scope.RUN_PROCESSES]
    with database.write() as session:
        owner = people.find_username(session, username="admin").id
        _, text = tokens.create(
            session, login_id=owner, name="workers", scopes=scopes, lifetime=timedelta(days=2), now=now
        )
    return text


@pytest.fixture(params=sorted(COMMANDS))
def workshop(request: pytest.FixtureRequest, served: Served, token: str) -> Workshop:
    """Workers of each language."""
    return Workshop(served, token, request.param)


@pytest.fixture(scope="module")
def database(served: Served) -> Iterator[Database]:
    """The database of the service."""
    database = Database.open(f"sqlite:///{served.folder / 'dams.db'}")
    yield database
    database.close()


@pytest.fixture(scope="module")
def engine(database: Database) -> EmbeddedEngine:
    """What happens in the service, to look at; and to start instances."""
    engine = EmbeddedEngine(database.engine)
    engine.deploy([Resource(ERRAND.name, ERRAND.read_bytes())])
    return engine


def start(engine: EmbeddedEngine, how: str) -> str:
    """Start an errand that is to come to this end."""
    return engine.start("Errand", {"how": how, "priority": 0}).id


def ended(engine: EmbeddedEngine, instance_id: str) -> list[HistoryEntry]:
    """Wait until an instance has ended; return its history."""
    eventually(lambda: engine.instance(instance_id).state is InstanceState.COMPLETED)
    return engine.history(instance_id)


def test_the_service_leaves_these_topics_to_others() -> None:
    assert len(TOPICS) > 20
    assert set(TOPICS) <= Registry.of(*HANDLERS).types


def test_every_answer_of_a_client_is_taken(workshop: Workshop, engine: EmbeddedEngine) -> None:
    instances = {how: start(engine, how) for how in ("complete", "stumble", "refuse", "give_up")}
    with workshop.working("errand", name="errands") as worker:
        assert ended(engine, instances["complete"])[-1].element_id == "done"
        assert engine.variables(instances["complete"])["done_by"] == "errands"
        assert ended(engine, instances["stumble"])[-1].element_id == "done"
        assert ended(engine, instances["refuse"])[-1].element_id == "refused"
        said = engine.variables(instances["refuse"])
        assert (said["said"], said["why"]) == ("no room", {"room": 3})
        (incident,) = eventually(lambda: engine.incidents(instances["give_up"]))
    assert incident.message == "no paper"
    task = engine.external_tasks(ExternalTaskQuery(instance_ids=(instances["give_up"],)))[0]
    assert (task.retries, task.error_message, task.error_details) == (0, "no paper", "tray 1")
    tries = [each for each in worker.told if each["task"] and each["task"].startswith(instances["stumble"])]
    assert [each["retries"] for each in tries if each["event"] == "taken"] == [None, 2, 1]
    assert [each for each in worker.told if "error" in each] == []
    engine.cancel(instances["give_up"])


def test_another_worker_takes_over_from_one_that_is_killed(workshop: Workshop, engine: EmbeddedEngine) -> None:
    instance_id = start(engine, "hang")
    with workshop.working("errand", name="killed", lock=1000) as first:
        assert first.heard("taken")["task"].startswith(instance_id)
        first.kill()
    engine.set_variables(instance_id, {"how": "complete"})
    with workshop.working("errand", name="heir"):
        assert ended(engine, instance_id)[-1].element_id == "done"
    assert engine.variables(instance_id)["done_by"] == "heir"
    assert eventually(lambda: {"killed", "heir"} <= {worker.name for worker in engine.workers()})


def test_javascript_keeps_a_task_and_gives_it_back(served: Served, token: str, engine: EmbeddedEngine) -> None:
    kept, given_back = start(engine, "extend"), start(engine, "put_back")
    with Workshop(served, token, "javascript").working("errand", name="keeper", lock=60_000) as worker:
        worker.heard("extended")
        ended(engine, given_back)
        (task,) = engine.external_tasks(ExternalTaskQuery(instance_ids=(kept,)))
        assert (task.worker, [each for each in worker.told if "error" in each]) == ("keeper", [])
        assert task.locked_until is not None
        assert (task.locked_until - task.created_at).total_seconds() > 3000
    engine.cancel(kept)


def test_the_sdk_of_camunda_8_brings_an_instance_to_its_end(served: Served, token: str, database: Database) -> None:
    with database.write() as session:
        registered, secret = oauth.register(
            session,
            owner_id=people.find_username(session, username="admin").id,
            name="Camunda 8",
            confidential=True,
            acts_alone=True,
            redirect_uris="",
            scopes=[Scope.READ_PROCESSES, Scope.RUN_PROCESSES],
            now=datetime.now(UTC),
        )
        client = {"id": registered.id, "secret": secret}
    known = {"address": served.address, "diagram": str(PARCEL), "username": "admin", "token": token, "client": client}
    command = ["node", str(Path(__file__).parent / "camunda8.mjs"), json.dumps({**known, "parcel": "P-8"})]
    done = subprocess.run(
        command, cwd=ROOT, env=served.environment(), capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert {seen[strategy] for strategy in ("bearer", "basic", "oauth")} == {"8.8.0"}
    assert seen["unchanged"]
    assert seen["job"] == {"variables": {"parcel": "P-8"}, "headers": {"shop": "bakery"}, "retries": 5}
    assert (seen["taken"], seen["state"]) == (seen["processInstanceKey"], "COMPLETED")
    assert seen["variables"] == {"parcel": '"P-8"', "signed": "true", "weight": "3"}
    assert seen["refused"][0] == 409
    assert seen["awaited"] == [True, {"parcel": "P-8-again", "weight": 4, "at": "noon"}]
    assert (seen["tried"], seen["instances"]) == ("TERMINATED", 3)


def arrived(client: Client, page: Page) -> Page:
    """Return the page that follows once workers have done their part."""

    def look() -> Page | None:
        now = client.open(page.address)
        return None if now.heading == "Working on it" else now

    return eventually(look)


def test_an_appointment_is_booked_and_billed_by_workers_elsewhere(
    workshop: Workshop, engine: EmbeddedEngine, database: Database
) -> None:
    patient = Client(workshop.served.address)
    patient.sign_in(PATIENTS[workshop.language], PASSWORD)
    name = f"clinic-{workshop.language}"
    with workshop.working(*TOPICS, name=name, clerk=True) as worker:
        page = patient.begin()
        for _ in range(4):
            page = patient.fill(arrived(patient, page))
        assert arrived(patient, page).heading == "The appointment is booked"
        booking = engine.instances(InstanceQuery(process_id="Process_ApptDams01"))[0]
        ticket = str(engine.variables(booking.id)["ticketid"])

        def charged() -> list[Posting]:
            with database.read() as session:
                return billing.postings_of_bill(session, ticketid=ticket)

        eventually(charged)
        page = patient.open(f"/payment/start?ticket={ticket}")
        paid = patient.submit(page, "/payment", amount=due(page))
    assert paid.heading == "The bill is paid"
    assert [posting.kind.value for posting in charged()] == ["charge", "payment"]
    done = {each["topic"] for each in worker.told if each["event"] == "taken"}
    assert {"prepare_booking", "reserve_slot", "notify_doctor", "charge_appointment"} <= done
    (seen,) = eventually(lambda: [each for each in engine.workers() if each.name == name])
    assert seen.topics == tuple(TOPICS)


def due(page: Page) -> str:
    """Return the amount that a bill's form offers to pay."""
    return str(page.html.xpath("string(//input[@name='amount']/@value)"))


def test_the_example_of_the_documentation_runs_as_written(served: Served, token: str, engine: EmbeddedEngine) -> None:
    engine.deploy([Resource(SAMPLE.name, SAMPLE.read_bytes())])
    (command,) = re.findall(r"(?m)^node .*$", (ROOT / "docs" / "external-workers.md").read_text())
    samples: tuple[Variables, ...] = (
        {"tube": "A7", "hours": 2, "milligrams": 90},
        {"tube": "A8", "hours": 25, "milligrams": 90},
        {"hours": 1, "milligrams": 90},
    )
    known, spoilt, lost = (engine.start("Process_Sample", {"sample": sample}).id for sample in samples)
    environment = {**served.environment(), "CLINIC_URL": served.address, "CLINIC_TOKEN": token}
    with (served.folder / "example.log").open("wb") as log:
        example = subprocess.Popen(command.split(), cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        assert ended(engine, known)[-1].element_id == "EndEvent_Known"
        assert ended(engine, spoilt)[-1].element_id == "EndEvent_Again"
        (incident,) = eventually(lambda: engine.incidents(lost))
    finally:
        example.kill()
        example.wait()
    assert engine.variables(known)["result"] == {"substance": "glucose", "millimoles": 5, "critical": False}
    assert engine.variables(spoilt)["reason"] == "The sample is 25 hours old."
    assert incident.message == "The analyser finds no tube."
    engine.cancel(lost)
