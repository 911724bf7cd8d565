"""What a script, a JUEL expression and a bare condition cost, beside the same comparison in plain Python."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from workflows.expressions.bare import compile_bare
from workflows.expressions.juel import compile_juel
from workflows.scripts import ScriptRunner, compile_script
from workflows.values import Variables

_NOW = datetime(2026, 3, 1, tzinfo=UTC)
_VARIABLES: Variables = {"amount": 120, "charge": 99.5, "items": [{"price": 2}, {"price": 3}], "text": "x" * 1000}


def _plain() -> bool:
    amount, charge = _VARIABLES["amount"], _VARIABLES["charge"]
    return isinstance(amount, int) and isinstance(charge, float) and amount >= charge


def _microseconds(action: Callable[[], object], times: int) -> float:
    action()
    start = time.perf_counter()
    for _ in range(times):
        action()
    return (time.perf_counter() - start) / times * 1e6


def _start_and_run() -> None:
    with ScriptRunner() as runner:
        runner.run(compile_script("x = 1"), _VARIABLES, _NOW)


def main() -> None:
    """Measure and print, one line each."""
    juel, bare = compile_juel("${amount >= charge}"), compile_bare("amount >= charge")
    short = compile_script("proceed = amount >= charge")
    loop = compile_script("total = 0\nfor _item in items * 500:\n    total += _item['price']")
    with ScriptRunner() as runner:
        measured = {
            "amount >= charge, plain Python": _microseconds(_plain, 100_000),
            "amount >= charge, bare condition": _microseconds(lambda: bare.evaluate(_VARIABLES, _NOW), 100_000),
            "amount >= charge, JUEL": _microseconds(lambda: juel.evaluate(_VARIABLES, _NOW), 100_000),
            "amount >= charge, script, warm": _microseconds(lambda: runner.run(short, _VARIABLES, _NOW), 2_000),
            "script that runs 2,000 lines, warm": _microseconds(lambda: runner.run(loop, _VARIABLES, _NOW), 200),
            "script in a process of its own, cold": _microseconds(_start_and_run, 5),
        }
    baseline = measured["amount >= charge, plain Python"]
    for name, microseconds in measured.items():
        print(f"{name:<40} {microseconds:10.2f} us {microseconds / baseline:12.1f} x plain")  # noqa: T201
