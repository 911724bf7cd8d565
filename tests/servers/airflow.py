"""A real Airflow for tests: as `make airflow` starts it, in a process group of its own, of which nothing is left."""

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.processes import ServerProcess, running
from tests.servers.programs import AIRFLOW, installed

DAGS = Path(__file__).parents[2] / "dags"
USER, PASSWORD = "admin", "the password of tests"
_START_SECONDS = 600.0
_MIGRATE_SECONDS = 600
_KEYS = {
    "password": PASSWORD,
    "jwt": "j" * 43,
    "api": "a" * 43,
    "fernet": "dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHQ=",
}
_PATIENT = {
    "CORE__DAGBAG_IMPORT_TIMEOUT": "600",
    "DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "600",
    "DAG_PROCESSOR__HEALTH_CHECK_THRESHOLD": "600",
    "SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "600",
    "TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "600",
    "WORKERS__EXECUTION_API_TIMEOUT": "300",
}
"""Airflow takes what lasts for longer than some seconds for dead; on a busy machine it is not."""

_BUNDLE = "airflow.dag_processing.bundles.local.LocalDagBundle"


@dataclass(frozen=True, slots=True)
class AirflowServer:
    """A running Airflow: where it answers, and the folder it lives in."""

    address: str
    home: Path
    process: ServerProcess


def migrated_home(folder: Path) -> Path:
    """Make the database of a new Airflow in `folder`, to be copied; `ServerMissingError` without Airflow."""
    program = installed(AIRFLOW)
    home = folder / "airflow"
    home.mkdir()
    subprocess.run(
        [program, "-m", "airflow", "db", "migrate"],
        env=environment(home),
        timeout=_MIGRATE_SECONDS,
        capture_output=True,
        check=True,
    )
    return home


def environment(home: Path, *more_dags: Path) -> dict[str, str]:
    """Return the environment of Airflow's own programs, with its home, our DAGs and more, and nothing of the machine's
    own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "DAMS_"))}
    return {
        **kept,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "1",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": _bundles(DAGS, *more_dags),
        "PYTHONPATH": str(DAGS),
    }


def _bundles(*folders: Path) -> str:
    """Return Airflow's list of folders with DAGs."""
    bundles = [
        {"name": f"dags-{number}", "classpath": _BUNDLE, "kwargs": {"path": str(folder)}}
        for number, folder in enumerate(folders)
    ]
    return json.dumps(bundles)


@contextmanager
def running_airflow(
    migrated: Path, home: Path, port: int, *, service: str, token: str, more_dags: Path, **settings: str
) -> Iterator[AirflowServer]:
    """Run an Airflow at `port`, with a copy of the database of `migrated`, until the end of the block.

    It has our DAGs and those in `more_dags`; `settings` are Airflow's own, as SECTION__KEY.
    """
    home.mkdir()
    shutil.copyfile(migrated / "airflow.db", home / "airflow.db")
    (home / "secrets.json").write_text(json.dumps(_KEYS))
    (home / "token").write_text(token)
    chosen = {
        **_PATIENT,
        "CORE__DEFAULT_TASK_RETRY_DELAY": "1",
        "DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": _bundles(DAGS, more_dags),
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",  # they do not change
        **settings,
    }
    command: list[str | Path] = [installed(AIRFLOW), DAGS / "serve.py", "--home", home, "--port", str(port)]
    process = ServerProcess(
        [*command, "--service", service, "--token", home / "token"],
        home / "serve.log",
        lambda: _answers(port),
        environment={f"AIRFLOW__{name}": value for name, value in chosen.items()},
        patience=_START_SECONDS,
    )
    with running(process):
        yield AirflowServer(f"http://127.0.0.1:{port}", home, process)


def _answers(port: int) -> bool:
    """Whether all parts are well."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=10) as answer:
        health: Mapping[str, Mapping[str, str]] = json.load(answer)
    return all((part or {}).get("status") == "healthy" for part in health.values())
