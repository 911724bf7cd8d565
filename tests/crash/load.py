"""The people who use a victim's engine: a receptionist who begins things, staff who finish them."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

from tests.crash.handlers import MENDED
from tests.crash.journal import Journal
from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceQuery, InstanceState, ProcessInstance, Resource, UserTask
from workflows.errors import Conflict, NotFound, Unavailable
from workflows.values import Variables

DIAGRAMS = Path(__file__).with_name("diagrams")
CHANGING = "changing.bpmn"
_STARTED = (
    "visit", "reminder", "referral", "shaky", "changing", "inquiry", "errand", "guard", "triage", "library",
)  # fmt: skip
_SLOW = {"watch", "deliver", "sign"}
"""User tasks that wait longer than others, for what operators and signals do meanwhile."""

_BALLAST = "x" * 20_000
"""Makes a state so large that it is kept in parts."""
_MOST = 40
"""Instances that run at the same time."""

_DAY = timedelta(days=1)


@dataclass(slots=True)
class Load:
    """Commands at random, one after the other; `chance` is shared by no other thread."""

    engine: EmbeddedEngine
    journal: Journal
    chance: random.Random
    stopping: threading.Event
    _cancellable: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Start instances in every way there is, deploy and cancel, until `stopping`."""
        commands: list[Callable[[], None]] = [
            self._start,
            self._pay,
            self._arrive,
            self._deploy,
            self._cancel,
            self._ring,
        ]
        while not self.stopping.is_set():
            tolerant(self._leave_room)
            for command in self.chance.choices(commands, weights=(12, 4, 2, 1, 2, 1), k=5):
                tolerant(command)

    def finish(self) -> None:
        """Complete open tasks and resolve incidents until `stopping`."""
        while not self.stopping.is_set():
            tolerant(self._complete_tasks)
            tolerant(self._resolve_incidents)
            time.sleep(0.01)

    def pay(self, instance: ProcessInstance) -> None:
        """Send what an instance of `payment` waits for, whether it was sent before or not."""
        self._send("paid", str(instance.business_key))

    def deploy_all(self) -> None:
        """Deploy everything, as a service does when it starts."""
        files = [path for path in sorted(DIAGRAMS.iterdir()) if path.name != CHANGING]
        self.engine.deploy([Resource(path.name, path.read_bytes()) for path in files])
        if not self.engine.definitions("changing"):
            self._deploy()

    def _leave_room(self) -> None:
        while len(self.engine.instances(InstanceQuery(states=(InstanceState.ACTIVE,), limit=_MOST))) == _MOST:
            time.sleep(0.02)

    def _start(self) -> None:
        process_id = self.chance.choice(_STARTED)
        key = uuid4().hex
        pain = self.chance.randrange(11)
        with self.journal.command("start", process=process_id, key=key, pain=pain) as noted:
            variables: Variables = {"order": key, "token": noted["token"], "pain": pain}
            if self.chance.random() < 0.1:
                variables["ballast"] = _BALLAST
            noted["instance"] = self.engine.start(process_id, variables, business_key=key, by=noted["token"]).id
        if process_id in {"visit", "referral", "changing"}:
            self._cancellable.append(noted["instance"])

    def _pay(self) -> None:
        key = uuid4().hex
        early = self.chance.random() < 0.5
        if early:
            self._send("paid", key)
        with self.journal.command("start", process="payment", key=key) as noted:
            variables = {"token": noted["token"]}
            noted["instance"] = self.engine.start("payment", variables, business_key=key, by=noted["token"]).id
        if not early:
            self._send("paid", key)

    def _ring(self) -> None:
        with self.journal.command("ring") as noted:
            self.engine.broadcast_signal("alarm", {"alarm": noted["token"]})

    def _arrive(self) -> None:
        self._send("arrived", uuid4().hex)

    def _send(self, name: str, key: str) -> None:
        """Send a message twice, as a client does that has not heard of the first."""
        for _ in range(2):
            with self.journal.command("publish", name=name, key=key):
                self.engine.publish_message(name, key, {"sent": key}, time_to_live=_DAY, message_id=f"{name}-{key}")

    def _deploy(self) -> None:
        text = (DIAGRAMS / CHANGING).read_text()
        with self.journal.command("deploy") as noted:
            changed = text.replace('name="Changing"', f'name="{noted["token"]}"')
            deployed = self.engine.deploy([Resource(CHANGING, changed.encode())], by=noted["token"])
            noted["definition"] = deployed.definitions[0].id

    def _cancel(self) -> None:
        if self._cancellable:
            chosen = self._cancellable.pop(self.chance.randrange(len(self._cancellable)))
            with self.journal.command("cancel", instance=chosen) as noted:
                self.engine.cancel(chosen, reason="changed our minds", by=noted["token"])

    def _complete_tasks(self) -> None:
        tasks = self.engine.tasks()
        self.chance.shuffle(tasks)
        for task in tasks:
            if self.chance.random() < (0.05 if task.element_id in _SLOW else 0.6):
                tolerant(partial(self._complete, task))

    def _complete(self, task: UserTask) -> None:
        with self.journal.command("complete", task=task.id) as noted:
            self.engine.complete(task.id, {f"answer_{task.element_id}": noted["token"]}, by=noted["token"])

    def _resolve_incidents(self) -> None:
        for incident in self.engine.incidents():
            tolerant(partial(self._resolve, incident.id))

    def _resolve(self, incident_id: str) -> None:
        with self.journal.command("resolve", incident=incident_id) as noted:
            self.engine.resolve(incident_id, retries=MENDED, by=noted["token"])


def tolerant(command: Callable[[], None]) -> None:
    """Do what somebody else may do first, or what has to wait until the database is there again."""
    try:
        command()
    except (Conflict, NotFound):
        return
    except Unavailable:
        time.sleep(0.1)
