"""A worker by the client for Python on PyPI, which does what `worker.mjs` does, but locks nothing anew: the client
can't. It signs in with a token."""

import json
import sys
from typing import Any

from camunda.external_task.external_task import ExternalTask, TaskResult
from camunda.external_task.external_task_worker import ExternalTaskWorker

from tests.engine_rest.clerk import Clerk


def say(event: str, task: ExternalTask, **more: object) -> None:
    """Tell what happens."""
    sys.stdout.write(json.dumps({"event": event, "task": task.get_task_id(), **more}) + "\n")
    sys.stdout.flush()


class Worker:
    """Handles tasks, one after the other."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._name = told["name"]
        self._clerk = Clerk() if told["clerk"] else None

    def handle(self, task: ExternalTask) -> TaskResult:
        """Do a task."""
        context = task._context  # the client hands out no retries
        say("taken", task, topic=task.get_topic_name(), retries=context["retries"])
        if self._clerk is not None and task.get_topic_name() != "errand":
            return self._by_clerk(self._clerk, task, context)
        match task.get_variable("how"):
            case "stumble" if context["retries"] != 1:
                return task.failure("no paper", "tray 1", max_retries=2, retry_timeout=50)
            case "give_up":
                return task.failure("no paper", "tray 1", max_retries=0, retry_timeout=0)
            case "refuse":
                return task.bpmn_error("FULL", "no room", {"why": {"value": {"room": 3}}})
            case "hang":
                sys.stdin.read()  # which nobody writes
        return task.complete({"done_by": self._name})

    @staticmethod
    def _by_clerk(clerk: Clerk, task: ExternalTask, context: dict[str, Any]) -> TaskResult:
        answer = clerk.do(context, task.get_variables())
        if "code" in answer:
            return task.bpmn_error(answer["code"], answer["message"])
        return task.complete({name: {"value": value} for name, value in answer["variables"].items()})


def main() -> None:
    """Work until killed."""
    told = json.loads(sys.argv[1])
    config = {
        "maxTasks": 1,
        "lockDuration": told["lock"],
        "asyncResponseTimeout": 20000,
        "sleepSeconds": 0.1,
        "auth_bearer": {"access_token": told["token"]},
    }
    worker = ExternalTaskWorker(told["name"], told["address"], config)
    worker.subscribe(told["topics"], Worker(told).handle)


if __name__ == "__main__":
    main()
