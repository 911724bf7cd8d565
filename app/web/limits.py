"""How often something may be tried, and how much one may change in a minute."""

import logging
from dataclasses import dataclass
from math import ceil
from time import time

from flask import Flask, current_app, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from werkzeug.exceptions import TooManyRequests

from app.web.identity import BASIC_PREFIXES, User, carries_token
from app.web.services import WebConfig, config

SIGN_INS = "30/minute"
"""From one address, right and wrong ones. `app.clinic.lockout` says how many may fail."""

MAILS = "10/hour"
"""That somebody at one address can have sent, without being signed in."""

MAILS_TO_ONE = "3/hour"
"""That strangers together can have sent to one address or account."""

SIGN_UPS = "20/hour"
"""Attempts at one address to complete an account: each may tell whether a user name is free."""

TOKENS = "120/minute"
"""That clients at one address can fetch, renew and end."""

_COUNTERS = "dams_limits"
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_LEAVING = frozenset({"account.logout", "account.sign_out_everywhere"})
"""What nobody is kept from: whoever fears for an account can always end its sessions."""

_STORAGE_SECONDS = 2
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Counters:
    """What counts: in the store that all processes share, or in this process alone while that can't be reached."""

    limiter: Limiter
    alone: RateLimiter

    def left(self, limit: str, key: str, what: str) -> float | None:
        """Count once more; return in how many seconds it may be tried again if that was too much."""
        try:
            return _left(self.limiter.limiter, limit, key, what)
        except StorageError:
            _log.warning("the store of rate limits can't be reached: this process counts by itself", exc_info=True)
            return _left(self.alone, limit, key, what)


def install(app: Flask, config: WebConfig) -> None:
    """Give `app` its counter."""
    options: dict[str, str | int] = {}
    if config.rate_limit_storage != "memory://":
        options = {"socket_connect_timeout": _STORAGE_SECONDS, "socket_timeout": _STORAGE_SECONDS}
    limiter = Limiter(
        get_remote_address,
        app=app,
        enabled=config.rate_limits,
        storage_uri=config.rate_limit_storage,
        storage_options={**options, "wrap_exceptions": True},
    )
    app.extensions[_COUNTERS] = _Counters(limiter, FixedWindowRateLimiter(MemoryStorage()))


def count(limit: str, key: str | None = None, what: str | None = None) -> None:
    """Count something against who asks for it, or against `key`; raise 429 with `Retry-After` if there was too much.

    `what` says what is counted; otherwise that is how often this page is asked for.
    """
    counters: _Counters = current_app.extensions[_COUNTERS]
    if not counters.limiter.enabled:
        return
    seconds = counters.left(limit, key or get_remote_address(), what or request.endpoint or "")
    if seconds is not None:
        raise TooManyRequests(retry_after=max(1, ceil(seconds)))


def count_writes() -> None:
    """Count a request that changes something against the account, or the address of who is not signed in; to be called
    before each request, when it is known who asks.

    Programs have a limit of their own for what they do with an account's tokens. What they do over Camunda's REST is
    not counted: workers complete as many jobs as there are, and one that is held up loses its locks, so that its work
    is done twice. Only administrators' tokens get there.
    """
    if request.method not in _WRITES or request.endpoint is None or request.endpoint in _LEAVING:
        return
    user: User | None = g.get("user")
    by_token = user is not None and carries_token()
    if by_token and request.path.startswith(BASIC_PREFIXES):
        return
    most = config().token_writes_per_minute if by_token else config().writes_per_minute
    if most:
        count(f"{most}/minute", None if user is None else user.id, "writes by token" if by_token else "writes")


def _left(counter: RateLimiter, limit: str, key: str, what: str) -> float | None:
    item = parse(limit)
    if counter.hit(item, key, what):
        return None
    return counter.get_window_stats(item, key, what).reset_time - time()
