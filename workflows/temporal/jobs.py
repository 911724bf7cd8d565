"""Workers for jobs: an activity for each job type, on a task queue of its own.

So a worker is given what it has a handler for, a type that nobody handles waits instead of failing, and each type can
have as many workers as it needs. Handlers run in threads; the loop shows that they are alive for as long as they run.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import timedelta
from typing import Any, TypeAlias

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from workflows.embedded.retries import pause_before
from workflows.errors import BpmnError
from workflows.temporal import names
from workflows.temporal.payloads import JobInput
from workflows.temporal.work import HEARTBEAT
from workflows.values import Variables, variables

Execute: TypeAlias = Callable[[JobInput, int], Variables]
"""Does a job, of which so many attempts have failed. It may raise `BpmnError`, or `AskAgain`; anything else is a failed
attempt."""

Pause: TypeAlias = Callable[[int, str | None], timedelta]
"""How long to wait after so many failures, with the retry cycle of the diagram or None."""

_BEAT_SECONDS = HEARTBEAT.total_seconds() / 3
_LONGEST_STOP = timedelta(days=1)


class AskAgain(Exception):
    """The job is to be offered again `after` this time, without counting an attempt."""

    def __init__(self, after: timedelta) -> None:
        self.after = after
        super().__init__(f"to be tried again after {after}")


def job_worker(
    client: Client,
    task_queue: str,
    job_type: str,
    execute: Execute,
    *,
    threads: Executor,
    slots: int,
    pause: Pause = pause_before,
) -> Worker:
    """Return a worker that has jobs of one type done, `slots` at a time. To stop, it lets those finish that run."""

    async def work(job: JobInput) -> dict[str, Any]:  # Temporal can't read the type of variables
        return await _attempt(execute, job, threads, pause)

    return Worker(
        client,
        task_queue=names.job_queue(task_queue, job_type),
        activities=[activity.defn(name=job_type)(work)],
        build_id=task_queue,  # of no use without versions of workers; to make one up takes seconds
        max_concurrent_activities=slots,
        max_concurrent_activity_task_polls=1,
        graceful_shutdown_timeout=_LONGEST_STOP,
        max_heartbeat_throttle_interval=timedelta(seconds=_BEAT_SECONDS),
    )


async def _attempt(execute: Execute, job: JobInput, threads: Executor, pause: Pause) -> Variables:
    failures = activity.info().attempt - 1
    try:
        return variables(await _alive(asyncio.get_running_loop().run_in_executor(threads, execute, job, failures)))
    except BpmnError as error:
        details = error.code, error.message, error.variables
        raise ApplicationError(error.message, *details, type=names.BPMN_ERROR, non_retryable=True) from error
    except AskAgain as asked:
        raise ApplicationError(
            str(asked), asked.after.total_seconds(), failures, type=names.ASK_AGAIN, non_retryable=True
        ) from asked
    except Exception as error:
        delay = pause(failures + 1, job.retry_cycle)
        raise ApplicationError(str(error), type=type(error).__name__, next_retry_delay=delay) from error


async def _alive(doing: "asyncio.Future[Variables]") -> Any:
    """Show that a handler is alive until it has finished. It can't be stopped, so that its answer counts if somebody
    still waits for it, also when the job was taken back meanwhile."""
    while not doing.done():
        try:
            await asyncio.wait({doing}, timeout=_BEAT_SECONDS)
        except asyncio.CancelledError:
            continue
        activity.heartbeat()
    return doing.result()
