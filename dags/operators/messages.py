"""Messages to processes."""

from collections.abc import Sequence
from typing import Any

from airflow.sdk import BaseOperator, Context

from operators.processes import key_of
from operators.service import CONNECTION, Service

_HOUR = 3600


class PublishMessageOperator(BaseOperator):
    """Publishes a message to whatever process waits for it; returns where it went.

    It is kept for `time_to_live` seconds if nothing waits yet. Within that time a retry of the task delivers it no
    second time, as its id names the task of its DAG run.
    """

    template_fields: Sequence[str] = ("name", "correlation_key", "variables")
    ui_color = "#e2f1ed"

    def __init__(
        self,
        *,
        name: str,
        correlation_key: str | None = None,
        variables: dict[str, Any] | None = None,
        time_to_live: int = _HOUR,
        connection: str = CONNECTION,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.name = name
        self.correlation_key = correlation_key
        self.variables = variables
        self.time_to_live = time_to_live
        self.connection = connection

    def execute(self, context: Context) -> dict[str, Any]:
        """Publish it."""
        body = {
            "name": self.name,
            "correlation_key": self.correlation_key,
            "variables": self.variables or {},
            "time_to_live": self.time_to_live,
            "message_id": key_of(context["ti"]),
        }
        return Service(self.connection).post("/api/v1/messages", body)
