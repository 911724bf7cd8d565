"""Jobs of other engines, done once: their answers are noted in the transaction in which a handler writes.

Another engine hears of the answer after that commit, or not at all if somebody dies in between. It offers the job
again then, and is given the same answer without a second effect.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from workflows.embedded.tables import done_job
from workflows.values import Variables

_KEPT = timedelta(days=30)


def recall(connection: Connection, key: str) -> Variables | None:
    """Return what a job was answered with, None if it was not done yet."""
    answer: Variables | None = connection.scalar(select(done_job.c.answer).where(done_job.c.key == key))
    return answer


def note(connection: Connection, key: str, answer: Variables, now: datetime) -> None:
    """Note that a job is done. Of two that do it at the same time, the later one fails and leaves nothing."""
    connection.execute(insert(done_job).values(key=key, answer=answer, done_at=now))


def forget(connection: Connection, now: datetime) -> None:
    """Remove the notes of a month ago: no engine offers such a job again."""
    connection.execute(delete(done_job).where(done_job.c.done_at < now - _KEPT))
