"""How pages ask workers for something, and for what came of it. Every answer comes within two seconds.

Everything here raises `BrokerDown` when Redis is away. What a task said is known for an hour; what it did is in the
database. An id is a random text, and whoever knows it may ask what came of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from celery import Celery, chain, chord, group, states

from app.clinic.exports import KINDS
from workers.celery import accounts, backups, broker, jobs, statistics
from workers.celery.errors import Refused
from workers.celery.outcomes import Outcome, Stage

_SENT = "SENT"
_HIDDEN = {"argsrepr": "(...)", "kwargsrepr": "{}"}
"""What those who watch the workers see of personal data."""

_ANSWER_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class BrokerState:
    """How many jobs wait to be taken, and the workers that answer."""

    queued: int
    workers: list[str]


class Tasks:
    """What the workers of this Celery application can be asked for; `reports` is the folder of what they write."""

    def __init__(self, app: Celery, reports: Path) -> None:
        self._app = app
        self._reports = reports

    def file(self, report_id: str, name: str) -> Path:
        """Return where a file of a report is, once it is written; only files that reports have are known."""
        return self._reports / str(UUID(report_id)) / next(kind for kind in KINDS if kind == name)

    def add_account(self, login: Mapping[str, str | int], profile: Mapping[str, str], *, by: str) -> str:
        """Have an account made: `username`, `password_hash` and `role`, then the profile. Return its id.

        `by` is who asks, for the audit.
        """
        login_id = str(uuid4())
        steps = (
            self._step(accounts.ADD_LOGIN, login_id, dict(login), dict(profile)),
            self._step(accounts.ADD_PROFILE, by=by),
            self._app.signature(accounts.SHOW),
        )
        undo = self._app.signature(accounts.UNDO, args=(login_id,), immutable=True, ignore_result=True)
        with broker.reaching():
            self._note_sent(login_id)
            chain(*steps).apply_async(task_id=login_id, link_error=[undo])
        return login_id

    def write_report(self, report_id: str) -> None:
        """Have the files of a report written, beside each other."""
        files = [self._step(backups.WRITE, report_id, name) for name in KINDS]
        with broker.reaching():
            group(files, app=self._app).apply_async()

    def count(self, docid: str) -> str:
        """Have a doctor's patients and laboratory requests counted; return the id of the sentence about them."""
        task_id = str(uuid4())
        counts = [
            self._app.signature(name, args=(docid,)) for name in (statistics.COUNT_PATIENTS, statistics.COUNT_REQUESTS)
        ]
        with broker.reaching():
            self._note_sent(task_id)
            summary = self._app.signature(statistics.SUMMARIZE, kwargs={"docid": docid})
            chord(counts, summary, app=self._app).apply_async(task_id=task_id)
        return task_id

    def outcome(self, task_id: str) -> Outcome:
        """Return what came of a task."""
        with broker.reaching():
            meta = self._app.backend.get_task_meta(task_id)
        match meta["status"], meta["result"]:
            case states.PENDING, _:
                return Outcome(Stage.UNKNOWN)
            case states.SUCCESS, value:
                return Outcome(Stage.DONE, value)
            case states.FAILURE, Refused() as refusal:
                return Outcome(Stage.REFUSED, refusal=refusal)
            case ((states.FAILURE | states.REVOKED), _):
                return Outcome(Stage.FAILED)
        return Outcome(Stage.WAITING)

    def state(self) -> BrokerState:
        """Return what waits and who works; workers that are busy to the limit may not answer in time."""
        queued = broker.depth(self._app, jobs.QUEUE)
        with broker.reaching():
            answers = self._app.control.ping(timeout=_ANSWER_SECONDS) or []
        return BrokerState(queued, sorted(name for answer in answers for name in answer))

    def _step(self, name: str, *arguments: object, **named: object) -> Any:
        """Return a task whose result nobody asks for, but for the reason why it failed."""
        return self._app.signature(name, args=arguments, kwargs=named, ignore_result=True, **_HIDDEN)

    def _note_sent(self, task_id: str) -> None:
        """Let a task be known from when it is sent, whether or not a worker is there."""
        self._app.backend.store_result(task_id, None, _SENT)
