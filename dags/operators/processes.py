"""Processes as tasks of a DAG."""

import time
from collections.abc import Collection, Sequence
from typing import Any

from airflow.sdk import BaseOperator, BaseOperatorLink, BaseSensorOperator, Context, PokeReturnValue
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from operators.service import CONNECTION, INSTANCES, Service
from operators.triggers import RUNNING, ProcessTrigger, is_news

_COMPLETED = "completed"


class HumanStepLink(BaseOperatorLink):
    """The page of the user task that a process waits for, if it waits for a person."""

    name = "Human step"

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:  # noqa: ARG002
        """Return the page's address, or nothing."""
        return operator.human_step if isinstance(operator, StartProcessOperator) else ""


class StartProcessOperator(BaseOperator):
    """Starts a process of the clinic, waits for its end, and returns its variables.

    An incident of the process fails the task with the incident's text. The instance stays: once staff has mended it,
    a retry of the task goes on waiting for it. The business key names the task of its DAG run, so that a retry finds
    the instance and starts no second one, unless the first was cancelled or failed. While the process waits for a
    person, the task has a link to that person's form. `interval` is in seconds; a `deferrable` task waits in the
    triggerer, which needs no worker.
    """

    template_fields: Sequence[str] = ("process_id", "variables", "business_key")
    operator_extra_links = (HumanStepLink(),)
    ui_color = "#e2f1ed"

    def __init__(
        self,
        *,
        process_id: str,
        variables: dict[str, Any] | None = None,
        business_key: str | None = None,
        connection: str = CONNECTION,
        interval: float = 2.0,
        deferrable: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.process_id = process_id
        self.variables = variables
        self.business_key = business_key
        self.connection = connection
        self.interval = interval
        self.deferrable = deferrable
        self.human_step = ""

    def execute(self, context: Context) -> dict[str, Any]:
        """Start the process, or find what an earlier attempt has started, and wait."""
        key = self.business_key or key_of(context["ti"])
        found = self._found(key) or self._started(key)
        self.log.info("Waiting for %s, instance %s, business key %s", self.process_id, found["id"], key)
        return self._go_on(Service(self.connection).get(f"{INSTANCES}/{found['id']}"))

    def resume(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Go on with what the trigger has seen."""
        return self._go_on(event)

    def _go_on(self, instance: dict[str, Any]) -> dict[str, Any]:
        """Return the variables of an instance that is completed; wait for one that runs."""
        while (variables := self._variables(instance)) is None:
            known = [task["id"] for task in instance["tasks"]]
            self.human_step = instance["tasks"][0]["link"] if known else ""
            for task in instance["tasks"]:
                self.log.info("%s waits for a person: %s", task["name"], task["link"])
            if self.deferrable:
                trigger = ProcessTrigger(self.connection, instance["id"], known, self.interval)
                self.defer(trigger=trigger, method_name="resume")
            while not is_news(instance, known):
                time.sleep(self.interval)
                instance = Service(self.connection).get(f"{INSTANCES}/{instance['id']}")
        return variables

    def _variables(self, instance: dict[str, Any]) -> dict[str, Any] | None:
        name = f"{self.process_id}, instance {instance['id']}"
        for incident in instance["open_incidents"]:
            raise AirflowException(f"{name} has an incident at {incident['element_id']}: {incident['message']}")
        if instance["state"] in RUNNING:
            return None
        if instance["state"] != _COMPLETED:
            raise AirflowException(f"{name} is {instance['state']}.")
        variables: dict[str, Any] = instance["variables"]
        return variables

    def _found(self, key: str) -> dict[str, Any] | None:
        """Return the newest instance of this key, unless it came to nothing."""
        listed = Service(self.connection).get(INSTANCES, process_id=self.process_id, business_key=key, limit=1)
        useful = [each for each in listed["items"] if each["state"] in {*RUNNING, _COMPLETED}]
        return useful[0] if useful else None

    def _started(self, key: str) -> dict[str, Any]:
        body = {"process_id": self.process_id, "business_key": key, "variables": self.variables or {}}
        return Service(self.connection).post(INSTANCES, body)


class ProcessStateSensor(BaseSensorOperator):
    """Waits until an instance is in one of `states`; returns its variables.

    An instance that has ended in another state never will be, which fails the task at once.
    """

    template_fields: Sequence[str] = ("instance_id",)
    ui_color = "#e2f1ed"

    def __init__(
        self,
        *,
        instance_id: str,
        states: Collection[str] = (_COMPLETED,),
        connection: str = CONNECTION,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.instance_id = instance_id
        self.states = list(states)
        self.connection = connection

    def poke(self, context: Context) -> PokeReturnValue:  # noqa: ARG002
        """Look once."""
        instance = Service(self.connection).get(f"{INSTANCES}/{self.instance_id}")
        reached = instance["state"] in self.states
        if not reached and instance["state"] not in RUNNING:
            raise AirflowFailException(f"Instance {self.instance_id} is {instance['state']}.")
        return PokeReturnValue(is_done=reached, xcom_value=instance["variables"])


def key_of(task_instance: Any) -> str:
    """Return what names a task of one DAG run, over all of its attempts."""
    parts = [task_instance.dag_id, task_instance.run_id, task_instance.task_id]
    if task_instance.map_index >= 0:
        parts.append(str(task_instance.map_index))
    return "/".join(parts)
