"""One confined child process and the pipes to it. Whatever comes back from it is not trusted."""

import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from workflows.errors import Unavailable
from workflows.scripts.limits import Limits

_ROOT = Path(__file__).parents[2]
_BOOT = "import sys; sys.path.append(sys.argv[1]); from workflows.scripts.child import main; main()"
# Isolated from users and folders. The environment is empty but for what makes runs repeat: one order of sets, one zone.
_OPTIONS = ("-s", "-P", "-B")
_ENVIRONMENT = {"PYTHONHASHSEED": "0", "TZ": "UTC"}
_START_SECONDS = 30.0
_CHUNK = 65536


class TookTooLong(Exception):
    """The process did not answer in time; it has been ended."""


class ProcessEnded(Exception):
    """The process is gone, or answered what it may not; it has been ended."""


class ScriptProcess:
    """A child process that starts when it is first asked, and again after it has ended."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def ask(self, request: bytes) -> bytes:
        """Send one request and return the answer to it, within the time limit."""
        process = self._running()
        deadline = time.monotonic() + self._limits.seconds
        return self._exchange(process, len(request).to_bytes(4, "big") + request, deadline)

    def end(self) -> None:
        """End the child process, if there is one, whatever it does now."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            _close(process)
            process.wait()

    def forget(self) -> None:
        """Drop the child process without ending it: it belongs to the parent of this forked process."""
        process, self._process = self._process, None
        if process is not None:
            _close(process)
            process.returncode = 0  # else subprocess would wait here for somebody else's child

    def _running(self) -> subprocess.Popen[bytes]:
        # Nobody has asked yet: what can be read now is the end of the pipe, or what no script may send.
        if self._process is not None and _is_ready(_descriptor(self._process.stdout), select.POLLIN, 0):
            self.end()
        if self._process is None:
            self._process = self._start()
        return self._process

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, *_OPTIONS, "-c", _BOOT, str(_ROOT), str(self._limits.memory_bytes)]
        try:
            process = subprocess.Popen(  # noqa: S603  our own interpreter and text
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                cwd="/",
                start_new_session=True,
            )
            for pipe in (process.stdin, process.stdout):
                os.set_blocking(_descriptor(pipe), False)
            self._process = process
            self._exchange(process, b"", time.monotonic() + _START_SECONDS)
        except (OSError, TookTooLong, ProcessEnded) as error:
            raise Unavailable(f"no process for scripts can be started: {type(error).__name__} {error}") from error
        return process

    def _exchange(self, process: subprocess.Popen[bytes], request: bytes, deadline: float) -> bytes:
        try:
            self._write(_descriptor(process.stdin), request, deadline)
            length = int.from_bytes(self._read(_descriptor(process.stdout), 4, deadline), "big")
            return self._read(_descriptor(process.stdout), self._allowed(length), deadline)
        except OSError:
            self.end()
            raise ProcessEnded from None
        except BaseException:
            # Also when the caller is interrupted: a late answer must not meet the next request.
            self.end()
            raise

    def _allowed(self, length: int) -> int:
        if length > self._limits.output_bytes + _CHUNK:
            raise ProcessEnded
        return length

    def _write(self, descriptor: int, data: bytes, deadline: float) -> None:
        rest = memoryview(data)
        while rest:
            _wait(descriptor, select.POLLOUT, deadline)
            rest = rest[os.write(descriptor, rest[:_CHUNK]) :]

    def _read(self, descriptor: int, length: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < length:
            _wait(descriptor, select.POLLIN, deadline)
            chunk = os.read(descriptor, min(length - len(data), _CHUNK))
            if not chunk:
                raise ProcessEnded
            data += chunk
        return bytes(data)


def _descriptor(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise ProcessEnded
    return pipe.fileno()


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _wait(descriptor: int, event: int, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0 or not _is_ready(descriptor, event, left):
        raise TookTooLong


def _is_ready(descriptor: int, event: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(seconds * 1000))
