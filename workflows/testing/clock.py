"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

_BEGINNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning."""


class Clock:
    """The time of an engine under test: call it to read it, in UTC.

    `advance` and `set` only move it; `ProcessTest.advance` also lets everything happen that is due on the way.
    """

    def __init__(self, now: datetime = _BEGINNING) -> None:
        self._now = _utc(now)

    def __call__(self) -> datetime:
        """Return the time."""
        return self._now

    def advance(self, span: timedelta) -> None:
        """Move on by a span."""
        self.set(self._now + span)

    def set(self, moment: datetime) -> None:
        """Move on to a moment; see `later`."""
        self._now = self.later(moment)

    def later(self, moment: datetime) -> datetime:
        """Return a moment in UTC; `ValueError` for one that is past, because no engine expects time to run back."""
        later = _utc(moment)
        if later < self._now:
            raise ValueError(f"The clock is at {self._now.isoformat()} and can't go back to {later.isoformat()}.")
        return later


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: write datetime(..., tzinfo=UTC).")
    return moment.astimezone(UTC)
