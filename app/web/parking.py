"""Views that wait for something without holding a thread: `again_when`.

    return again_when({"job:reserve_slot"}, within=timedelta(seconds=20), otherwise=jsonify([]))

The connection is parked, and the view is called again with the same request when one of the topics rings; so it must
be one that may be called often (`begun_once` is for what it does at first alone), and everything before it (who is
signed in, what is theirs) is checked each time.
Topics are plain text:

    job:<type>               there may be a job of this type
    instance:<id>            an instance moved, or was changed
    definition:<process_id>  one of the instances of a process, or its versions
    instances                instances began, ended, or were held
    tasks                    user tasks were opened, closed, claimed or changed
    incidents                incidents were raised or resolved
    view:<name>              a view of the clinic (`app.clinic.views`) has changed
"""

from collections import Counter
from collections.abc import Callable, Collection
from datetime import timedelta
from threading import Lock

from flask import Response, g, request
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from app.web.identity import User
from app.web.turns import Waiting

VISIT = "dams.visit"
"""Where the server puts the `Visit` of a request, in the scope of ASGI."""

MOST = 2000
"""How many requests may be parked in one process, streams of events among them."""

MOST_OF_A_PROGRAM = 1000
"""How many of them may be of one account, or address, that comes with a token or a password of its own."""

MOST_OF_A_PERSON = 40
"""How many may be of one account, or address, with the cookie of a browser or without any."""

_RETRY_SECONDS = 5


class Places:
    """How many requests each account has parked, counted in all threads of a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._owners: Counter[str] = Counter()

    def take(self, owner: str, most: int) -> None:
        """Count one more; 503 if this process has too many, 429 if the owner has."""
        with self._lock:
            if self._owners.total() >= MOST:
                raise ServiceUnavailable("Too many requests wait here. Try again soon.", retry_after=_RETRY_SECONDS)
            if self._owners[owner] >= most:
                told = f"This account has {most} requests waiting, which is the most. Let some of them end."
                raise TooManyRequests(told, retry_after=_RETRY_SECONDS)
            self._owners[owner] += 1

    def give_back(self, owner: str) -> None:
        """Count one less."""
        with self._lock:
            self._owners[owner] -= 1
            if not self._owners[owner]:
                del self._owners[owner]


class Visit:
    """One request, as often as its view is called: what it waits for now, and whose place it has.

    `begun` is what the view began at its first call (`begun_once`).
    `last_event_id` is that of the last event that was sent, if it is a stream.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._owner: str | None = None
        self.wish: Waiting | None = None
        self.begun: str | None = None
        self.streams = False
        self.last_event_id: str | None = None

    @property
    def waits(self) -> bool:
        """Whether the last call of the view found nothing to answer yet."""
        return self.wish is not None

    def take_place(self) -> None:
        """Take a place for this request, unless it has one; 429 or 503 if there is none."""
        if self._owner is None:
            user: User | None = g.get("user")
            owner = user.id if user is not None else request.remote_addr or ""
            program = "Authorization" in request.headers
            self._places.take(owner, MOST_OF_A_PROGRAM if program else MOST_OF_A_PERSON)
            self._owner = owner

    def park(self, wish: Waiting) -> None:
        """Wait for `wish` once this call of the view has returned; 429 or 503 if there is no place."""
        self.take_place()
        self.wish = wish

    def leave(self) -> None:
        """Give the place back, if it has one."""
        if self._owner is not None:
            self._places.give_back(self._owner)
            self._owner = None


def again_when(
    topics: Collection[str],
    *,
    within: timedelta,
    otherwise: Response,
    alike: str | None = None,
    every: timedelta | None = None,
) -> Response:
    """Return what makes the server call this view again when one of `topics` rings, and answer `otherwise` when the
    time is over, which counts from the first call.

    Requests with the same topics and the same `alike` promise that all of them would find the same: then a ring wakes
    the oldest of them, and the next one only if that found something. Without it everybody looks, in turn. With `every`
    somebody looks so often even if nothing rings, for what becomes due by itself.

    Where no server parks requests (Flask's test client), and for HEAD, `otherwise` is the answer at once. Raises 503
    with `Retry-After` if this process has too many parked requests, 429 if the account has.
    """
    visit = the_visit()
    if visit is not None and request.method != "HEAD":
        seconds = None if every is None else every.total_seconds()
        visit.park(Waiting(frozenset(topics), within.total_seconds(), alike, seconds))
    return otherwise


def begun_once(begin: Callable[[], str]) -> str:
    """Return what `begin` returned when the view was called for the first time: something that it changes, and then
    waits for. Raises 503 or 429 before it begins anything, if there is no place to wait at."""
    visit = the_visit()
    if visit is None:
        return begin()
    if visit.begun is None:
        visit.take_place()
        visit.begun = begin()
    return visit.begun


def the_visit() -> Visit | None:
    """Return the visit of the present request, None where the server parks none."""
    visit: Visit | None = request.environ.get("asgi.scope", {}).get(VISIT)
    return visit
