"""What Redis is asked for beside tasks, and what it means when it does not answer."""

from collections.abc import Iterator
from contextlib import contextmanager

from celery import Celery
from kombu.exceptions import ChannelError, OperationalError
from redis.exceptions import RedisError

from workers.celery.errors import BrokerDown


@contextmanager
def reaching() -> Iterator[None]:
    """Make whatever is raised when Redis is away, or comes too late, a `BrokerDown`."""
    try:
        yield
    except (OperationalError, RedisError, OSError) as error:
        raise BrokerDown(error) from error


def depth(app: Celery, queue: str) -> int:
    """Return how many messages wait in a queue, those that a worker has taken not among them."""
    with reaching(), app.pool.acquire() as connection:
        try:
            waiting: int = connection.default_channel.queue_declare(queue, passive=True).message_count
        except ChannelError:
            return 0  # Redis knows no queue that is empty
    return waiting
