"""The processes that are killed, and the one that bears them.

python -m tests.crash.victim

imports everything once and then forks a life for each line `start {...}` on its standard input, kills one for
`kill PID` and waits for the end of one for `wait PID`. It answers each line with one: a pid, or how the life ended.
"""

import json
import logging
import os
import random
import signal
import sys
import threading
import time
import traceback
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.crash import handlers
from tests.crash.journal import Journal
from tests.crash.load import Load
from tests.crash.operators import Operator
from workers.registry import Registry
from workers.runners.embedded import EmbeddedRunner
from workflows.embedded import EmbeddedEngine, open_engine
from workflows.embedded.schema import upgrade
from workflows.engine import InstanceQuery, InstanceState
from workflows.scripts import ScriptRunner

LEASE_SECONDS = 1
"""How long a victim has a job without asking for longer."""

_FINISH_SECONDS = 180
_LATER = timedelta(minutes=5)
"""By how much the clock of a finishing life is ahead: every lease of those before it is over."""


@dataclass(frozen=True, slots=True)
class Life:
    """What a life needs to know. One that is `finishing` begins nothing and ends when nothing runs any more."""

    url: str
    journal: str
    seed: int
    finishing: bool = False

    def dumps(self) -> str:
        """Return it as a line of text."""
        return json.dumps(asdict(self))


class _Noted(logging.Handler):
    """Writes what the program reports as an error into the journal."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(logging.ERROR)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        self._journal.write("error", text=self.format(record))


def live(life: Life) -> None:
    """Use an engine until killed, or until everything is finished."""
    journal = Journal(Path(life.journal))
    logging.basicConfig(handlers=[_Noted(journal)])
    threading.excepthook = lambda died: journal.write(
        "death", text="A thread died: " + "".join(traceback.format_exception(died.exc_value))
    )
    database = open_engine(life.url)
    upgrade(database)
    later = _LATER if life.finishing else timedelta(0)
    engine = EmbeddedEngine(
        database,
        clock=lambda: datetime.now(UTC) + later,
        scripts=ScriptRunner(processes=1),
        cores={"library": "spiff"},
    )
    runner = EmbeddedRunner(
        engine,
        Registry.of(handlers),
        {Journal: journal},
        name=f"life-{os.getpid()}",
        threads=2,
        lease_seconds=LEASE_SECONDS,
    )
    stopping = threading.Event()
    reception, *staff = (Load(engine, journal, random.Random(f"{life.seed} {number}"), stopping) for number in range(3))  # noqa: S311 -- only varies the load
    reception.deploy_all()
    if life.finishing:
        engine.background.run_once()
    runner.start()
    operator = Operator(engine, journal, random.Random(f"{life.seed} operator"), stopping)  # noqa: S311 -- as above
    for work in (*(person.finish for person in staff), operator.release if life.finishing else operator.operate):
        threading.Thread(target=work).start()
    if not life.finishing:
        reception.begin()
    _finish(engine, reception)
    stopping.set()
    runner.stop()
    engine.background.run_once()


def _finish(engine: EmbeddedEngine, reception: Load) -> None:
    deadline = time.monotonic() + _FINISH_SECONDS
    while time.monotonic() < deadline:
        running = engine.instances(InstanceQuery(states=(InstanceState.ACTIVE, InstanceState.SUSPENDED), limit=1000))
        if not running:
            return
        for instance in running:
            if instance.process_id == "payment":
                reception.pay(instance)
        time.sleep(0.1)


def _bear(life: Life) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        live(life)
    except BaseException:  # noqa: BLE001 -- a fork must not go back into the loop that bears
        Journal(Path(life.journal)).write("death", text=f"A life failed: {traceback.format_exc()}")
        os._exit(1)
    os._exit(0)


def main() -> None:
    """Obey the lines on standard input; kill those who still live at its end."""
    alive = set()
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        if command == "start":
            answer = _bear(Life(**json.loads(argument)))
            alive.add(answer)
        else:
            if command == "kill":
                os.kill(int(argument), signal.SIGKILL)
            answer = os.waitstatus_to_exitcode(os.waitpid(int(argument), 0)[1])
            alive.remove(int(argument))
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
