"""Airflow, which schedules reports: its REST API, as one of its users.

AirflowError
├── AirflowMissing         this service was started without one
├── AirflowUnavailable     it can't be reached, or does not do what it is asked
└── AirflowNotFound        no such DAG, run or value
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import requests

from workflows.values import JsonValue

REPORT = "report_login_count"
"""The DAG that counts accounts."""

SUCCESS = "success"
_ENDED = frozenset({SUCCESS, "failed"})

_CONNECT_SECONDS = 5.0
_DONE = range(200, 300)
_NOT_FOUND = 404
_SIGN_IN_AGAIN = frozenset({401, 403})
"""A token has expired, or was signed by an Airflow with other secrets."""


class AirflowError(Exception):
    """The root of what can go wrong with Airflow."""


class AirflowMissing(AirflowError):
    """This service was started without an Airflow."""

    def __init__(self) -> None:
        super().__init__("This needs Airflow: set DAMS_AIRFLOW_URL, DAMS_AIRFLOW_USER and DAMS_AIRFLOW_PASSWORD.")


class AirflowUnavailable(AirflowError):
    """Airflow can't be reached, or does not do what it is asked; the text says why."""


class AirflowNotFound(AirflowError):
    """Airflow knows no such DAG, run or value."""


@dataclass(frozen=True, slots=True)
class DagRun:
    """One run of a DAG. `state` is Airflow's own: queued, running, success, failed; `link` is its page there."""

    dag_id: str
    run_id: str
    state: str
    kind: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    link: str

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in _ENDED


@dataclass(slots=True)
class Airflow:
    """An Airflow at `url`, signed in to as `user` when that is first needed, and again whenever it has expired.

    It waits at most `seconds` for an answer. For all threads.
    """

    url: str
    user: str
    password: str = field(repr=False)
    seconds: float = 10.0
    _token: str = field(default="", repr=False)
    _signing_in: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _http: requests.Session = field(default_factory=requests.Session, repr=False)

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/")
        self._http.trust_env = False  # no proxy, and no password of the machine's own files

    def trigger(self, dag_id: str) -> DagRun:
        """Start a run, with an id that no other run has."""
        body = {"dag_run_id": f"dams__{uuid4()}", "logical_date": None}
        return self._run(self._call("POST", f"dags/{_quoted(dag_id)}/dagRuns", json=body))

    def run(self, dag_id: str, run_id: str) -> DagRun:
        """Return one run."""
        return self._run(self._call("GET", f"dags/{_quoted(dag_id)}/dagRuns/{_quoted(run_id)}"))

    def runs(self, dag_id: str | None = None, *, limit: int = 25) -> list[DagRun]:
        """Return the newest runs of a DAG, or of all, newest first."""
        path = f"dags/{_quoted(dag_id) if dag_id else '~'}/dagRuns"
        found = self._call("GET", path, params={"order_by": "-run_after", "limit": limit})
        return [self._run(each) for each in found["dag_runs"]]

    def failed_tasks(self, dag_id: str, run_id: str) -> list[str]:
        """Return the ids of the tasks that a run failed at."""
        path = f"dags/{_quoted(dag_id)}/dagRuns/{_quoted(run_id)}/taskInstances"
        found = self._call("GET", path, params={"state": "failed"})
        return [str(each["task_id"]) for each in found["task_instances"]]

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str) -> JsonValue:
        """Return a value that a task has kept."""
        place = "/".join(("dags", _quoted(dag_id), "dagRuns", _quoted(run_id), "taskInstances", _quoted(task_id)))
        value: JsonValue = self._call("GET", f"{place}/xcomEntries/{_quoted(key)}")["value"]
        return value

    def link(self, dag_id: str) -> str:
        """Return the address of a DAG's page."""
        return f"{self.url}/dags/{_quoted(dag_id)}"

    def _run(self, found: dict[str, Any]) -> DagRun:
        return DagRun(
            dag_id=found["dag_id"],
            run_id=found["dag_run_id"],
            state=found["state"],
            kind=found["run_type"],
            asked_at=datetime.fromisoformat(found["run_after"]),
            started_at=_instant(found["start_date"]),
            ended_at=_instant(found["end_date"]),
            link=f"{self.link(found['dag_id'])}/runs/{_quoted(found['dag_run_id'])}",
        )

    def _call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        """Call with the token at hand; get a new one, once, if it is not good any more."""
        token = self._token or self._renewed("")
        answer = self._send(method, f"api/v2/{path}", token, **arguments)
        if answer.status_code in _SIGN_IN_AGAIN:
            answer = self._send(method, f"api/v2/{path}", self._renewed(token), **arguments)
        return _object(answer)

    def _renewed(self, old: str) -> str:
        """Return a token other than `old`; of threads that ask at the same time, one signs in."""
        with self._signing_in:
            if self._token == old:
                body = {"username": self.user, "password": self.password}
                self._token = str(_object(self._send("POST", "auth/token", "", json=body))["access_token"])
            return self._token

    def _send(self, method: str, path: str, token: str, **arguments: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        timeout = (min(_CONNECT_SECONDS, self.seconds), self.seconds)
        address = f"{self.url}/{path}"
        try:
            return self._http.request(
                method, address, headers=headers, timeout=timeout, allow_redirects=False, **arguments
            )
        except requests.RequestException as error:
            raise AirflowUnavailable(f"Airflow can't be reached at {self.url}.") from error


def _object(answer: requests.Response) -> dict[str, Any]:
    """Return the JSON object of an answer, or raise what it says."""
    if answer.status_code == _NOT_FOUND:
        raise AirflowNotFound("Airflow knows no such DAG, run or value.")
    if answer.status_code in _SIGN_IN_AGAIN:
        raise AirflowUnavailable("Airflow does not take the service's user name and password, or refuses them this.")
    if answer.status_code not in _DONE:
        raise AirflowUnavailable(f"Airflow answered with status {answer.status_code}.")
    try:
        found = answer.json()
    except ValueError as error:
        raise AirflowUnavailable("What answers at Airflow's address is no Airflow.") from error
    if not isinstance(found, dict):
        raise AirflowUnavailable("What answers at Airflow's address is no Airflow.")
    return found


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _quoted(part: str) -> str:
    return quote(part, safe="")
