"""What rings: rows that were written, by this process or by others, as one query a time tells of all of them.

Commits of this process only make it look at once. So a ring means the same wherever the change was made, and none is
lost: what is not in the database did not happen.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from threading import Condition, Thread
from typing import Protocol

from app.web.turns import EVERYTHING

_log = logging.getLogger(__name__)

_POLL_SECONDS = 0.25
"""How long a change that another process made may go unnoticed."""

_BREATH_SECONDS = 0.01
"""How long it waits after a look, so that a busy service is asked a hundred times a second at most."""

_PAUSE_SECONDS = 2.0


class Source(Protocol):
    """Rows that tell what has changed."""

    def changed(self, topics: Collection[str]) -> Collection[str]:
        """Return the topics that rang since the last call: all of them, or of `topics` alone, those waited for now.

        What was not looked at in the last call counts as changed.
        """

    def forget(self) -> None:
        """Forget up to where it has looked: nobody waits, so it will not be asked for a while."""


class Watch:
    """A thread that asks `sources` what has changed, as long as somebody waits for it."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._condition = Condition()
        self._waiting: dict[object, Collection[str]] = {}
        self._topics: Counter[str] = Counter()
        self._nudged = False
        self._stopping = False
        self._thread: Thread | None = None

    def start(self, ring: Callable[[Iterable[str]], None]) -> None:
        """Begin; what rings is told to `ring`."""
        self._thread = Thread(target=self._run, args=(ring,), name="watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, and return when it has."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        if self._thread is not None:
            self._thread.join()

    def nudge(self) -> None:
        """Look soon: something was committed in this process."""
        if self._waiting and not self._nudged:
            with self._condition:
                self._nudged = True
                self._condition.notify_all()

    def waits_for(self, who: object, topics: Collection[str]) -> None:
        """Note that somebody waits for `topics`."""
        with self._condition:
            self._waiting[who] = topics
            self._topics.update(topics)
            self._condition.notify_all()

    def forget(self, who: object) -> None:
        """Note that somebody waits no longer."""
        with self._condition:
            self._topics.subtract(self._waiting.pop(who))
            self._topics += Counter()  # drops those that nobody waits for

    def _run(self, ring: Callable[[Iterable[str]], None]) -> None:
        rested = True
        while True:
            with self._condition:
                if not self._waiting:
                    rested = True
                    self._condition.wait_for(lambda: self._waiting or self._stopping)
                if self._stopping:
                    return
                self._nudged = False
                topics = set(self._topics)
            rested = not self._look(topics, ring, rested=rested)
            with self._condition:
                self._condition.wait_for(lambda: self._stopping, _BREATH_SECONDS)
                self._condition.wait_for(lambda: self._stopping or self._nudged, _POLL_SECONDS)

    def _look(self, topics: Collection[str], ring: Callable[[Iterable[str]], None], *, rested: bool) -> bool:
        """Ring what has changed; after a rest everything, since nobody looked meanwhile. Return whether it could."""
        try:
            if rested:
                for source in self._sources:
                    source.forget()
            rung = {topic for source in self._sources for topic in source.changed(topics)}
        except Exception:  # noqa: BLE001 -- reported, and tried again: whoever waits must hear of what comes
            _log.exception("It can't be seen what has changed; the next try is in %.0f s", _PAUSE_SECONDS)
            with self._condition:
                self._condition.wait_for(lambda: self._stopping, _PAUSE_SECONDS)
            return False
        if rested:
            rung.add(EVERYTHING)
        if rung:
            ring(rung)
        return True
