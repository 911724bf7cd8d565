"""Somebody who holds, corrects and moves instances by hand while others work with them."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.crash.journal import Journal
from tests.crash.load import tolerant
from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceQuery, InstanceState, ProcessInstance, TaskQuery

_HELD = ("visit", "referral", "triage", "library", "changing")
"""Processes whose instances are suspended now and then."""


@dataclass(slots=True)
class Operator:
    """Operations at random, one after the other; `chance` is shared by no other thread."""

    engine: EmbeddedEngine
    journal: Journal
    chance: random.Random
    stopping: threading.Event

    def operate(self) -> None:
        """Suspend, resume, modify, migrate and set variables until `stopping`."""
        operations: list[Callable[[], None]] = [
            self._suspend, self._resume, self._resume, self._send_back, self._note, self._migrate,
        ]  # fmt: skip
        while not self.stopping.is_set():
            tolerant(self.chance.choice(operations))
            time.sleep(0.01)

    def release(self) -> None:
        """Resume what is suspended until `stopping`."""
        while not self.stopping.is_set():
            tolerant(self._resume)
            time.sleep(0.01)

    def _suspend(self) -> None:
        chosen = self._any(self.chance.choice(_HELD))
        if chosen is not None:
            with self.journal.command("suspend", instance=chosen.id) as noted:
                self.engine.suspend(chosen.id, reason="hold", by=noted["token"])

    def _resume(self) -> None:
        chosen = self._any(None, InstanceState.SUSPENDED)
        if chosen is not None:
            with self.journal.command("resume", instance=chosen.id) as noted:
                self.engine.resume(chosen.id, reason="go on", by=noted["token"])

    def _send_back(self) -> None:
        tasks = self.engine.tasks(TaskQuery(process_id="errand"))
        instances = [task.instance_id for task in tasks if task.element_id == "deliver"]
        if instances:
            chosen = self.chance.choice(instances)
            with self.journal.command("modify", instance=chosen) as noted:
                back = {"sent_back": noted["token"]}
                self.engine.modify(
                    chosen, cancel=["deliver"], start=["fetch"], variables=back, reason="wrong", by=noted["token"]
                )

    def _note(self) -> None:
        chosen = self._any("errand")
        if chosen is not None:
            with self.journal.command("set_variables", instance=chosen.id) as noted:
                self.engine.set_variables(chosen.id, {"noted": noted["token"]}, by=noted["token"])

    def _migrate(self) -> None:
        chosen = self._any("changing")
        newest = self.engine.definitions("changing")
        if chosen is not None and newest and newest[0].id != chosen.definition_id:
            with self.journal.command("migrate", instance=chosen.id, definition=newest[0].id) as noted:
                self.engine.migrate(chosen.id, newest[0].id, reason="new version", by=noted["token"])

    def _any(self, process_id: str | None, state: InstanceState = InstanceState.ACTIVE) -> ProcessInstance | None:
        found = self.engine.instances(InstanceQuery(process_id=process_id, states=(state,)))
        return self.chance.choice(found) if found else None
