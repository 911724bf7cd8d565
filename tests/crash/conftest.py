"""A folder in memory: there a transaction costs so little that a kill meets many more of them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.storm import memory


@pytest.fixture
def fast_folder() -> Iterator[Path]:
    """A new folder, in memory where the system has one."""
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        yield Path(folder)
