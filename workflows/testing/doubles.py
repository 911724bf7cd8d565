"""Doubles of job handlers: what answers the jobs of a type in a test."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeAlias

from workflows.embedded import EmbeddedEngine, LockedJob
from workflows.errors import BpmnError
from workflows.values import JsonValue, Variables

Handle: TypeAlias = Callable[[Variables], Mapping[str, JsonValue] | None]
"""Does a job with the variables that it sees, and returns those that it sets."""

Answer: TypeAlias = Mapping[str, JsonValue] | Exception | Handle | None

_LEASE = timedelta(hours=1)


class JobDouble:
    """Answers the jobs of one type, each time with the next of its answers; the last one stays.

    An answer is what the handler would return; an exception that it would raise (`BpmnError` is thrown for the
    diagram, others are failed attempts); or a function of the job's variables, which may return or raise the same.
    `jobs` are those it was given, each attempt counted.
    """

    def __init__(self, *answers: Answer) -> None:
        self._answers = deque(answers or (None,))
        self.jobs: list[LockedJob] = []

    @property
    def calls(self) -> int:
        """How often it was asked."""
        return len(self.jobs)

    def run(self, engine: EmbeddedEngine, job: LockedJob) -> None:
        """Answer one job."""
        self.jobs.append(job)
        answer = self._answers.popleft() if len(self._answers) > 1 else self._answers[0]
        try:
            variables = _given(answer, job.variables)
        except BpmnError as error:
            engine.throw_error(job, error.code, error.message, error.variables)
        except Exception as error:  # noqa: BLE001 -- whatever a handler raises is a failed attempt
            engine.fail_job(job, f"{type(error).__name__}: {error}")
        else:
            engine.complete_job(job, variables)


def run_jobs(engine: EmbeddedEngine, doubles: Mapping[str, JobDouble], most: int) -> int:
    """Run the jobs that wait now for these job types, until none is left or `most` were run; return how many."""
    done = 0
    while done <= most and (jobs := engine.lock_jobs("test", doubles.keys(), 1, _LEASE)):
        for job in jobs:
            doubles[job.type].run(engine, job)
            done += 1
    return done


def _given(answer: Answer, variables: Variables) -> Mapping[str, JsonValue] | None:
    if isinstance(answer, Exception):
        raise answer
    return answer(variables) if callable(answer) else answer
