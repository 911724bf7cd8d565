"""The service beside a real Airflow, each with the other's address and a way to sign in."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from app.airflow import REPORT, Airflow
from app.clinic import people, tokens
from app.clinic.models import Scope
from app.database import Database
from tests.airflow.looking import SECONDS, dags, until
from tests.browser.served import ROOT, Served
from tests.servers.airflow import PASSWORD, USER, AirflowServer, migrated_home, running_airflow
from tests.servers.processes import ServerProcess, free_port, running
from tests.servers.programs import ServerMissingError
from tests.servers.redis import RedisServer
from tests.servers.temporal import TemporalServer, running_temporal

HERE = Path(__file__).parent
DIAGRAMS = HERE / "diagrams"
SCOPES = (Scope.READ_PEOPLE, Scope.READ_PROCESSES, Scope.RUN_PROCESSES, Scope.REPORTS, Scope.MAINTENANCE)


@pytest.fixture(scope="package")
def airflow_port() -> int:
    """Where Airflow will answer."""
    return free_port()


@pytest.fixture(scope="package")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an Airflow with an empty database."""
    try:
        return migrated_home(tmp_path_factory.mktemp("migrated"))
    except ServerMissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="package")
def clinics_temporal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """A Temporal server for the clinic alone: on a shared one its workers would take the work of other tests."""
    try:
        with running_temporal(tmp_path_factory.mktemp("clinics-temporal")) as server:
            yield server
    except ServerMissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="package")
def clinic(
    tmp_path_factory: pytest.TempPathFactory,
    airflow_port: int,
    redis_server: RedisServer,
    clinics_temporal: TemporalServer,
) -> Iterator[Served]:
    """The service with demo data, the processes of these tests, its Celery workers, and the way to Airflow.

    One of the processes is moved by Temporal.
    """
    folder = tmp_path_factory.mktemp("clinic")
    settings = {
        "AIRFLOW_URL": f"http://127.0.0.1:{airflow_port}",
        "AIRFLOW_USER": USER,
        "AIRFLOW_PASSWORD": PASSWORD,
        "AIRFLOW_TIMEOUT": "PT1M",
        "CELERY_BROKER": redis_server.database(7),
        "ENGINES": json.dumps({"airflow_elsewhere": "temporal"}),
        "TEMPORAL_ADDRESS": clinics_temporal.address,
    }
    service = Served(folder, settings=settings)
    service.prepare()
    service.run("deploy", *(str(path) for path in sorted(DIAGRAMS.iterdir())))
    command: list[str | Path] = [ROOT / ".venv" / "bin" / "python", ROOT / "main.py", "worker", "--transport", "celery"]
    worker = ServerProcess(command, folder / "worker.log", lambda: True, environment=service.environment())
    service.start()
    try:
        with running(worker):
            yield service
    finally:
        service.stop()


@pytest.fixture(scope="package")
def token(clinic: Served) -> str:
    """An administrator's token of the service, with the scopes that `make airflow` asks for."""
    database = Database.open(f"sqlite:///{clinic.folder / 'dams.db'}")
    with database.write() as session:
        owner, now = people.find_username(session, username="admin").id, datetime.now(UTC)
        _, text = tokens.create(
            session, login_id=owner, name="Airflow", scopes=SCOPES, lifetime=timedelta(days=366), now=now
        )
    database.close()
    return text


@pytest.fixture(scope="package")
def airflow(
    tmp_path_factory: pytest.TempPathFactory, migrated: Path, clinic: Served, token: str, airflow_port: int
) -> Iterator[AirflowServer]:
    """Airflow with our DAGs and those of these tests."""
    home = tmp_path_factory.mktemp("airflow") / "home"
    more = HERE / "dags"
    with running_airflow(migrated, home, airflow_port, service=clinic.address, token=token, more_dags=more) as server:
        yield server


@pytest.fixture(scope="package")
def rest(airflow: AirflowServer) -> Airflow:
    """Airflow's REST API, as the service uses it, once all DAGs are read."""
    asked = Airflow(airflow.address, USER, PASSWORD, SECONDS)
    wanted = {REPORT, "dams_nightly", "try_human"}
    until(lambda: True if wanted <= dags(asked).keys() else None, "the DAGs")
    return asked


Call = Callable[..., requests.Response]


@pytest.fixture(scope="package")
def call(clinic: Served, token: str) -> Call:
    """Call the service as a program."""

    def send(method: str, path: str, **arguments: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, clinic.address + path, headers=headers, timeout=SECONDS, **arguments)

    return send
