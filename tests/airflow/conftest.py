"""The service beside a real Airflow, each with the other's address and a way to sign in."""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from app.airflow import Airflow
from tests.browser.served import ROOT, Served
from tests.servers.airflow import PASSWORD, USER, AirflowServer, environment, migrated_home, running_airflow
from tests.servers.processes import ServerProcess, free_port, running
from tests.servers.programs import AIRFLOW, ServerMissingError
from tests.servers.redis import RedisServer

HERE = Path(__file__).parent
DIAGRAMS = HERE / "diagrams"
SCOPES = ("people:read", "processes:read", "processes:run", "reports", "maintenance")
SECONDS = 60
_TRY_SECONDS = 300


@pytest.fixture(scope="session")
def airflow_port() -> int:
    """Where Airflow will answer."""
    return free_port()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an Airflow with an empty database."""
    try:
        return migrated_home(tmp_path_factory.mktemp("migrated"))
    except ServerMissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def clinic(tmp_path_factory: pytest.TempPathFactory, airflow_port: int, redis_server: RedisServer) -> Iterator[Served]:
    """The service with demo data, the processes of these tests, its Celery workers, and the way to Airflow."""
    folder = tmp_path_factory.mktemp("clinic")
    settings = {
        "AIRFLOW_URL": f"http://127.0.0.1:{airflow_port}",
        "AIRFLOW_USER": USER,
        "AIRFLOW_PASSWORD": PASSWORD,
        "AIRFLOW_TIMEOUT": "PT1M",
        "CELERY_BROKER": redis_server.database(7),
    }
    service = Served(folder, settings=settings)
    service.prepare()
    service.run("deploy", str(DIAGRAMS / "processes.bpmn"))
    command = [ROOT / ".venv" / "bin" / "python", ROOT / "main.py", "worker", "--transport", "celery"]
    worker = ServerProcess(command, folder / "worker.log", lambda: True, environment=service.environment())
    service.start()
    try:
        with running(worker):
            yield service
    finally:
        service.stop()


@pytest.fixture(scope="session")
def token(clinic: Served) -> str:
    """An administrator's token of the service."""
    return make_token(clinic)


def make_token(clinic: Served) -> str:
    """Make a token as `make airflow` does."""
    options = [word for scope in SCOPES for word in ("--scope", scope)]
    return clinic.run("token", "admin", "--name", "Airflow", "--days", "366", *options).strip()


@pytest.fixture(scope="session")
def airflow(
    tmp_path_factory: pytest.TempPathFactory, migrated: Path, clinic: Served, token: str, airflow_port: int
) -> Iterator[AirflowServer]:
    """Airflow with our DAGs and those of these tests."""
    home = tmp_path_factory.mktemp("airflow") / "home"
    more = HERE / "dags"
    with running_airflow(migrated, home, airflow_port, service=clinic.address, token=token, more_dags=more) as server:
        yield server


@pytest.fixture(scope="session")
def rest(airflow: AirflowServer) -> Airflow:
    """Airflow's REST API, as the service uses it."""
    return Airflow(airflow.address, USER, PASSWORD, SECONDS)


Call = Callable[..., requests.Response]


@pytest.fixture
def call(clinic: Served, token: str) -> Call:
    """Call the service as a program."""

    def send(method: str, path: str, **arguments: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, clinic.address + path, headers=headers, timeout=SECONDS, **arguments)

    return send


Try = Callable[[Sequence[tuple[str, str, dict[str, Any]]]], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def try_dags(tmp_path_factory: pytest.TempPathFactory, migrated: Path, clinic: Served, token: str) -> Try:
    """Run DAGs with `dag.test()`: files, ids and configurations; return what came of them."""
    home = tmp_path_factory.mktemp("tried") / "home"
    home.mkdir()
    (home / "airflow.db").write_bytes((migrated / "airflow.db").read_bytes())

    def run(
        wanted: Sequence[tuple[str, str, dict[str, Any]]], connection: str = clinic.address
    ) -> list[dict[str, Any]]:
        found = environment(home, HERE / "dags")
        extra = {"Authorization": f"Bearer {token}"}
        found["AIRFLOW_CONN_DAMS"] = json.dumps({"conn_type": "http", "host": connection, "extra": extra})
        done = subprocess.run(
            [AIRFLOW, HERE / "inside" / "try_dags.py", json.dumps(wanted)],
            env=found,
            capture_output=True,
            text=True,
            timeout=_TRY_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
        answers: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
        return answers

    return run
