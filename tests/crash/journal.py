"""What happened outside of the database, as lines that outlive the process that wrote them.

A line is written with one system call to a file opened for appending, so that several processes may share a journal.
SIGKILL may tear the line that is being written, at the edge of a page: a torn line is none, for what it says had not
been done, or not been answered for.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

Facts: TypeAlias = dict[str, Any]
"""JSON."""


class Journal:
    """The end of a journal, to write to."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, event: str, **facts: object) -> None:
        """Append a line, which also names this process."""
        line = json.dumps({"event": event, "pid": os.getpid(), **facts})
        os.write(self._file, f"\n{line}\n".encode())  # begins a new line even after a torn one

    @contextmanager
    def command(self, name: str, /, **facts: object) -> Iterator[Facts]:
        """Note that a command is about to be given and, if it returns, that it was acknowledged.

        Yields what both lines share: its `token` names the command. What is added to it is in the second line only.
        """
        shared: Facts = {"command": name, "token": uuid4().hex, **facts}
        self.write("intended", **shared)
        yield shared
        self.write("acknowledged", **shared)


def read_lines(path: Path) -> Iterator[Facts]:
    """Read the whole lines of a journal, which may still be written to."""
    for line in path.read_text().splitlines() if path.exists() else ():
        with suppress(json.JSONDecodeError):
            yield json.loads(line)


@dataclass(slots=True)
class Story:
    """A journal as it is read: commands by token, handlers' attempts by job key, and everything that went wrong.

    Each line of a command has its place in the journal, `line`: what was written before another line happened before.
    `deaths` are processes and threads that ended by an exception, `errors` what the engine reported and survived.
    """

    intended: dict[str, Facts] = field(default_factory=dict)
    acknowledged: dict[str, Facts] = field(default_factory=dict)
    attempts: dict[str, list[Facts]] = field(default_factory=dict)
    deaths: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> "Story":
        """Read a journal to its end."""
        story = cls()
        for number, facts in enumerate(read_lines(path)):
            story._add({**facts, "line": number})
        return story

    def commands(self, name: str, *, acknowledged: bool = False) -> list[Facts]:
        """Return the commands of this name that were given, or those that were acknowledged."""
        commands = self.acknowledged if acknowledged else self.intended
        return [facts for facts in commands.values() if facts["command"] == name]

    def _add(self, facts: Facts) -> None:
        match facts["event"]:
            case "intended":
                self.intended[facts["token"]] = facts
            case "acknowledged":
                self.acknowledged[facts["token"]] = facts
            case "attempt":
                self.attempts.setdefault(facts["key"], []).append(facts)
            case "death":
                self.deaths.append(facts["text"])
            case _:
                self.errors.append(facts["text"])
