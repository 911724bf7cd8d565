"""Does jobs of the clinic for workers in other languages: `python -m tests.engine_rest.clerk`.

A line of JSON for each job comes in, and one goes out: `variables`, or the `code` and `message` of a BPMN error. It
stands for what a program elsewhere would do in the systems of the clinic; the engine hears of it from the worker alone.
"""

import json
import sys
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from app.clinic.details import ClinicDetails
from app.database import Database
from app.settings import load
from workers.clinic import Clinic
from workers.handlers import HANDLERS
from workers.registry import Job, Registry
from workflows.errors import BpmnError


class Clerk:
    """Knows the clinic's database and handlers, and no engine."""

    def __init__(self) -> None:
        settings = load()
        details = ClinicDetails(settings.clinic_name, settings.zone, currency=settings.currency)
        self._database = Database.open(settings.database)
        self._clinic = Clinic(details, partial(datetime.now, UTC), settings.rules)
        self._handlers = Registry.of(*HANDLERS)

    def do(self, task: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        """Do what an external task, as Camunda's REST describes it, asks for; return the answer."""
        job = Job(
            key=task["id"],
            type=task["topicName"],
            instance_id=task["processInstanceId"],
            process_id=task["processDefinitionKey"],
            element_id=task["activityId"],
            business_key=task["businessKey"],
            retries=task["retries"] or 1,
        )
        try:
            with self._database.write() as session:
                resources = {Job: job, Session: session, Clinic: self._clinic}
                return {"variables": self._handlers[job.type](variables, resources)}
        except BpmnError as error:
            return {"code": error.code, "message": error.message}


def main() -> None:
    """Answer until there are no more questions."""
    clerk = Clerk()
    for line in sys.stdin:
        asked = json.loads(line)
        sys.stdout.write(json.dumps(clerk.do(asked["task"], asked["variables"])) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
