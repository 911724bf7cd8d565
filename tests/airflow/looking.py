"""Looking at an Airflow until something is there."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import requests

from app.airflow import Airflow, DagRun
from tests.servers.airflow import USER

Seen = TypeVar("Seen")

SECONDS = 60
"""How long an answer may take."""

PATIENCE = 240.0
"""How long something may take that Airflow does."""


def until(look: Callable[[], Seen | None], what: str) -> Seen:
    """Look again and again, until something is seen."""
    deadline = time.monotonic() + PATIENCE
    while (seen := look()) is None:
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.5)
    return seen


def ended(rest: Airflow, dag_id: str, run_id: str) -> DagRun:
    """Return a run once it is over."""

    def look() -> DagRun | None:
        run = rest.run(dag_id, run_id)
        return run if run.ended else None

    return until(look, f"the end of {run_id}")


def ask(rest: Airflow, path: str) -> dict[str, Any]:
    """Ask Airflow's REST API for what the service has no use for."""
    found: dict[str, Any] = requests.get(f"{rest.url}/api/v2/{path}", headers=_headers(rest), timeout=SECONDS).json()
    return found


def hold(rest: Airflow, dag_id: str, *, held: bool) -> None:
    """Let no run of a DAG begin, or let them begin again."""
    address = f"{rest.url}/api/v2/dags/{dag_id}"
    answer = requests.patch(address, json={"is_paused": held}, headers=_headers(rest), timeout=SECONDS)
    answer.raise_for_status()


def _headers(rest: Airflow) -> dict[str, str]:
    credentials = {"username": USER, "password": rest.password}
    token = requests.post(f"{rest.url}/auth/token", json=credentials, timeout=SECONDS).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def dags(rest: Airflow) -> dict[str, dict[str, Any]]:
    """Return the DAGs that Airflow has read, by their ids."""
    return {dag["dag_id"]: dag for dag in ask(rest, "dags")["dags"]}
