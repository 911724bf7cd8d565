"""The real service: engine, workers, SQLite, the demo clinic, a Flask test client. Only its clock is ours."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from flask import Flask

from app.application import create_app
from app.clinic import appointments, people, schema, sessions
from app.clinic.details import ClinicDetails
from app.clinic.models import Appointment
from app.clinic.passwords import Passwords
from app.clinic.people import NewPerson
from app.clinic.seed import seed
from app.database import Database
from app.web import Services, WebConfig
from tests.visitor import Page, Visitor
from workers.celery.asking import Tasks
from workers.clinic import Clinic
from workers.handlers import HANDLERS
from workers.registry import Registry
from workers.runners.celery import CeleryRunner
from workers.runners.embedded import EmbeddedRunner
from workflows.embedded import EmbeddedEngine
from workflows.embedded import schema as engine_schema
from workflows.engine import Resource
from workflows.payment import PAYMENT
from workflows.scripts import ScriptRunner

ZONE = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 6, 1, 5, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
LIFETIME = timedelta(days=1000)
"""How long sessions last: tests pass months in seconds."""

CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
BPMN = Path(__file__).parents[1] / "bpmn"
DIAGRAM = BPMN / "dams_appointment.bpmn"


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is set."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **time: float) -> None:
        """Let time pass, as for `timedelta`."""
        self.now += timedelta(**time)


@dataclass(frozen=True, slots=True)
class House:
    """The parts of a running service."""

    app: Flask
    services: Services
    clock: Clock
    runner: EmbeddedRunner | CeleryRunner
    numbers: Iterator[int]

    @property
    def engine(self) -> EmbeddedEngine:
        """The engine, with what the port does not have."""
        assert isinstance(self.services.engine, EmbeddedEngine)
        return self.services.engine

    def add_patient(self, lastname: str = "Novak") -> str:
        """Add a patient and return the user name."""
        username = f"visitor.{next(self.numbers)}"
        person = NewPerson(username, PASSWORD, "Vera", lastname, "vera@example.org", "+49 40 5550100")
        with self.services.database.write() as session:
            people.create_patient(
                session, person=person, birthday=date(1990, 2, 3), now=self.clock.now, passwords=CHEAP
            )
        return username

    def login_id(self, username: str) -> str:
        """Return the id of a login."""
        with self.services.database.read() as session:
            return people.find_username(session, username=username).id

    def appointment(self, page: Page) -> Appointment:
        """Return the appointment that the booking of a page came to, with its doctor."""
        ticketid = self.engine.instance(page.booking).business_key or ""
        with self.services.database.read() as session:
            appointment = appointments.find_by_ticket(session, ticketid=ticketid)
            assert appointment.doctor.full_name  # loaded while the session is open
            return appointment

    def visitor(self, username: str | None = None) -> Visitor:
        """Return somebody with a browser, signed in if a user name is given (without the slow hash)."""
        visitor = Visitor(self.app)
        if username is not None:
            login_id = self.login_id(username)
            with self.services.database.write() as session, visitor.client.session_transaction() as cookie:
                cookie["_user_id"] = sessions.begin(session, login_id=login_id, now=self.clock.now, lifetime=LIFETIME)
        return visitor


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the demo clinic and the deployed booking process, to be copied."""
    path = tmp_path_factory.mktemp("web") / "template.db"
    write_template(path)
    return path


def write_template(path: Path, now: datetime = MONDAY) -> None:
    """Write an SQLite file with the demo clinic as it is `now`, and the deployed processes."""
    database = Database.open(f"sqlite:///{path}")
    schema.upgrade(database.writer)
    engine_schema.upgrade(database.writer)
    with database.write() as session:
        seed(session, now=now, zone=ZONE, password=PASSWORD, passwords=CHEAP)
    scripts = ScriptRunner()
    engine = EmbeddedEngine(database.engine, scripts=scripts, clock=lambda: now, workflows=[PAYMENT])
    engine.deploy([*diagrams(), PAYMENT.resource()])
    scripts.close()
    database.close()


def diagrams() -> list[Resource]:
    """Return the files of the clinic's processes."""
    return [Resource(file.name, file.read_bytes()) for file in sorted(BPMN.iterdir()) if file.suffix != ".md"]


Runner = Callable[[EmbeddedEngine, Clinic], EmbeddedRunner | CeleryRunner]


def in_threads(engine: EmbeddedEngine, clinic: Clinic) -> EmbeddedRunner:
    """Return what runs the jobs of a house in a thread of its own."""
    return EmbeddedRunner(engine, Registry.of(*HANDLERS), {Clinic: clinic}, name="tests", threads=1)


@contextmanager
def running_house(
    path: Path, clock: Clock, make_runner: Runner = in_threads, tasks: Tasks | None = None
) -> Iterator[House]:
    """Run the service on the database of this file until the end of the block."""
    database, scripts = Database.open(f"sqlite:///{path}"), ScriptRunner()
    engine = EmbeddedEngine(database.engine, scripts=scripts, clock=clock, workflows=[PAYMENT])
    runner = make_runner(engine, Clinic(ClinicDetails("Riverside Clinic", ZONE), clock))
    services = Services(database, engine, clock, ZONE, "Riverside Clinic", tasks=tasks)
    config = WebConfig(
        "a secret of the tests", rate_limits=False, patience=timedelta(seconds=60), longest_session=LIFETIME
    )
    app = create_app(services, config)
    runner.start()
    try:
        yield House(app, services, clock, runner, count(1))
    finally:
        runner.stop()
        scripts.close()
        database.close()


@pytest.fixture(scope="module")
def house(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A service with its job threads, for the tests of one module; each brings people of its own."""
    path = tmp_path_factory.mktemp("house") / "dams.db"
    shutil.copyfile(template, path)
    with running_house(path, Clock()) as house:
        yield house
