"""For pytest: path coverage over a whole test run.

In the `conftest.py` at the root of the tests:

    pytest_plugins = ["workflows.testing.plugin"]

and in the tests the fixture `process_coverage`: `ProcessTest(..., coverage=process_coverage)`, or
`process_coverage.watch(engine)`. The report is printed after the tests; `--process-coverage=FOLDER` also writes it
there, with pictures.
"""

from pathlib import Path

import pytest

from workflows.testing.coverage import Coverage

_COVERAGE = pytest.StashKey[Coverage]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--process-coverage", metavar="FOLDER", type=Path, help="write the path coverage of diagrams to this folder"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begin a collection for this run."""
    config.stash[_COVERAGE] = Coverage()


@pytest.fixture(scope="session")
def process_coverage(pytestconfig: pytest.Config) -> Coverage:
    """What the processes of this test run have passed."""
    return pytestconfig.stash[_COVERAGE]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the report, if there is something to tell."""
    coverage = config.stash[_COVERAGE]
    if coverage.diagrams:
        terminalreporter.section("path coverage of processes")
        terminalreporter.write(coverage.text())
    folder = config.getoption("--process-coverage")
    if folder is not None:
        coverage.write(folder)
