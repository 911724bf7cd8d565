"""Jobs that a translated diagram leaves to the engine itself: Python scripts, and messages that a process throws."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from pyzeebe.proto.gateway_pb2 import ActivatedJob

from workflows.conversion import MESSAGE_JOB, SCRIPT_JOB
from workflows.conversion.words import CORRELATION_KEY, MESSAGE_NAME, SCRIPT, VARIABLES
from workflows.engine import Engine
from workflows.scripts import ScriptRunner, compile_script
from workflows.values import Variables
from workflows.zeebe.words import visible

_THROWN_TIME_TO_LIVE = timedelta(hours=1)

Chore = Callable[[ActivatedJob], Variables]
"""Does a job, and returns what it sets."""


def chores(engine: Engine, scripts: ScriptRunner) -> Mapping[str, Chore]:
    """Return who does these jobs, by job type. Messages go to every engine that `engine` knows."""

    def publish(job: ActivatedJob) -> Variables:
        names, variables = _headers(job).get(VARIABLES, ""), _variables(job)
        key = variables.get(CORRELATION_KEY)
        engine.publish_message(
            str(variables[MESSAGE_NAME]),
            None if key is None else str(key),
            {name: variables[name] for name in names.split(",") if name in variables},
            time_to_live=timedelta(0) if key is None else _THROWN_TIME_TO_LIVE,
            message_id=f"zeebe-{job.key}",
        )
        return {}

    def run(job: ActivatedJob) -> Variables:
        return scripts.run(compile_script(_headers(job)[SCRIPT]), visible(_variables(job)), datetime.now(UTC))

    return {MESSAGE_JOB: publish, SCRIPT_JOB: run}


def _headers(job: ActivatedJob) -> dict[str, str]:
    headers: dict[str, str] = json.loads(job.customHeaders)
    return headers


def _variables(job: ActivatedJob) -> Variables:
    variables: Variables = json.loads(job.variables)
    return variables
