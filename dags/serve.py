"""Starts Airflow with these DAGs on the loopback interface, and ends all of it: `make airflow` runs this.

It runs in Airflow's own virtual environment, and knows of the service only its address and a token. Whatever is set as
`AIRFLOW__SECTION__KEY` counts more than what is chosen here: Airflow's database is an SQLite file in its home, unless
`AIRFLOW__DATABASE__SQL_ALCHEMY_CONN` names a PostgreSQL.
"""

import argparse
import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType

DAGS = Path(__file__).resolve().parent
COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")
HEALTHY = ("metadatabase", "scheduler", "dag_processor", "triggerer")
USER = "admin"
_PAUSE = 0.2
_TERMINATE_SECONDS = 15.0


def main() -> int:
    """Run Airflow until a signal, or until one of its parts ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=DAGS.parent / "var" / "airflow")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--service", default="http://127.0.0.1:8000", help="where the clinic's service answers")
    parser.add_argument("--token", type=Path, required=True, help="a file with an API token of the service")
    asked = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    home: Path = asked.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    kept = _secrets(home)
    chosen = _chosen(home, asked.port, kept)
    chosen["AIRFLOW_CONN_DAMS"] = _connection(asked.service, asked.token.read_text().strip())
    environment = {**chosen, **os.environ}
    _airflow(home, environment, "db", "migrate").wait()
    parts = [_airflow(home, environment, name) for name in COMPONENTS]
    try:
        _announce(asked.port, kept["password"], parts)
        while all(part.poll() is None for part in parts):
            time.sleep(_PAUSE)
        sys.stderr.write(f"A part of Airflow has ended; {home / 'logs'} says why.\n")
        return 1
    finally:
        _end_all(parts)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _secrets(home: Path) -> dict[str, str]:
    """Return what this installation keeps secret, made when it is first asked for."""
    path = home / "secrets.json"
    if not path.exists():
        made = {
            "password": secrets.token_urlsafe(12),
            "jwt": secrets.token_urlsafe(32),
            "api": secrets.token_urlsafe(32),
            "fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def _chosen(home: Path, port: int, kept: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of Airflow's parts: on loopback, with a real login, and no DAGs but these."""
    passwords = home / "passwords.json"
    passwords.touch(mode=0o600)
    passwords.write_text(json.dumps({USER: kept["password"]}))
    address = f"http://127.0.0.1:{port}"
    return {
        "AIRFLOW_HOME": str(home),
        "PYTHONPATH": str(DAGS),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__SECRET_KEY": kept["api"],
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": kept["jwt"],
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "30",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__FERNET_KEY": kept["fernet"],
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",  # a busy machine is no reason to fail
    }


def _connection(service: str, token: str) -> str:
    """Return the Airflow connection to the clinic's service."""
    return json.dumps({"conn_type": "http", "host": service, "extra": {"Authorization": f"Bearer {token}"}})


def _airflow(home: Path, environment: Mapping[str, str], *command: str) -> "subprocess.Popen[bytes]":
    """Start a command of Airflow; what it prints goes to a file of its name."""
    logs = home / "logs"
    logs.mkdir(exist_ok=True)
    with (logs / f"{command[0]}.log").open("ab") as log:
        program = [sys.executable, "-m", "airflow", *command]
        return subprocess.Popen(program, env=dict(environment), stdout=log, stderr=log, stdin=subprocess.DEVNULL)  # noqa: S603


def _announce(port: int, password: str, parts: "list[subprocess.Popen[bytes]]") -> None:
    """Say how to sign in, once all parts are well; return at once if one has ended."""
    while all(part.poll() is None for part in parts):
        if _healthy(port):
            address = f"http://127.0.0.1:{port}"
            sys.stdout.write(
                f"Airflow answers at {address} (Ctrl+C ends it). Sign in as {USER} with the password {password}\n"
                "The service reaches it with these settings:\n"
                f"  DAMS_AIRFLOW_URL={address} DAMS_AIRFLOW_USER={USER} DAMS_AIRFLOW_PASSWORD={password}\n"
            )
            sys.stdout.flush()
            return
        time.sleep(_PAUSE)


def _healthy(port: int) -> bool:
    with (
        suppress(OSError),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=10) as answer,
    ):
        health = json.load(answer)
        return all((health.get(part) or {}).get("status") == "healthy" for part in HEALTHY)
    return False


def _end_all(parts: "list[subprocess.Popen[bytes]]") -> None:
    """Ask all parts to end, and end those that don't."""
    for part in parts:
        part.terminate()
    deadline = time.monotonic() + _TERMINATE_SECONDS
    for part in parts:
        try:
            part.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            part.kill()
            part.wait()


if __name__ == "__main__":
    sys.exit(main())
