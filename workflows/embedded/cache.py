"""Values that are dear to make, of which the last used stay in memory."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

_V = TypeVar("_V")


class Cache(Generic[_V]):
    """Immutable values by text key; the `limit` that were used last are kept. For any thread."""

    def __init__(self, limit: int = 500) -> None:
        self._limit = limit
        self._lock = Lock()
        self._values: OrderedDict[str, _V] = OrderedDict()

    def get(self, key: str, make: Callable[[], _V]) -> _V:
        """Return the value of `key`, made if it is not here; two threads may both make it."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._limit:
                self._values.popitem(last=False)
        return value
