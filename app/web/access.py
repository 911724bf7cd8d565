"""Who may see which page: said once at each view, held by one guard, and refused where nothing is said."""

from collections.abc import Callable
from typing import TypeVar

from flask import abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic.models.people import Role
from app.web.identity import signed_in_user

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

_MARK = "__admits__"
_PUBLIC: frozenset[Role | None] = frozenset({None, *Role})


def public(view: View) -> View:
    """Let everybody see a page."""
    setattr(view, _MARK, _PUBLIC)
    return view


def only(*roles: Role) -> Callable[[View], View]:
    """Let those who are signed in with one of `roles` see a page; without any, all who are signed in."""

    def mark(view: View) -> View:
        setattr(view, _MARK, frozenset(roles or Role))
        return view

    return mark


def admitted(endpoint: str) -> frozenset[Role | None]:
    """Return the roles that an endpoint admits, None among them for those who are not signed in."""
    if endpoint == "static":
        return _PUBLIC
    found: frozenset[Role | None] = getattr(current_app.view_functions[endpoint], _MARK, frozenset())
    return found


def refuse_nul() -> None:
    """Refuse a request with a NUL in its address or its form: databases can't look for that."""
    texts = [request.path, *request.args.values(), *(text for texts in request.form.listvalues() for text in texts)]
    if any("\0" in text for text in texts):
        abort(400)


def guard() -> ResponseReturnValue | None:
    """Refuse a request that its page does not admit; to be called before each request."""
    if request.endpoint == "static":
        return None
    user = g.user = signed_in_user()
    if request.endpoint is None:
        return None  # there is no such page: the router's own answer says so
    if (user.role if user else None) in admitted(request.endpoint):
        return None
    if user is not None:
        abort(403)
    if request.method not in {"GET", "HEAD"}:
        abort(401)
    return redirect(url_for("account.login", next=request.full_path.rstrip("?")))
