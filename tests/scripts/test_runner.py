"""The child processes of a runner: confined, kept warm, replaced when they end, safe over threads and forks."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workflows.errors import ExpressionError, Unavailable
from workflows.scripts import Limits, ScriptRunner, compile_script

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ONE = compile_script("x = 1")


def _python(program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, str(ROOT)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _lives(pid: int) -> bool:
    """Return whether there is such a process, and not only what is left of one until its parent asks."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_child_starts_when_it_is_needed_stays_and_ends_with_the_runner() -> None:
    with ScriptRunner() as runner:
        assert runner.pids == set()
        runner.run(ONE, {}, NOW)
        (child,) = runner.pids
        runner.run(ONE, {}, NOW)
        assert runner.pids == {child}
        assert _lives(child)
    assert not _lives(child)


def test_a_closed_runner_says_so() -> None:
    runner = ScriptRunner()
    runner.close()
    runner.close()
    with pytest.raises(Unavailable, match="closed"):
        runner.run(ONE, {}, NOW)


def test_a_child_killed_while_it_runs_is_an_error_and_the_next_run_has_a_new_one() -> None:
    with ScriptRunner(Limits(seconds=30), processes=1) as runner:
        runner.run(ONE, {}, NOW)
        (child,) = runner.pids
        threading.Timer(0.2, os.kill, (child, signal.SIGKILL)).start()
        with pytest.raises(ExpressionError, match="ended before it answered"):
            runner.run(compile_script("x = sum(range(10 ** 12))"), {}, NOW)
        assert runner.run(ONE, {}, NOW) == {"x": 1}
        assert runner.pids.isdisjoint({child})


def test_a_child_killed_between_two_runs_is_replaced() -> None:
    with ScriptRunner(processes=1) as runner:
        runner.run(ONE, {}, NOW)
        (child,) = runner.pids
        os.kill(child, signal.SIGKILL)
        time.sleep(0.05)
        assert runner.run(ONE, {}, NOW) == {"x": 1}


def test_a_stopped_child_does_not_stop_the_caller() -> None:
    with ScriptRunner(Limits(seconds=0.3), processes=1) as runner:
        runner.run(ONE, {}, NOW)
        (child,) = runner.pids
        os.kill(child, signal.SIGSTOP)
        with pytest.raises(ExpressionError, match="longer than"):
            runner.run(ONE, {"x": "a" * 1_000_000}, NOW)
        assert runner.run(ONE, {}, NOW) == {"x": 1}


def test_a_script_that_hangs_does_not_hold_up_the_others() -> None:
    with ScriptRunner(Limits(seconds=1), processes=2) as runner, ThreadPoolExecutor(2) as pool:
        runner.run(ONE, {}, NOW)
        hanging = pool.submit(runner.run, compile_script("x = sum(range(10 ** 12))"), {}, NOW)
        time.sleep(0.1)
        assert runner.run(ONE, {}, NOW) == {"x": 1}
        assert not hanging.done()
        assert isinstance(hanging.exception(), ExpressionError)


def test_many_threads_each_get_their_own_answer() -> None:
    square = compile_script("y = x * x")
    with ScriptRunner(Limits(seconds=10)) as runner, ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda n: runner.run(square, {"x": n}, NOW), range(200))
        assert [answer["y"] for answer in answers] == [n * n for n in range(200)]


def test_a_forked_process_has_children_of_its_own() -> None:
    with ScriptRunner(processes=1) as runner:
        runner.run(ONE, {}, NOW)
        children = runner.pids
        forked = os.fork()
        if forked == 0:
            served = runner.run(compile_script("y = x + 1"), {"x": 1}, NOW) == {"y": 2}
            runner.close()
            os._exit(0 if served else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
        assert runner.run(ONE, {}, NOW) == {"x": 1}
        assert runner.pids == children


def test_a_child_ends_when_its_parent_is_gone() -> None:
    program = (
        "import os, sys, datetime\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from workflows.scripts import ScriptRunner, compile_script\n"
        "runner = ScriptRunner(processes=1)\n"
        "runner.run(compile_script('x = 1'), {}, datetime.datetime.now(datetime.UTC))\n"
        "print(*runner.pids, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    output = _python(program)
    child = int(output.stdout)
    deadline = time.monotonic() + 5
    while _lives(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _lives(child)


def test_a_child_has_no_environment_and_no_descriptors_but_its_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAMS_SECRET", "hunter2")
    with ScriptRunner(processes=1) as runner, Path("/dev/null").open("rb") as open_file:
        os.set_inheritable(open_file.fileno(), True)
        runner.run(ONE, {}, NOW)
        (child,) = runner.pids
        status = Path(f"/proc/{child}/status").read_text()
        assert sorted(os.listdir(f"/proc/{child}/fd")) == ["0", "1", "2"]  # noqa: PTH208
        assert (
            b"hunter2" not in Path(f"/proc/{child}/environ").read_bytes() + Path(f"/proc/{child}/cmdline").read_bytes()
        )
        limits = Path(f"/proc/{child}/limits").read_text()
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    assert "Max open files            0                    0" in limits
    if os.geteuid() == 0:
        assert "Uid:\t65534\t65534\t65534\t65534" in status


def test_two_children_give_the_same_answer() -> None:
    script = compile_script("x = list({'a', 'b', 'c', 'd', 'e'})\ny = now.astimezone().isoformat()")
    answers = []
    for _ in range(3):
        with ScriptRunner(processes=1) as runner:
            answers.append(runner.run(script, {}, NOW))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["y"] == "2026-03-01T09:30:00+00:00"


def test_a_service_that_runs_as_an_ordinary_user_is_confined_too() -> None:
    program = (
        "import os, sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from workflows.scripts.confinement import confine\n"
        "os.getuid() or os.setuid(12345)\n"
        "confine(512 * 1024 * 1024)\n"
        "for attempt in (os.fork, lambda: open('/etc/hostname')):\n"
        "    try:\n        attempt()\n    except OSError:\n        os.write(1, b'refused ')\n"
    )
    output = _python(program)
    assert output.stdout == "refused refused ", output.stderr


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/hostname')",
        "open('/tmp/x', 'w')",
        "os.listdir('/')",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.kill(os.getppid(), 0)",
        "os.unlink('/tmp/none')",
        "os.setuid(0) if os.getuid() else open('/')",
        "socket.socket()",
        "socket.socketpair()",
        "subprocess.run(['true'])",
        "resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10))",
    ],
)
def test_even_free_python_reaches_nothing_once_confined(attempt: str) -> None:
    program = (
        "import ctypes, os, resource, socket, subprocess, sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from workflows.scripts.confinement import confine\n"
        "confine(512 * 1024 * 1024)\n"
        f"try:\n    {attempt}\nexcept (OSError, ValueError) as error:\n    os.write(1, type(error).__name__.encode())\n"
    )
    output = _python(program)
    assert output.stdout in {"PermissionError", "OSError", "BlockingIOError", "ValueError"}, output.stderr


@pytest.mark.parametrize(
    "answer", [b"rubbish", b"[1]", b'{"changes": [1]}', b'{"changes": {"x": NaN}}', b"[" * 100_000, b"9" * 5000]
)
def test_an_answer_that_no_child_gives_is_an_error(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    impostor = (
        "import sys\nsend = lambda b: (sys.stdout.buffer.write(len(b).to_bytes(4, 'big') + b), sys.stdout.flush())\n"
        f"send(b'{{}}'); sys.stdin.buffer.read(4); send({answer!r}); sys.stdin.buffer.read()"
    )
    monkeypatch.setattr("workflows.scripts.process._BOOT", impostor)
    with ScriptRunner(processes=1) as runner, pytest.raises(ExpressionError, match="no readable answer"):
        runner.run(ONE, {}, NOW)


def test_an_answer_that_claims_to_be_huge_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    impostor = (
        "import sys; sys.stdout.buffer.write(bytes(4) + b'\\xff' * 4); sys.stdout.flush(); sys.stdin.buffer.read()"
    )
    monkeypatch.setattr("workflows.scripts.process._BOOT", impostor)
    with ScriptRunner(processes=1) as runner, pytest.raises(ExpressionError, match="ended before it answered"):
        runner.run(ONE, {}, NOW)


def test_a_child_that_speaks_unasked_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    greeting = "b'\\0\\0\\0\\2{}'"
    answer = "b'\\0\\0\\0\\x1a' + b'{\"changes\": {\"forged\": 1}}'"
    impostor = (
        f"import sys, time\nout = sys.stdout.buffer\nout.write({greeting}); out.flush()\nsys.stdin.buffer.read(4)\n"
        f"out.write({answer} + {answer}); out.flush(); time.sleep(60)"
    )
    with ScriptRunner(processes=1) as runner:
        with monkeypatch.context() as patch:
            patch.setattr("workflows.scripts.process._BOOT", impostor)
            assert runner.run(ONE, {}, NOW) == {"forged": 1}
        assert runner.run(ONE, {}, NOW) == {"x": 1}


def test_a_child_that_can_not_start_is_reported_as_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.scripts.process._BOOT", "raise SystemExit(1)")
    with ScriptRunner(processes=1) as runner, pytest.raises(Unavailable, match="no process for scripts"):
        runner.run(ONE, {}, NOW)
