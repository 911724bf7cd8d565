"""The process in which scripts run. It is started by `ScriptRunner`, confines itself, and answers one run at a time.

Requests and answers are JSON behind a length of four bytes, on the standard streams. A request has `source`,
`variables`, `now` (ISO 8601), `seconds`, `steps` and `output_bytes`; an answer has either `changes`, or `error` and
`line`, or `code` and `message` of a BPMN error.
"""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, TracebackType
from typing import Any, TypeAlias

from workflows.errors import BpmnError, ExpressionError
from workflows.scripts.confinement import allow_cpu, confine
from workflows.scripts.environment import GUARDS, NAMES
from workflows.scripts.script import FILENAME, compile_source
from workflows.values import JsonValue, NotJson, Variables, to_json

_Answer: TypeAlias = dict[str, JsonValue]
_Tracer: TypeAlias = Callable[[FrameType, str, Any], Any]

_MESSAGE_LENGTH = 500


class StepLimit(BaseException):
    """The script has executed more lines than it may. No script can catch it: it is no `Exception`."""


def main() -> None:
    """Confine this process to the bytes of memory in its last argument, then serve until the input ends."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    datetime.strptime("2000+0000", "%Y%z")  # imports a module when it is first called; later that is impossible
    confine(int(sys.argv[-1]))
    _send(answers.write, answers.flush, b"{}")
    while header := requests.read(4):
        _send(answers.write, answers.flush, _answer(requests.read(int.from_bytes(header, "big"))))


def _send(write: Callable[[bytes], object], flush: Callable[[], object], payload: bytes) -> None:
    write(len(payload).to_bytes(4, "big") + payload)
    flush()


def _answer(payload: bytes) -> bytes:
    try:
        request = json.loads(payload)
        allow_cpu(request["seconds"])
        answer = json.dumps(_run(request)).encode()
    except MemoryError as error:
        return json.dumps({"error": _describe(error)}).encode()
    if len(answer) > request["output_bytes"]:
        reason = f"the script set variables of {len(answer):,} bytes; {request['output_bytes']:,} are allowed"
        return json.dumps({"error": reason}).encode()
    return answer


def _run(request: dict[str, Any]) -> _Answer:
    before = {name: json.dumps(value) for name, value in request["variables"].items()}
    builtins = {**NAMES, **GUARDS, "now": datetime.fromisoformat(request["now"])}
    namespace: dict[str, Any] = {"__builtins__": builtins, **request["variables"]}
    counter = _Counter(request["steps"])
    try:
        code = _compiled(request["source"])
        _execute(code, namespace, counter)
        return {"changes": _changes(namespace, before)}
    except BpmnError as error:
        return {"code": str(error.code), "message": str(error.message)}
    except ExpressionError as error:
        return {"error": error.reason}
    except StepLimit as error:
        return {"error": f"the script ran more than {request['steps']:,} lines", "line": _line(error.__traceback__)}
    except Exception as error:  # noqa: BLE001  whatever a script raises is the answer to its run
        line = _line(error.__traceback__)
        # What filled the memory must be gone before the answer is written.
        error.__traceback__ = error.__context__ = error.__cause__ = None
        namespace.clear()
        return {"error": _describe(error), "line": line}


def _execute(code: CodeType, namespace: dict[str, Any], counter: "_Counter") -> None:
    sys.settrace(counter.trace)
    try:
        exec(code, namespace)  # noqa: S102  guarded code only, in a process that has nothing to reach
    finally:
        sys.settrace(None)
    if counter.exceeded:
        raise StepLimit


class _Counter:
    """Counts the lines of a script as they run."""

    def __init__(self, steps: int) -> None:
        self._left = steps
        self.exceeded = False

    def trace(self, frame: FrameType, _event: str, _argument: object) -> _Tracer | None:
        return self._count if frame.f_code.co_filename == FILENAME else None

    def _count(self, _frame: FrameType, event: str, _argument: object) -> _Tracer:
        if event == "line":
            self._left -= 1
            if self._left < 0:
                self.exceeded = True
                raise StepLimit
        return self._count


@lru_cache(maxsize=256)
def _compiled(source: str) -> CodeType:
    return compile_source(source)


def _changes(namespace: dict[str, Any], before: dict[str, str]) -> Variables:
    changes: Variables = {}
    for name, value in namespace.items():
        if name.startswith("_") or isinstance(value, FunctionType | BuiltinFunctionType | type):
            continue
        fresh = to_json(value, name)
        if before.get(name) != json.dumps(fresh):
            changes[name] = fresh
    return changes


def _describe(error: BaseException) -> str:
    match error:
        case MemoryError():
            return "the script needs more memory than it may have"
        case RecursionError():
            return "the script calls itself, or nests its values, too deep"
        case NameError(name=name) if name:
            return f"variable {name!r} is not set here"
        case NotJson():
            return str(error)
    return f"{type(error).__name__}: {error}"[:_MESSAGE_LENGTH]


def _line(traceback: TracebackType | None) -> int | None:
    line = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == FILENAME:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
