"""How often something may be tried."""

from typing import cast

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from app.web.services import WebConfig

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

_LIMITER = "dams_limiter"


def install(app: Flask, config: WebConfig) -> None:
    """Give `app` its counter."""
    app.extensions[_LIMITER] = Limiter(
        get_remote_address,
        app=app,
        enabled=config.rate_limits,
        storage_uri=config.rate_limit_storage,
        headers_enabled=True,
    )


def count(limit: str, key: str | None = None) -> None:
    """Count something against who asks for it, or against `key`; raise `RateLimitExceeded`, which answers 429, when
    there was too much of it."""
    limiter = cast(Limiter, current_app.extensions[_LIMITER])
    with limiter.limit(limit, key_func=get_remote_address if key is None else lambda: key):
        pass
