"""Runs the jobs of a Zeebe broker, in threads of this process.

A request for each job type waits at the broker until there is work, and brings as much as there is room for. Threads
hand the jobs to their handlers; their answers are on the way to the broker while the threads go on with other jobs. One
more thread keeps the leases alive. A handler that asks for a database session
writes in one transaction with the note that its job is done, so that a job which comes again, because its answer was
lost, has no second effect. With the broker away everybody waits, longer each time, and goes on.
"""

import asyncio
import json
import logging
import queue
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeAlias

import grpc
from pyzeebe.proto import gateway_pb2 as messages
from pyzeebe.proto.gateway_pb2 import ActivatedJob
from sqlalchemy.orm import Session

from app.database import Database
from workers.registry import Job, Registry, Retry
from workers.runners.attempts import DATABASE_LOST
from workflows.conversion import BUSINESS_KEY
from workflows.conversion.words import RETRY_BACKOFF
from workflows.embedded import done_jobs
from workflows.errors import BpmnError, Conflict, EngineError, NotFound, Unavailable
from workflows.timers import parse_duration
from workflows.values import Variables
from workflows.zeebe.answers import thrown
from workflows.zeebe.chores import Chore
from workflows.zeebe.gateway import Gateway, as_engine_error, pause_after
from workflows.zeebe.words import visible

_log = logging.getLogger(__name__)
_POLL_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 5.0
_AHEAD = 16
"""Jobs for each thread that are fetched, run or on their way back at most, so that quick handlers wait for nothing."""

_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(minutes=10)
_USUAL_RETRIES = 3
_HOUR_SECONDS = 3600.0

_Answer: TypeAlias = (
    messages.CompleteJobRequest | messages.FailJobRequest | messages.SetVariablesRequest | messages.ThrowErrorRequest
)
_RPC: Mapping[type[_Answer], str] = {
    messages.CompleteJobRequest: "CompleteJob",
    messages.FailJobRequest: "FailJob",
    messages.SetVariablesRequest: "SetVariables",
    messages.ThrowErrorRequest: "ThrowError",
}


class ZeebeRunner:
    """Threads that run jobs with the handlers of `registry`, and with `chores` those of the engine itself.

    `resources` are handed to handlers by type; the job and, where asked for, a session are added for each call.
    """

    def __init__(
        self,
        gateway: Gateway,
        database: Database,
        registry: Registry,
        resources: Mapping[type, object],
        chores: Mapping[str, Chore],
        *,
        name: str,
        threads: int = 4,
        lease_seconds: int = 30,
    ) -> None:
        self._gateway = gateway
        self._database = database
        self._registry = registry
        self._resources = resources
        self._chores = chores
        self._name = name
        self._lease_ms = lease_seconds * 1000
        self._most = threads * _AHEAD
        self._waiting: queue.SimpleQueue[ActivatedJob | None] = queue.SimpleQueue()
        self._held: dict[int, ActivatedJob] = {}
        self._freed = asyncio.Event()
        self._away = False
        self._idle = threading.Event()
        self._stopping = threading.Event()
        self._finished = threading.Event()
        self._polls: list[asyncio.Task[None]] = []
        self._threads = [threading.Thread(target=self._work, name=f"zeebe-jobs-{each}") for each in range(threads)]
        self._leases = threading.Thread(target=self._keep_leases, name="zeebe-leases")

    @property
    def types(self) -> frozenset[str]:
        """The job types that are run."""
        return self._registry.types | self._chores.keys()

    def start(self) -> None:
        """Begin to take jobs."""
        for thread in (*self._threads, self._leases):
            thread.start()
        self._gateway.submit(self._begin()).result()

    def stop(self) -> None:
        """Take no new job, and return when those that run have finished; others are given back."""
        self._stopping.set()
        if self._leases.ident is None or self._finished.is_set():
            return
        self._gateway.submit(self._end()).result()
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        while self._held:
            self._idle.wait(_LONGEST_PAUSE_SECONDS)
        self._finished.set()
        self._leases.join()

    async def _begin(self) -> None:
        self._polls = [asyncio.create_task(self._poll(job_type)) for job_type in sorted(self.types)]

    async def _end(self) -> None:
        for poll in self._polls:
            poll.cancel()
        await asyncio.gather(*self._polls, return_exceptions=True)

    async def _poll(self, job_type: str) -> None:
        """Fetch jobs of one type for as long as the runner runs."""
        failures = 0
        request = messages.ActivateJobsRequest(
            type=job_type,
            worker=self._name,
            timeout=self._lease_ms,
            maxJobsToActivate=self._most,
            requestTimeout=int(_POLL_SECONDS * 1000),
        )
        while True:
            while len(self._held) >= self._most:
                self._freed.clear()
                await self._freed.wait()
            try:
                async for answer in self._gateway.stub.ActivateJobs(request, timeout=2 * _POLL_SECONDS):
                    for job in answer.jobs:
                        self._idle.clear()
                        self._held[job.key] = job
                        self._waiting.put(job)
                failures = 0
                self._is_there()
            except grpc.RpcError as error:
                failures += 1
                self._missed(job_type, as_engine_error(error), failures)
                await asyncio.sleep(pause_after(failures, _LONGEST_PAUSE_SECONDS))

    def _missed(self, job_type: str, error: EngineError, failures: int) -> None:
        """Report that jobs can't be fetched: once for all types if the broker is away."""
        if not isinstance(error, Unavailable):
            level = logging.WARNING if failures == 1 else logging.DEBUG
            _log.log(level, "Jobs of %s can't be fetched now: %s", job_type, error)
        elif not self._away:
            self._away = True
            _log.warning(
                "No Zeebe broker answers, of the setting ZEEBE_ADDRESS. Jobs are fetched when it does. %s", error
            )

    def _is_there(self) -> None:
        if self._away:
            self._away = False
            _log.info("The Zeebe broker answers")

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            given_back = self._stopping.is_set()
            answers = (_failure(job, job.retries, timedelta(0), "the worker has ended"),) if given_back else ()
            self._gateway.submit(self._tell(job, *(answers or self._answers(job))))

    def _answers(self, job: ActivatedJob) -> Sequence[_Answer]:
        """Return what is to be said of a job, one after the other."""
        try:
            return (self._answer(job),)
        except BpmnError as error:
            setting, throwing = thrown(job.key, job.elementInstanceKey, error)
            return (setting, throwing) if error.variables else (throwing,)

    def _answer(self, job: ActivatedJob) -> _Answer:
        """Have a job done, or an error thrown for the diagram, or the job offered again, or the attempt counted."""
        try:
            text = json.dumps(self._attempt(job), ensure_ascii=False)
        except BpmnError:
            raise
        except Retry as retry:
            return _failure(job, job.retries, retry.after, str(retry))
        except DATABASE_LOST as error:
            return _failure(job, job.retries, _FIRST_PAUSE, f"The database can't be used now: {error}")
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed attempt
            _log.warning("Job %s of %s failed", job.key, job.type, exc_info=True)
            return _failure(job, job.retries - 1, _pause(job), f"{type(error).__name__}: {error}")
        return messages.CompleteJobRequest(jobKey=job.key, variables=text)

    def _attempt(self, job: ActivatedJob) -> Variables:
        chore = self._chores.get(job.type)
        if chore is not None:
            return chore(job)
        handler, variables = self._registry[job.type], json.loads(job.variables)
        resources = {**self._resources, Job: _described(job, variables)}
        if not handler.needs(Session):
            return handler(visible(variables), resources)
        key = f"zeebe-{job.key}"
        with self._database.write() as session:
            known = done_jobs.recall(session.connection(), key)
            if known is not None:
                return known
            answer = handler(visible(variables), {**resources, Session: session})
            session.flush()
            done_jobs.note(session.connection(), key, answer, datetime.now(UTC))
            return answer

    async def _tell(self, job: ActivatedJob, *answers: _Answer) -> None:
        """Bring the answers of a job to the broker, one after the other."""
        try:
            for answer in answers:
                if not await self._bring(job, answer):
                    break
        except (NotFound, Conflict) as error:
            _log.info("Job %s of %s is not ours any more: %s", job.key, job.type, error)
        except EngineError as error:
            _log.warning("The answer of job %s of %s was refused", job.key, job.type, exc_info=True)
            if not isinstance(answers[0], messages.FailJobRequest):
                await self._tell(job, _failure(job, job.retries - 1, _pause(job), str(error)))
        finally:
            self._held.pop(job.key, None)
            self._freed.set()
            if not self._held:
                self._idle.set()

    async def _bring(self, job: ActivatedJob, answer: _Answer) -> bool:
        """Bring an answer; while the broker is away, again and again: the handler has done its work. Say whether it
        has arrived; when the runner stops, the job comes again, to whoever works then."""
        for failures in count(1):
            try:
                await self._gateway.send(_RPC[type(answer)], answer)
            except Unavailable as error:
                _log.warning("The answer of job %s of %s waits for the broker: %s", job.key, job.type, error)
                if self._stopping.is_set():
                    return False
                await asyncio.sleep(pause_after(failures, _LONGEST_PAUSE_SECONDS))
            else:
                break
        return True

    def _keep_leases(self) -> None:
        seconds, forgotten = self._lease_ms / 3000, 0.0
        while not self._finished.wait(seconds):
            for job in list(self._held.values()):
                request = messages.UpdateJobTimeoutRequest(jobKey=job.key, timeout=self._lease_ms)
                try:
                    self._gateway.call("UpdateJobTimeout", request, patience=seconds)
                except (NotFound, Conflict):
                    _log.debug("Job %s of %s has no lease any more", job.key, job.type)
                except Unavailable as error:
                    _log.warning("The lease of job %s could not be extended: %s", job.key, error)
            forgotten -= seconds
            if forgotten <= 0:
                forgotten = _HOUR_SECONDS
                self._forget()

    def _forget(self) -> None:
        try:
            with self._database.write() as session:
                done_jobs.forget(session.connection(), datetime.now(UTC))
        except DATABASE_LOST:
            _log.exception("Notes of jobs that are done could not be removed; they are in an hour")


def _failure(job: ActivatedJob, retries: int, pause: timedelta, reason: str) -> messages.FailJobRequest:
    return messages.FailJobRequest(
        jobKey=job.key,
        retries=max(retries, 0),
        errorMessage=reason,
        retryBackOff=int(pause.total_seconds() * 1000),
    )


def _described(job: ActivatedJob, variables: Mapping[str, Any]) -> Job:
    return Job(
        key=str(job.key),
        type=job.type,
        instance_id=str(job.processInstanceKey),
        process_id=job.bpmnProcessId,
        element_id=job.elementId,
        business_key=variables.get(BUSINESS_KEY),
        retries=job.retries,
        headers=json.loads(job.customHeaders),
    )


def _pause(job: ActivatedJob) -> timedelta:
    """What the diagram says, else a pause that doubles with each attempt."""
    said: str | None = json.loads(job.customHeaders).get(RETRY_BACKOFF)
    if said is not None:
        return parse_duration(said).exact
    doubled: timedelta = _FIRST_PAUSE * 2 ** max(_USUAL_RETRIES - job.retries, 0)
    return min(doubled, _LONGEST_PAUSE)
