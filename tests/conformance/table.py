"""The table at the end of a test run: for each host and group, the cases of BPMN conformance that passed, that were
refused as they have to be, and that failed. A plugin of pytest, so that a run side by side prints it too."""

from collections import Counter

import pytest

_COUNTED: Counter[tuple[str, str, str]] = Counter()
_COLUMNS = ("passed", "refused", "failed")
_WIDTH = 9


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count the outcome of each case, by the host and group that its test noted down."""
    noted = dict(report.user_properties)
    if "group" in noted and (report.when == "call" or report.failed):
        outcome = str(noted["outcome"]) if report.passed else "failed"
        _COUNTED[str(noted["host"]), str(noted["group"]), outcome] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    if not _COUNTED:
        return
    terminalreporter.section("BPMN conformance")
    hosts = sorted({host for host, _, _ in _COUNTED})
    terminalreporter.write_line(f"{'':<20}" + "".join(f"{host:>{len(_COLUMNS) * _WIDTH}}" for host in hosts))
    terminalreporter.write_line(_line("group", [column for _ in hosts for column in _COLUMNS]))
    for group in sorted({group for _, group, _ in _COUNTED}):
        counts = [_COUNTED[host, group, column] for host in hosts for column in _COLUMNS]
        terminalreporter.write_line(_line(group, counts))
    totals = [
        sum(count for (of, _, outcome), count in _COUNTED.items() if (of, outcome) == (host, column))
        for host in hosts
        for column in _COLUMNS
    ]
    terminalreporter.write_line(_line("all", totals))


def _line(group: str, cells: list[str] | list[int]) -> str:
    return f"{group:<20}" + "".join(f"{cell:>{_WIDTH}}" for cell in cells)
