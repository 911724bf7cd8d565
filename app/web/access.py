"""Who may see which page: said once at each view, held by one guard, and refused where nothing is said."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from flask import abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect

from app.clinic.models import Role, Scope
from app.web.identity import User, carries_token, signed_in_user

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

_MARK = "__admits__"


@dataclass(frozen=True, slots=True)
class Mark:
    """Whom a view admits: roles, None among them for those who are not signed in, and tokens with one of the scopes.

    A view with scopes is for programs: it answers in JSON, to sessions too.
    """

    roles: frozenset[Role | None] = frozenset()
    scopes: frozenset[Scope] = frozenset()


_PUBLIC = Mark(frozenset({None, *Role}))
_NOBODY = Mark()


def public(view: View) -> View:
    """Let everybody see a page."""
    setattr(view, _MARK, _PUBLIC)
    return view


def only(*roles: Role, scope: Scope | Iterable[Scope] = ()) -> Callable[[View], View]:
    """Let those who are signed in with one of `roles` see a page; without any, all who are signed in.

    With a `scope` the view is for programs, and their tokens open it too if they have it, or one of several; without,
    no token does. `scope=Scope` takes every token.
    """
    scopes = frozenset({scope} if isinstance(scope, Scope) else scope)

    def mark(view: View) -> View:
        setattr(view, _MARK, Mark(frozenset(roles or Role), scopes))
        return view

    return mark


def anybody(scope: Scope | Iterable[Scope]) -> Callable[[View], View]:
    """Let everybody use a view for programs, tokens only with this scope, or one of several."""
    scopes = frozenset({scope} if isinstance(scope, Scope) else scope)

    def mark(view: View) -> View:
        setattr(view, _MARK, Mark(_PUBLIC.roles, scopes))
        return view

    return mark


def mark_of(endpoint: str) -> Mark:
    """Return whom an endpoint admits: nobody, if nothing is said."""
    if endpoint == "static":
        return _PUBLIC
    found: Mark = getattr(current_app.view_functions[endpoint], _MARK, _NOBODY)
    return found


def admitted(endpoint: str) -> frozenset[Role | None]:
    """Return the roles that an endpoint admits, None among them for those who are not signed in."""
    return mark_of(endpoint).roles


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
    mark = mark_of(request.endpoint)
    if _admits(mark, user) or _is_preflight(mark):
        return None
    if user is not None:
        abort(403)
    if mark.scopes or request.method not in {"GET", "HEAD"}:
        abort(401)
    return redirect(url_for("account.login", next=request.full_path.rstrip("?")))


def _is_preflight(mark: Mark) -> bool:
    """Say whether a browser asks, without saying who it is, if another site's page may call a view for programs."""
    rule = request.url_rule
    automatic = request.method == "OPTIONS" and bool(getattr(rule, "provide_automatic_options", False))
    return automatic and bool(mark.scopes) and "Access-Control-Request-Method" in request.headers


def _admits(mark: Mark, user: User | None) -> bool:
    if user is None:
        return None in mark.roles
    if mark == _PUBLIC:
        return True
    return user.role in mark.roles and (user.scopes is None or bool(user.scopes & mark.scopes))


def refuse_forged(csrf: CSRFProtect) -> Callable[[], None]:
    """Return what refuses a change that a session asks for without this site's own token, to be called before each
    request: another site can send a browser's cookie, but no program's token. Where programs may come without one,
    nothing is forged as long as nobody is signed in."""

    def check() -> None:
        if request.endpoint is None or carries_token():
            return
        if g.get("user") is not None or not mark_of(request.endpoint).scopes:
            csrf.protect()

    return check
