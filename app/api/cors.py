"""Pages of other sites that may call the API from people's browsers: those that the settings name, with tokens alone.

No cookie goes along, so a session of this site is never used by another one.
"""

from collections.abc import Sequence

from flask import Flask
from flask_cors import CORS

from app.api.problems import PREFIX

_SENT = ("Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key")
_READ = ("ETag", "Link", "Location", "Retry-After", "X-Pagination")
_KEPT_SECONDS = 600


def install(app: Flask, origins: Sequence[str]) -> None:
    """Let the pages of `origins` call what is under `/api/`; without any, browsers let nobody do so."""
    if not origins:
        return
    CORS(
        app,
        resources={rf"^{PREFIX}.*": {"origins": list(origins)}},
        methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=list(_SENT),
        expose_headers=list(_READ),
        supports_credentials=False,
        max_age=_KEPT_SECONDS,
    )
