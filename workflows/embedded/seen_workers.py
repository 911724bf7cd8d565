"""Who asks for jobs: the table of workers, and how long work waits for each."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from workflows.embedded.offers import oldest_offers
from workflows.embedded.runtime import Transaction
from workflows.embedded.sightings import Sighting, Sightings
from workflows.embedded.tables import seen_worker
from workflows.external_tasks import SeenWorker

_KEPT = timedelta(days=1)


def write(transaction: Transaction, seen: Mapping[str, Sighting]) -> None:
    """Write sightings; those of other processes that are newer stay. Workers that are long gone are forgotten."""
    connection = transaction.connection
    dialect = postgresql if transaction.postgresql else sqlite
    upsert: postgresql.Insert | sqlite.Insert = dialect.insert(seen_worker)
    newer = {"topics": upsert.excluded.topics, "seen_at": upsert.excluded.seen_at}
    upsert = upsert.on_conflict_do_update(
        index_elements=[seen_worker.c.name], set_=newer, where=seen_worker.c.seen_at < upsert.excluded.seen_at
    )
    rows = [{"name": name, "topics": list(topics), "seen_at": at} for name, (topics, at) in sorted(seen.items())]
    if rows:
        connection.execute(upsert, rows)
    connection.execute(delete(seen_worker).where(seen_worker.c.seen_at < transaction.now - _KEPT))


def list_workers(connection: Connection, sightings: Sightings, now: datetime) -> list[SeenWorker]:
    """List the workers of the last day, those seen last first, each with how long the oldest job waits for it."""
    seen = sightings.fresh()  # read before the table: what is committed in between is in both, and not in neither
    for row in connection.execute(select(seen_worker)):
        if row.name not in seen or seen[row.name][1] < row.seen_at:
            seen[row.name] = (tuple(row.topics), row.seen_at)
    types = {topic for topics, _ in seen.values() for topic in topics}
    waiting = oldest_offers(connection, types, now)
    workers = []
    for name, (topics, seen_at) in seen.items():
        since = min((waiting[topic] for topic in topics if topic in waiting), default=None)
        workers.append(SeenWorker(name, topics, seen_at, None if since is None else now - since))
    return sorted(workers, key=lambda worker: worker.seen_at, reverse=True)
