"""Signing in at somebody else's: OpenID Connect, by Authlib, where the settings name an issuer.

The issuer says which e-mail address somebody reads; the account is the one that is here with it. Roles are given here
alone, and nobody gets an account by signing in: at most the form in which patients make their own.
"""

from typing import Any, cast

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, abort, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError

from app.clinic import audit, directory, one_time_links
from app.clinic.models import LinkPurpose
from app.clinic.self_service import SIGN_UP_LASTS
from app.web.access import public
from app.web.account import begin_session, local_address
from app.web.errors import error_page
from app.web.limits import SIGN_INS, count
from app.web.services import OpenIdConfig, config, services

openid = Blueprint("openid", __name__, url_prefix="/login/openid")

_EXTENSION = "dams_openid"
_NEXT = "openid_next"
_TIMEOUT_SECONDS = 30
_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""Signatures that only the issuer can make: never `none`, and no secret that we have too."""

_AWAY = "The place where you sign in can't be reached, or answers in a wrong way. Try again in a minute."
_REFUSED = "Signing in there did not work out. Try again, or sign in with a user name and a password."
_UNVERIFIED = "The place where you signed in does not say that it has checked your e-mail address."
_UNKNOWN = "There is no open account here with the e-mail address {email}."
_SEVERAL = "There are several accounts here with the e-mail address {email}. Sign in with the user name of one."


def install(app: Flask, openid_config: OpenIdConfig | None) -> None:
    """Let people sign in at the issuer, if there is one."""
    app.add_template_global(openid_config, "openid")  # type: ignore[arg-type]
    if openid_config is None:
        return
    app.extensions[_EXTENSION] = OAuth(app).register(
        "openid",
        client_id=openid_config.client_id,
        client_secret=openid_config.client_secret,
        server_metadata_url=f"{openid_config.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": _TIMEOUT_SECONDS,
        },
    )


@openid.get("")
@public
def begin() -> ResponseReturnValue:
    """Send the browser to the issuer, with a state, a nonce and a challenge that its session keeps."""
    client, _ = _client()
    count(SIGN_INS)
    try:
        _metadata(client)
        answer: ResponseReturnValue = client.authorize_redirect(config().public_url + url_for("openid.back"))
    except (AuthlibBaseError, requests.RequestException, ValueError, KeyError) as error:
        return _away(error)
    session[_NEXT] = request.args.get("next", "")
    return answer


@openid.get("/back")
@public
def back() -> ResponseReturnValue:
    """Sign in who comes back from the issuer with its word for an e-mail address."""
    client, chosen = _client()
    count(SIGN_INS)
    try:
        _metadata(client)
        claims = client.authorize_access_token().get("userinfo") or {}
    except requests.RequestException as error:
        return _away(error)
    except (AuthlibBaseError, JoseError, ValueError, KeyError) as error:
        current_app.logger.warning("a sign-in by OpenID Connect was refused: %s", type(error).__name__)
        return _page(401, _REFUSED)
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        return _page(403, _UNVERIFIED)
    return _enter(chosen, email)


def _enter(chosen: OpenIdConfig, email: str) -> ResponseReturnValue:
    with services().database.read() as reading:
        found = directory.logins_of_email(reading, email=email)
    if len(found) > 1:
        return _page(403, _SEVERAL.format(email=email))
    if found:
        now, target = services().clock(), session.get(_NEXT, "")
        with services().database.write() as writing:
            details = {"by": "openid"}
            audit.record(writing, who=found[0].id, action="signed in", subject=found[0].id, now=now, details=details)
        begin_session(found[0].id)
        return redirect(local_address(target), 303)
    if not chosen.new_patients:
        return _page(403, _UNKNOWN.format(email=email))
    with services().database.write() as writing:
        text = one_time_links.make(
            writing, purpose=LinkPurpose.SIGN_UP, address=email, now=services().clock(), lifetime=SIGN_UP_LASTS
        )
    return redirect(url_for("signing_up.form", link=text), 303)


def _client() -> tuple[Any, OpenIdConfig]:
    chosen = config().openid
    if chosen is None:
        abort(404)
    return current_app.extensions[_EXTENSION], chosen


def _metadata(client: Any) -> None:
    """Read what the issuer says of itself; raise `ValueError` if it calls itself otherwise, or signs as anybody can."""
    found = cast(dict[str, Any], client.load_server_metadata())
    chosen = config().openid
    if chosen is None or found.get("issuer") != chosen.issuer:
        raise ValueError("the issuer calls itself by another name")
    signs = [name for name in found.get("id_token_signing_alg_values_supported", ["RS256"]) if name in _ALGORITHMS]
    if not signs:
        raise ValueError("the issuer names no signature that can be checked")
    found["id_token_signing_alg_values_supported"] = signs


def _away(error: Exception) -> ResponseReturnValue:
    current_app.logger.warning("the issuer of OpenID Connect is away: %s", type(error).__name__)
    return _page(502, _AWAY)


def _page(status: int, sentence: str) -> ResponseReturnValue:
    return error_page(status, sentence, {"Sign in": url_for("account.login")})
