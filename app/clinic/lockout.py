"""Lock-out: who fails to sign in has to wait, longer each time. It holds for names that nobody has as for all others.

Failures count against the account at the address, the account from everywhere, and the address whatever the account.
A stranger elsewhere has to fail often before the owner of an account is kept waiting, and never for long.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinic.models import FailedSignIns
from app.clinic.secret_texts import digest

FORGOTTEN_AFTER = timedelta(days=1)
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Patience:
    """How many failures are free; the pause after the next one, which doubles; and the longest pause."""

    free: int
    first: timedelta
    longest: timedelta

    def pause(self, failures: int) -> timedelta | None:
        """Return how long to wait after so many failures."""
        beyond = failures - self.free
        return None if beyond < 0 else min(self.first * 2 ** min(beyond, 16), self.longest)


AT_ADDRESS = Patience(5, timedelta(minutes=1), timedelta(hours=1))
FROM_EVERYWHERE = Patience(25, timedelta(minutes=1), timedelta(minutes=15))
WHATEVER_ACCOUNT = Patience(50, timedelta(minutes=1), timedelta(hours=1))


def begin(session: Session, *, username: str, address: str, now: datetime) -> datetime | None:
    """Count an attempt as failed until `succeed` says otherwise, so that many at once gain nothing.

    Return until when none is allowed, in which case this one counts for nothing; None if it may go on.
    """
    session.execute(delete(FailedSignIns).where(FailedSignIns.last_at <= now - FORGOTTEN_AFTER))
    counters = [(patience, _counter(session, key, now)) for key, patience in _keys(username, address)]
    locked = [counter.locked_until for _, counter in counters if counter.locked_until and now < counter.locked_until]
    if locked:
        return max(locked)
    for patience, counter in counters:
        counter.failures += 1
        counter.last_at = now
        pause = patience.pause(counter.failures)
        counter.locked_until = now + pause if pause else None
    session.flush()
    return None


def succeed(session: Session, *, username: str, address: str) -> None:
    """Forget the failures of an account whose owner has signed in; of the address only this attempt."""
    for key, patience in _keys(username, address):
        counter = session.get(FailedSignIns, digest(key), with_for_update=True)
        if counter is None:
            continue
        counter.failures = counter.failures - 1 if patience is WHATEVER_ACCOUNT else 0
        counter.locked_until = None


def _keys(username: str, address: str) -> Iterator[tuple[str, Patience]]:
    name = username.strip().lower()[:_LONGEST_NAME]
    yield f"address {address}", WHATEVER_ACCOUNT
    yield f"account {name} at {address}", AT_ADDRESS
    yield f"account {name}", FROM_EVERYWHERE


def _counter(session: Session, key: str, now: datetime) -> FailedSignIns:
    """Return the counter of a key, which this transaction has to itself."""
    kept = digest(key)
    if session.get(FailedSignIns, kept) is None:
        with suppress(IntegrityError), session.begin_nested():
            session.add(FailedSignIns(digest=kept, failures=0, last_at=now, locked_until=None))
    return session.get_one(FailedSignIns, kept, with_for_update=True, populate_existing=True)
