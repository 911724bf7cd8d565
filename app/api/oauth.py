"""Where clients of OAuth 2.0 fetch, renew and end tokens, and learn where to do so (RFC 6749, 7009, 8414)."""

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.clinic.models import Scope
from app.web.access import anybody
from app.web.limits import TOKENS, count
from app.web.oauth_server import CLIENT_AUTHENTICATION, Server
from app.web.services import config, services

blueprint = Blueprint("oauth_endpoints", __name__)


@blueprint.post("/oauth/token")
@anybody(scope=Scope)
def token() -> ResponseReturnValue:
    """Give a client a token for a code, for one that it renews, or for its secret alone."""
    return _answer("token")


@blueprint.post("/oauth/revoke")
@anybody(scope=Scope)
def revoke() -> ResponseReturnValue:
    """End a token of a client; one that is of no use already is answered alike."""
    return _answer("revocation")


@blueprint.get("/.well-known/oauth-authorization-server")
@anybody(scope=Scope)
def metadata() -> ResponseReturnValue:
    """Say where what is, and what is supported."""
    issuer = config().public_url
    return jsonify(
        issuer=issuer,
        authorization_endpoint=f"{issuer}/oauth/authorize",
        token_endpoint=f"{issuer}/oauth/token",
        revocation_endpoint=f"{issuer}/oauth/revoke",
        scopes_supported=list(Scope),
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=["authorization_code", "client_credentials", "refresh_token"],
        token_endpoint_auth_methods_supported=CLIENT_AUTHENTICATION,
        revocation_endpoint_auth_methods_supported=CLIENT_AUTHENTICATION,
        code_challenge_methods_supported=["S256"],
        authorization_response_iss_parameter_supported=True,
    )


def _answer(endpoint: str) -> ResponseReturnValue:
    """Answer in one transaction, which is kept whatever the answer: a code that came twice has ended its grant."""
    count(TOKENS)
    with services().database.write() as session:
        server = Server(session, services().clock())
        try:
            answer: ResponseReturnValue = (
                server.create_token_response() if endpoint == "token" else server.create_endpoint_response(endpoint)
            )
        except OAuth2Error as error:  # such as a request that came neither by TLS nor from this machine
            return server.handle_error_response(request, error)
    return answer
