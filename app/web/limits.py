"""How often something may be tried."""

from typing import cast

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from app.web.services import WebConfig

SIGN_INS_FROM_AN_ADDRESS = "30/minute"
SIGN_INS_FROM_AN_ADDRESS_AS_ONE_USER = "10/15 minutes"
SIGN_INS_AS_ONE_USER = "100/hour"
"""From all addresses together: enough that a stranger can't easily lock somebody out, too few to guess."""

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


def count_sign_in(username: str) -> None:
    """Count an attempt to sign in; raise `RateLimitExceeded`, which answers 429, when there were too many."""
    limiter = cast(Limiter, current_app.extensions[_LIMITER])
    name = username.strip().lower()[:100]
    limits = (
        limiter.limit(SIGN_INS_FROM_AN_ADDRESS),
        limiter.limit(SIGN_INS_FROM_AN_ADDRESS_AS_ONE_USER, key_func=lambda: f"{get_remote_address()} {name}"),
        limiter.limit(SIGN_INS_AS_ONE_USER, key_func=lambda: name),
    )
    for limit in limits:
        with limit:
            pass
