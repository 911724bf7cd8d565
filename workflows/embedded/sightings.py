"""Workers that were seen in this process.

A sighting costs no statement: they are gathered here, and written together (`seen_workers.py`), at most once in some
seconds. So what other processes know of them lags by those seconds, and no more.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeAlias

from workflows.embedded.inputs import readable

_EVERY = timedelta(seconds=5)
_LONGEST_NAME = 500

Sighting: TypeAlias = tuple[tuple[str, ...], datetime]
"""The topics that a worker asked for, and when."""


@dataclass(slots=True)
class Sightings:
    """What was seen in this process and is not known to be in the database yet."""

    _fresh: dict[str, Sighting] = field(default_factory=dict)
    _written_at: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def note(self, worker: str, topics: Collection[str], now: datetime) -> bool:
        """Note that a worker asked for jobs; say whether it is time to write."""
        with self._lock:
            self._fresh[readable(worker)[:_LONGEST_NAME]] = (tuple(sorted(topics)), now)
            if self._written_at is not None and timedelta() <= now - self._written_at < _EVERY:
                return False
            self._written_at = now
            return True

    def fresh(self) -> dict[str, Sighting]:
        """Return what is not known to be written yet."""
        with self._lock:
            return dict(self._fresh)

    def written(self, seen: Mapping[str, Sighting]) -> None:
        """Forget what was committed. Not sooner: a page that is read before the commit would miss these workers."""
        with self._lock:
            for worker, sighting in seen.items():
                if self._fresh.get(worker) == sighting:
                    del self._fresh[worker]
