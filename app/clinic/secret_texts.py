"""Texts that open something for whoever has them. Digests of them are kept, which nothing slower has to make."""

import hashlib
import secrets

_BYTES = 32


def new_text() -> str:
    """Return a text that nobody can guess, fit for addresses."""
    return secrets.token_urlsafe(_BYTES)


def digest(text: str) -> str:
    """Return what is kept of a text."""
    return hashlib.sha256(text.encode()).hexdigest()
