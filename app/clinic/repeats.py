"""Requests that programs may repeat: done once for each key of its sender, and answered the same each time.

`begin` and `finish` are transactions of their own around the work, so that of two requests at once one is refused.
A request whose work was cut off in the middle stays begun until it expires: nobody can say how far it came.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinic.errors import InvalidInput, NotAllowed
from app.clinic.models import RepeatableRequest

KEPT = timedelta(days=1)
"""How long an answer is given again."""

FIELD = "Idempotency-Key"

_OTHER = "This key came with another request before. Use a new one for each thing that is to be done."
_BEGUN = (
    "The first request with this key has no answer yet. Repeat it in a moment; if it still has none, look whether it "
    "was done, and use a new key if it was not."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with."""

    status: int
    mimetype: str
    location: str
    body: str


def request_id(*parts: str) -> str:
    """Return the id of a request: of the login that sends it, its method, its address, and the key."""
    return sha256("\n".join(parts).encode()).hexdigest()


def begin(session: Session, *, key: str, login_id: str, content: bytes, now: datetime) -> Answer | None:
    """Note that a request is being worked on; return its answer if it was given one already.

    `key` is what `request_id` returns. Raise `InvalidInput` if it came with other content, `NotAllowed` if the first
    has no answer yet.
    """
    session.execute(delete(RepeatableRequest).where(RepeatableRequest.expires_at <= now))
    digest = sha256(content).hexdigest()
    begun = RepeatableRequest(id=key, login_id=login_id, content=digest, expires_at=now + KEPT)
    try:
        with session.begin_nested():
            session.add(begun)
    except IntegrityError:
        earlier = session.get(RepeatableRequest, key)
        if earlier is None:  # forgotten at this very moment, as it failed
            raise NotAllowed(_BEGUN) from None
        return _answer(earlier, digest)
    return None


def finish(session: Session, *, key: str, answer: Answer) -> None:
    """Keep the answer of a request that was begun."""
    request = session.get_one(RepeatableRequest, key)
    request.status, request.mimetype = answer.status, answer.mimetype
    request.location, request.body = answer.location, answer.body


def forget(session: Session, *, key: str) -> None:
    """Let a request that came to nothing be sent again."""
    session.execute(delete(RepeatableRequest).where(RepeatableRequest.id == key))


def _answer(earlier: RepeatableRequest, digest: str) -> Answer:
    if earlier.content != digest:
        raise InvalidInput(FIELD, _OTHER)
    if earlier.status is None:
        raise NotAllowed(_BEGUN)
    return Answer(earlier.status, earlier.mimetype, earlier.location, earlier.body)
