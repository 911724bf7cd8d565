"""What browsers may load and do on a page: nothing but our own styles and pictures, where a view asks for no more."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from flask import Flask

View = TypeVar("View", bound=Callable[..., object])

PLAIN = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
SCRIPTED = {**PLAIN, "script-src": "'self'", "connect-src": "'self'"}
"""For pages that run our own scripts, from files, which may ask this site alone."""

_OPTIONS = "talisman_view_options"  # where Flask-Talisman looks for what is another way for one view


def under(policy: Mapping[str, str]) -> Callable[[View], View]:
    """Give a page a policy of its own."""

    def mark(view: View) -> View:
        setattr(view, _OPTIONS, {"content_security_policy": policy})
        return view

    return mark


def scripted(view: View) -> View:
    """Let a page run scripts of this site's own."""
    return under(SCRIPTED)(view)


def let_run_scripts(app: Flask, blueprint: str) -> None:
    """Let all pages of a blueprint, and of those in it, run scripts of this site's own, unless one says otherwise."""
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith(f"{blueprint}.") and not hasattr(view, _OPTIONS):
            scripted(view)
