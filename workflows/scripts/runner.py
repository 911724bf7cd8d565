"""Runs scripts in confined child processes that are kept warm, and ends those that do not keep the limits."""

import json
import os
import queue
import weakref
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any

from workflows.errors import BpmnError, ExpressionError, Unavailable
from workflows.scripts.limits import Limits
from workflows.scripts.process import ProcessEnded, ScriptProcess, TookTooLong
from workflows.scripts.script import Script, error_at_line
from workflows.values import JsonValue, Variables


class ScriptRunner:
    """Runs scripts, at most `processes` at a time; more callers wait. For use from any thread.

    Child processes start when they are first needed, stay, and are replaced when a limit or a signal ends them.
    After a fork the copy of a runner has children of its own. `close`, or leaving the `with` block, ends them.
    """

    def __init__(self, limits: Limits | None = None, *, processes: int = 2) -> None:
        self._limits = limits or Limits()
        self._count = processes
        self._closed = False
        self._start_afresh()
        _runners.add(self)

    def run(self, script: Script, variables: Mapping[str, JsonValue], now: datetime) -> Variables:
        """Run `script` over a copy of `variables` at the time `now` and return the variables that it set or changed.

        Names that begin with an underscore, functions and deleted names are not returned.
        Raises `BpmnError` when the script does, `ExpressionError` with line and reason for every other failure of
        the script, limits included, and `Unavailable` when no child process can be started or the runner is closed.
        """
        request = self._request(script, variables, now)
        process = self._idle.get()
        try:
            answer = self._ask(process, script, request)
        finally:
            self._idle.put(process)
        return _result(script, answer)

    @property
    def pids(self) -> frozenset[int]:
        """The process ids of the children that have been started and not ended."""
        return frozenset(process.pid for process in self._processes if process.pid is not None)

    def close(self) -> None:
        """End the child processes, after the scripts that run now."""
        if not self._closed:
            self._closed = True
            for process in [self._idle.get() for _ in self._processes]:
                process.end()
                self._idle.put(process)

    def __enter__(self) -> "ScriptRunner":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _request(self, script: Script, variables: Mapping[str, JsonValue], now: datetime) -> bytes:
        request = {
            "source": script.source,
            "variables": {name: value for name, value in variables.items() if not name.startswith("_")},
            "now": now.isoformat(),
            "seconds": self._limits.seconds,
            "steps": self._limits.steps,
            "output_bytes": self._limits.output_bytes,
        }
        return json.dumps(request).encode()

    def _ask(self, process: ScriptProcess, script: Script, request: bytes) -> dict[str, Any]:
        if self._closed:
            raise Unavailable("the script runner is closed")
        try:
            return _parsed(process.ask(request))
        except TookTooLong:
            reason = f"the script ran longer than {self._limits.seconds:g} s and was stopped"
            raise ExpressionError(script.source, reason) from None
        except ProcessEnded:
            raise ExpressionError(script.source, "the process of the script ended before it answered") from None
        except (ValueError, RecursionError):
            process.end()
            raise ExpressionError(script.source, "the process of the script gave no readable answer") from None

    def _start_afresh(self) -> None:
        self._processes = [ScriptProcess(self._limits) for _ in range(self._count)]
        self._idle: queue.LifoQueue[ScriptProcess] = queue.LifoQueue()
        for process in self._processes:
            self._idle.put(process)

    def _forget(self) -> None:
        """Leave the children to the process that this one was forked from; the threads that used them are gone."""
        for process in self._processes:
            process.forget()
        self._start_afresh()


_runners: "weakref.WeakSet[ScriptRunner]" = weakref.WeakSet()


def _forget_after_fork() -> None:
    for runner in list(_runners):
        runner._forget()


os.register_at_fork(after_in_child=_forget_after_fork)


def _parsed(answer: bytes) -> dict[str, Any]:
    parsed = json.loads(answer, parse_constant=_refuse_constant)
    if not isinstance(parsed, dict) or not isinstance(parsed.get("changes", {}), dict):
        raise ValueError  # noqa: TRY004  one of the ways in which an answer can't be read
    return parsed


def _refuse_constant(name: str) -> JsonValue:
    raise ValueError(name)


def _result(script: Script, answer: dict[str, Any]) -> Variables:
    if "code" in answer:
        raise BpmnError(answer["code"], answer["message"])
    if "error" in answer:
        raise error_at_line(script.source, answer["error"], answer.get("line"))
    changes: Variables = answer["changes"]
    return changes
