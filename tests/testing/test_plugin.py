"""The plugin in a test run of its own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
REMINDER = Path(__file__).with_name("diagrams") / "reminder.bpmn"
TESTS = f"""
from workflows.testing import ProcessTest

def test_no(process_coverage):
    with ProcessTest({str(REMINDER)!r}, coverage=process_coverage) as test:
        test.start("reminder").complete("answer", {{"agreed": False}})

def test_yes(process_coverage):
    with ProcessTest({str(REMINDER)!r}, coverage=process_coverage) as test:
        test.on_job("book")
        test.start("reminder").complete("answer", {{"agreed": True}})
"""


def test_a_test_run_prints_and_writes_its_coverage(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["workflows.testing.plugin"]\n')
    (tmp_path / "test_reminder.py").write_text(TESTS)
    arguments = ["--process-coverage", str(tmp_path / "report"), f"--rootdir={tmp_path}", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "path coverage of processes" in run.stdout
    assert "6 of 12" in run.stdout
    assert "  not passed: element month (Thirty days)" in run.stdout
    assert "<svg" in (tmp_path / "report" / "index.html").read_text()
