"""The booking tests of the house, as they are, with jobs that Celery workers do."""

import pytest

from tests.celery.running import Worker
from tests.web.conftest import book, doctor, patient  # noqa: F401 -- who stands in front of the house
from tests.web.test_booking import *  # noqa: F403 -- the tests themselves


@pytest.fixture(autouse=True)
def _with_a_worker(worker: Worker) -> None:
    """Nobody else does the jobs."""
