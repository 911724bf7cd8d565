"""What FEEL costs once compiled, beside the same work in plain Python: `python -m tests.bench.bench_feel`."""

import re
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from workflows.feel import FeelInput, compile_expression, compile_unary_tests

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LINES: list[FeelInput] = [{"price": price, "paid": price % 2 == 0} for price in range(100)]
TEXT = "Ann Example <ann@example.org>"


def microseconds(action: Callable[[], object]) -> float:
    """Return the time of one call of `action`, the best of five runs."""
    timer = timeit.Timer(action)
    times, _ = timer.autorange()
    return min(timer.repeat(5, max(1, times // 5))) / max(1, times // 5) * 1e6


def report(name: str, action: Callable[[], object], plain: Callable[[], object]) -> None:
    """Print what `action` costs and its ratio to the same work in `plain` Python."""
    cost, baseline = microseconds(action), microseconds(plain)
    print(f"feel: {name:<44} {cost:9.2f} us, {cost / baseline:6.1f} times plain Python ({baseline:.3f} us)")  # noqa: T201


def evaluating(source: str, variables: dict[str, FeelInput]) -> Callable[[], object]:
    """Return the evaluation of `source`, compiled here."""
    evaluate = compile_expression(source).evaluate
    return lambda: evaluate(variables, NOW)


def report_comparisons() -> None:
    """Print the comparison of two variables, by the kinds of number that JSON has."""
    for kinds, amount, charge in (("ints", 120, 99), ("floats", 120.5, 99.5), ("int and float", 120, 99.5)):
        variables: dict[str, FeelInput] = {"amount": amount, "charge": charge}
        plain = {"amount": amount, "charge": charge}
        report(
            f"amount >= charge ({kinds})",
            evaluating("amount >= charge", variables),
            lambda plain=plain: plain["amount"] >= plain["charge"],  # type: ignore[misc]  # a default binds the loop's
        )


def main() -> None:
    """Measure and print, one line each."""
    report_comparisons()
    numbers: dict[str, FeelInput] = {"amount": 120, "rate": 0.19}
    report(
        "amount * (1 + rate)",
        evaluating("amount * (1 + rate)", numbers),
        lambda: Decimal(120) * (1 + Decimal("0.19")),
    )
    tests = compile_unary_tests("[18..65], > 99")
    report("unary tests [18..65], > 99", lambda: tests.matches(30, {}, NOW), lambda: 18 <= 30 <= 65)  # noqa: PLR0133
    prices = list(range(100))
    report(
        "sum(lines[paid].price), 100 lines",
        evaluating("sum(lines[paid].price)", {"lines": LINES}),
        lambda: sum(price for price in prices if price % 2 == 0),
    )
    report(
        'matches(text, "[a-z.]+@[a-z.]+[.]org")',
        evaluating('matches(text, "[a-z.]+@[a-z.]+[.]org")', {"text": TEXT}),
        lambda: re.search("[a-z.]+@[a-z.]+[.]org", TEXT),
    )
    cost = microseconds(lambda: compile_expression("amount >= charge and not(blocked)"))
    print(f"feel: compiling `amount >= charge and not(blocked)` {cost:.0f} us")  # noqa: T201


if __name__ == "__main__":
    main()
