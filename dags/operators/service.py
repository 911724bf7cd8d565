"""The clinic's service, which DAGs reach over HTTP alone.

The Airflow connection `dams` has its address, and the API token as the header `Authorization` among its extras.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from requests import Response

CONNECTION = "dams"
SECONDS = 60
"""How long a call may take."""

INSTANCES = "/api/v1/process-instances"
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
OPTIONS = {"check_response": False, "timeout": SECONDS}
"""For Airflow's HTTP operators beside `response_check=accepted`."""


class Service:
    """The service behind an Airflow connection."""

    def __init__(self, connection: str = CONNECTION) -> None:
        self.connection = connection

    def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """Read a JSON object."""
        return self._call("GET", path, data=query)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a JSON object, and return the one that is answered."""
        return self._call("POST", path, json=dict(body or {}))

    def _call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        hook = HttpHook(method=method, http_conn_id=self.connection)
        response = hook.run(path, extra_options=OPTIONS, **arguments)
        accepted(response)
        answer: dict[str, Any] = response.json()
        return answer


def accepted(response: Response) -> bool:
    """Return True for an answer that did what was asked; raise what the service says otherwise.

    What it refuses stays refused, so that fails the task at once; what is its own trouble may pass, and is retried.
    """
    if response.ok:
        return True
    text = f"The service answered {response.status_code}: {_detail(response)}"
    if response.status_code in _PASSING or response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise AirflowException(text)
    raise AirflowFailException(text)


def _detail(response: Response) -> str:
    try:
        said = response.json()
    except ValueError:
        return response.reason
    errors = "".join(f" {error['field']}: {error['detail']}" for error in said.get("errors", ()))
    return f"{said.get('detail', response.reason)}{errors}"
