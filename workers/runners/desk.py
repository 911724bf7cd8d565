"""Where leased jobs lie between the thread that leases them and answers for them, and the threads that run them."""

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from workflows.embedded import Answer, LockedJob

_MOST_AHEAD = 64
_SLOW_SECONDS = 0.1
"""A job that lay here for longer was leased too early."""

_TOO_LONG_SECONDS = 0.5
"""A job that lies here for longer is given back: another process may be free to run it."""


@dataclass(slots=True)
class _Waiting:
    job: LockedJob
    since: float


class Desk:
    """Jobs that wait for a thread, jobs that run, and answers that are not in the database yet. For any thread.

    It asks for as many jobs as there are threads, and for some ahead: for more as long as the threads empty the desk
    before new ones come, for none once jobs lie here for long. So quick handlers are fed in large batches, and slow
    ones hold up no job that another process could run.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._changed = threading.Condition()
        self._waiting: deque[_Waiting] = deque()
        self._running: dict[tuple[str, str], LockedJob] = {}  # two threads may have one job, with different tokens
        self._answers: list[Answer] = []
        self._good_until: dict[tuple[str, str], float] = {}
        self._ahead = 0
        self._hungry = False
        self._closed = False

    def put(self, jobs: Iterable[LockedJob], good_until: float) -> None:
        """Lay down jobs whose leases last until this time of `time.monotonic`."""
        now = time.monotonic()
        with self._changed:
            for job in jobs:
                self._waiting.append(_Waiting(job, now))
                self._good_until[_key(job)] = good_until
            self._changed.notify_all()

    def take(self) -> LockedJob | None:
        """Wait for a job to run, and return it; None once the desk is closed."""
        with self._changed:
            while not self._closed:
                if not self._waiting:
                    self._hungry = self._hungry or bool(self._answers or self._running)
                    self._changed.wait()
                    continue
                job = self._waiting.popleft().job
                if self._good_until[_key(job)] > time.monotonic():
                    self._running[_key(job)] = job
                    return job
                del self._good_until[_key(job)]  # this process has slept, and another may have the job
            return None

    def finish(self, job: LockedJob, answer: Answer | None) -> None:
        """A thread is done with a job; without an answer nothing is left to do for it."""
        with self._changed:
            self._running.pop(_key(job), None)
            if answer is None:
                self._good_until.pop(_key(job), None)
            else:
                self._answers.append(answer)

    def answers(self) -> list[Answer]:
        """Return the answers that came in since this was called last."""
        with self._changed:
            answers, self._answers = self._answers, []
            return answers

    def settled(self, answers: Iterable[Answer]) -> None:
        """These answers are in the database, or refused: their leases need not be kept any more."""
        with self._changed:
            for answer in answers:
                self._good_until.pop(_key(answer.job), None)

    def room(self) -> int:
        """Return how many more jobs there is use for."""
        with self._changed:
            if self._waiting and time.monotonic() - self._waiting[0].since > _SLOW_SECONDS:
                self._ahead = 0
            elif self._hungry and not self._waiting:
                self._ahead = min(2 * self._ahead + self._threads, _MOST_AHEAD)
            self._hungry = False
            return 0 if self._closed else self._threads + self._ahead - len(self._waiting) - len(self._running)

    def left_over(self) -> list[LockedJob]:
        """Take away the jobs that have waited too long, all of them once the desk is closed, to be given back."""
        latest = time.monotonic() - _TOO_LONG_SECONDS
        with self._changed:
            late = [waiting for waiting in self._waiting if self._closed or waiting.since < latest]
            for waiting in late:
                self._waiting.remove(waiting)
                self._good_until.pop(_key(waiting.job), None)
        return [waiting.job for waiting in late]

    def held(self, until: float) -> list[LockedJob]:
        """The jobs that wait or run whose leases end before this time of `time.monotonic`."""
        with self._changed:
            held = [*(waiting.job for waiting in self._waiting), *self._running.values()]
            return [job for job in held if self._good_until[_key(job)] < until]

    def kept(self, job: LockedJob, good_until: float) -> None:
        """The lease of a job was extended."""
        with self._changed:
            if _key(job) in self._good_until:
                self._good_until[_key(job)] = good_until

    def lost(self, job: LockedJob) -> bool:
        """The lease of a job has ended: it is not to be run, unless it runs already. Return whether it was needed."""
        with self._changed:
            self._waiting = deque(waiting for waiting in self._waiting if _key(waiting.job) != _key(job))
            if _key(job) not in self._running:
                self._good_until.pop(_key(job), None)
            return _key(job) in self._running

    def close(self) -> None:
        """Give out nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def answered(self) -> bool:
        """Whether there are answers to bring."""
        with self._changed:
            return bool(self._answers)

    @property
    def idle(self) -> bool:
        """Whether nothing lies here, runs, or waits to be answered."""
        with self._changed:
            return not (self._waiting or self._running or self._answers)


def _key(job: LockedJob) -> tuple[str, str]:
    return job.id, job.token
