"""The whole service with its processes on a broker: pages, API, workers; all of them go by the broker's clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from app.application import create_app
from app.clinic.details import ClinicDetails
from app.database import Database
from app.web import Services, WebConfig
from tests.house import LIFETIME, ZONE, Clock, House, diagrams, in_threads, write_template
from tests.servers.broker import Broker
from workers.clinic import Clinic
from workers.handlers import HANDLERS
from workers.registry import Registry
from workers.runners.zeebe import ZeebeRunner
from workflows.payment import PAYMENT
from workflows.scripts import ScriptRunner
from workflows.zeebe.chores import chores

FIRST_KEYS = str(2**51)[:8]
"""How the keys of a broker begin, which are the ids of its instances."""


class BrokersClock(Clock):
    """Goes as the broker's clock does; to set it forward sets that forward."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    @property
    def now(self) -> datetime:
        """The broker's time."""
        return self._broker.now()

    @now.setter
    def now(self, moment: datetime) -> None:
        span = moment - self._broker.now()
        if span > timedelta(0):
            self._broker.pass_time(span)


@contextmanager
def house_on(broker: Broker, path: Path) -> Iterator[House]:
    """Run the service on a new SQLite file until the end of the block; paying a bill is a workflow in code beside."""
    write_template(path, broker.now())
    clock, database = BrokersClock(broker), Database.open(f"sqlite:///{path}")
    clinic = Clinic(ClinicDetails("Riverside Clinic", ZONE), clock)
    with (
        ScriptRunner() as scripts,
        broker.engine(database.engine, scripts, workflows=[PAYMENT]) as engine,
    ):
        engine.deploy(diagrams())
        beside = in_threads(engine, clinic)
        runner = ZeebeRunner(
            broker.gateway,
            database,
            Registry.of(*HANDLERS),
            {Clinic: clinic},
            chores(engine, scripts),
            name="clinic",
            threads=2,
        )
        services = Services(database, engine, clock, ZONE, "Riverside Clinic")
        config = WebConfig(
            "a secret of the tests", rate_limits=False, patience=timedelta(seconds=60), longest_session=LIFETIME
        )
        app = create_app(services, config)
        beside.start()
        runner.start()
        try:
            yield House(app, services, clock, beside, count(1))
        finally:
            runner.stop()
            beside.stop()
    database.close()
