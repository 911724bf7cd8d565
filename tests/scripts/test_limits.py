"""Time, lines, memory, output: who takes more is stopped, and the next script runs."""

from collections.abc import Callable, Iterator

import pytest

from tests.scripts.conftest import MEMORY_BYTES, NOW
from workflows.errors import ExpressionError
from workflows.scripts import Limits, ScriptRunner, compile_script
from workflows.values import Variables

_STEPS = "ran more than 250,000 lines"
_TIME = "ran longer than 1 s"
_MEMORY = "needs more memory than it may have"
_DEPTH = "too deep"
_OUTPUT = "1,000,000 are allowed"

BOMBS = [
    ("while True: pass", f"{_STEPS}|{_TIME}"),
    ("x = 0\nwhile True:\n    x += 1", f"{_STEPS}|{_TIME}"),
    ("for _i in range(10 ** 12):\n    pass", f"{_STEPS}|{_TIME}"),
    ("x = [_i for _i in range(10 ** 12)]", f"{_STEPS}|{_TIME}"),
    (
        "def f():\n    while True:\n        try:\n            f()\n        except Exception:\n            pass\nf()",
        _TIME,
    ),
    ("try:\n    while True:\n        x = 1\nfinally:\n    while True:\n        x = 2", f"{_STEPS}|{_TIME}"),
    ("x = sum(range(10 ** 12))", _TIME),
    ("x = 10 ** 10 ** 8", f"{_TIME}|{_MEMORY}"),
    ("x = 1 << 10 ** 12", _MEMORY),
    ("x = pow(7, 10 ** 9)", f"{_TIME}|{_MEMORY}"),
    ("x = 'a' * 10 ** 10", _MEMORY),
    ("x = [0] * 10 ** 10", _MEMORY),
    ("x = list(range(10 ** 10))", _MEMORY),
    ("x = '%1000000000d' % 1", _MEMORY),
    ("x = f'{1:1000000000d}'", _MEMORY),
    ("x = 'a'.ljust(10 ** 10)", _MEMORY),
    ("x = []\nwhile True:\n    x += [1] * 100000", _MEMORY),
    ("def f():\n    y = []\n    while True:\n        y += ['a' * 1000] * 100000\nf()", _MEMORY),
    ("x = 'a'\nwhile True:\n    x += x", _MEMORY),
    ("x = {}\nwhile True:\n    x[len(x)] = 'a' * 100000", _MEMORY),
    ("def f():\n    return f()\nf()", _DEPTH),
    ("f = lambda n: f(n + 1)\nf(0)", _DEPTH),
    ("x = []\nx.append(x)", _DEPTH),
    ("x = []\nfor _i in range(100000):\n    x = [x]", _DEPTH),
    ("x = []\nfor _i in range(60):\n    x = [x, x]", f"{_TIME}|{_MEMORY}"),
    ("x = [1]\nfor _i in range(100000):\n    x = map(str, x)\ny = list(x)", f"{_DEPTH}|ended before it answered"),
    ("x = 'a' * 2000000", _OUTPUT),
    ("x = [0] * 500000", _OUTPUT),
    ("x = int(Decimal('1e999999'))", f"{_TIME}|{_MEMORY}|Exceeds the limit"),
]


@pytest.fixture(scope="module")
def hasty() -> Iterator[ScriptRunner]:
    """The runner for scripts that only the clock may stop; the others get all the time that a busy machine takes."""
    with ScriptRunner(Limits(seconds=1, memory_bytes=MEMORY_BYTES), processes=1) as runner:
        yield runner


@pytest.mark.parametrize(("source", "reason"), BOMBS)
def test_a_script_that_takes_too_much_is_stopped(
    runner: ScriptRunner, hasty: ScriptRunner, source: str, reason: str
) -> None:
    bound = hasty if _TIME in reason else runner
    with pytest.raises(ExpressionError, match=reason):
        bound.run(compile_script(source), {}, NOW)
    assert bound.run(compile_script("x = 1"), {}, NOW) == {"x": 1}


def test_a_step_limit_can_not_be_swallowed() -> None:
    swallowing = "def f():\n    try:\n        while True:\n            x = 1\n    finally:\n        return 1\ny = f()"
    with ScriptRunner(Limits(steps=1000, seconds=30), processes=1) as runner:
        with pytest.raises(ExpressionError, match="ran more than 1,000 lines"):
            runner.run(compile_script(swallowing), {}, NOW)
        assert runner.run(compile_script("x = 1"), {}, NOW) == {"x": 1}


def test_each_limit_is_the_callers_choice() -> None:
    with ScriptRunner(Limits(output_bytes=50), processes=1) as runner:
        assert runner.run(compile_script("x = 'a' * 10"), {}, NOW) == {"x": "a" * 10}
        with pytest.raises(ExpressionError, match="50 are allowed"):
            runner.run(compile_script("x = 'a' * 100"), {}, NOW)


def test_large_variables_go_in_and_out(run: Callable[..., Variables]) -> None:
    text = "ä" * 150_000
    assert run("y = x + 'b'", x=text) == {"y": text + "b"}


def test_variables_beyond_the_memory_are_an_error(run: Callable[..., Variables]) -> None:
    with pytest.raises(ExpressionError, match=f"{_MEMORY}|ended before it answered"):
        run("y = 1", x=["a" * 1000] * 100_000)
    assert run("x = 1") == {"x": 1}
