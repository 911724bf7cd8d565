"""The names that we and what runs on the broker agree on."""

from collections.abc import Mapping
from typing import Final

from workflows.conversion import BUSINESS_KEY
from workflows.values import JsonValue, Variables

ENGINE: Final = "zeebe"
"""The name of this engine in settings and definitions."""

STARTED_BY: Final = "damsStartedBy"
"""The variable that holds who started an instance; `BUSINESS_KEY` is the other one."""

USER_TASK_JOB: Final = "io.camunda.zeebe:userTask"
"""The type of the jobs that stand for user tasks which are not Zeebe's own kind."""

_RESERVED = "dams"


def is_reserved(name: str) -> bool:
    """Return whether a variable is our own, and nobody else's business."""
    return name.startswith(_RESERVED)


def visible(variables: Mapping[str, JsonValue]) -> Variables:
    """Return the variables that are not our own."""
    return {name: value for name, value in variables.items() if not is_reserved(name)}


def with_reserved(
    variables: Mapping[str, JsonValue], *, business_key: str | None, started_by: str | None
) -> dict[str, JsonValue]:
    """Return the variables of a new instance, and our own."""
    own = {BUSINESS_KEY: business_key, STARTED_BY: started_by}
    return {**variables, **{name: value for name, value in own.items() if value is not None}}


def task_key(key: int, *, is_job: bool) -> str:
    """Return the key of a user task as the store keeps it."""
    return f"{'job' if is_job else 'task'}-{key}"


def read_task_key(text: str) -> tuple[int, bool]:
    """Return the key of a user task, and whether it is that of a job."""
    kind, _, key = text.partition("-")
    return int(key), kind == "job"
