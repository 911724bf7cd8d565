"""Zeebe under contract: a broker that all its tests share."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from pyzeebe.proto import gateway_pb2 as messages

from tests.servers.broker import Broker
from workflows.embedded import open_engine
from workflows.embedded.schema import upgrade
from workflows.engine import Engine
from workflows.errors import BpmnError
from workflows.scripts import ScriptRunner
from workflows.zeebe.answers import thrown
from workflows.zeebe.words import visible

from .subject import PATIENCE_SECONDS, Handler, Subject

_LEASE_MS = 30_000
_LOOK_MS = 200
"""How long the broker is asked to wait for a job; one that follows from another is there at once."""


class ZeebeSubject:
    """The broker, and a worker of the simplest kind."""

    def __init__(self, broker: Broker, engine: Engine) -> None:
        self._broker = broker
        self.engine = engine

    def run_jobs(self, handlers: Mapping[str, Handler]) -> None:
        deadline, done = time.monotonic() + PATIENCE_SECONDS, 0
        while (found := self._activate(handlers)) or (done == 0 and time.monotonic() < deadline):
            for job in found:
                self._run(job, handlers[job.type])
            done += len(found)

    def pass_time(self, span: timedelta) -> None:
        self._broker.pass_time(span)
        self.engine.prune()

    def _activate(self, types: Mapping[str, Handler]) -> list[messages.ActivatedJob]:
        asked = [self._broker.gateway.submit(self._ask(job_type)) for job_type in types]
        return [job for answer in asked for job in answer.result()]

    async def _ask(self, job_type: str) -> list[messages.ActivatedJob]:
        request = messages.ActivateJobsRequest(
            type=job_type, worker="contract", timeout=_LEASE_MS, maxJobsToActivate=10, requestTimeout=_LOOK_MS
        )
        return [job async for answer in self._broker.gateway.stub.ActivateJobs(request) for job in answer.jobs]

    def _run(self, job: messages.ActivatedJob, handler: Handler) -> None:
        gateway = self._broker.gateway
        try:
            answer = handler(visible(json.loads(job.variables)))
        except BpmnError as error:
            setting, throwing = thrown(job.key, job.elementInstanceKey, error)
            gateway.call("SetVariables", setting)
            gateway.call("ThrowError", throwing)
        except Exception as error:  # noqa: BLE001 -- whatever a handler raises is a failed attempt
            failed = messages.FailJobRequest(jobKey=job.key, retries=job.retries - 1, errorMessage=str(error))
            gateway.call("FailJob", failed)
        else:
            gateway.call("CompleteJob", messages.CompleteJobRequest(jobKey=job.key, variables=json.dumps(answer)))


@contextmanager
def zeebe(url: str, broker: Broker) -> Iterator[Subject]:
    """The broker with a new store."""
    with ScriptRunner(processes=1) as scripts:
        database = open_engine(url)
        upgrade(database)
        with broker.engine(database, scripts) as engine:
            yield ZeebeSubject(broker, engine)
        database.dispose()
