"""A real Chromium for tests of any folder.

Playwright keeps its event loop in the thread of the tests, where no other can run meanwhile, and can be begun only once
in a thread. So each module of tests has its own, which is gone when tests with loops of their own come.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

SCREENSHOTS = Path(__file__).parents[1] / "var" / "screenshots"
_PATIENCE_MS = 30_000  # what is shown at once on a quiet machine takes its time on a busy one
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; without one, a skip with what to do (and so, in CI, a failure)."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.skip("Chromium is missing: apt-get install chromium")
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=_ARGUMENTS)
        yield launched
        launched.close()
