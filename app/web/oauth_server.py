"""Authlib's OAuth 2.0 server on our clients, grants and tokens: its checks, our rows.

A `Server` works within one transaction. What it refuses it answers in the words of RFC 6749, so the transaction is
committed: a code that comes twice ends its grant.
"""

import logging
from datetime import datetime
from typing import Any, ClassVar

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import (
    ClientMixin,
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    grants,
)
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin, TokenMixin
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from flask import Response
from sqlalchemy.orm import Session

from app.clinic import oauth, tokens
from app.clinic.models import ApiToken, Login, OAuthClient, OAuthGrant, Scope
from app.clinic.secret_texts import digest, new_text
from app.web.services import config

CLIENT_AUTHENTICATION = ["client_secret_basic", "client_secret_post", "none"]

logging.getLogger("authlib").setLevel(logging.INFO)  # at DEBUG it writes tokens into the log


class Server(AuthorizationServer):
    """Authlib's server in one transaction."""

    def __init__(self, session: Session, now: datetime) -> None:
        super().__init__()
        self.session, self.now = session, now
        lasts = int(oauth.ACCESS_LASTS.total_seconds())
        generator = BearerTokenGenerator(lambda **_: oauth.new_access_token(now), lambda **_: oauth.new_token(), lasts)
        self.register_token_generator("default", generator)
        self.register_grant(_CodeGrant, [_Pkce()])
        self.register_grant(_CredentialsGrant)
        self.register_grant(_RefreshGrant)
        self.register_endpoint(_Revocation)
        self.register_extension(_Issuer())

    def query_client(self, client_id: str) -> "Client | None":
        """Return a client that is of use."""
        row = oauth.find_client(self.session, client_id=client_id)
        return Client(row) if row is not None else None

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        """Keep what is about to be handed to a client: for who granted it, or for the client's own owner."""
        row: OAuthClient = request.client.row
        grant: OAuthGrant | None = request.authorization_code.row if request.authorization_code else None
        renewed: ApiToken | None = request.refresh_token.row if request.refresh_token else None
        source = grant or renewed
        oauth.issue(
            self.session,
            client=row,
            login_id=source.login_id if source else row.owner_id,
            text=token["access_token"],
            refresh_text=token.get("refresh_token"),
            scopes=token["scope"],
            grant_id=grant.id if grant else renewed.grant_id if renewed else None,
            now=self.now,
        )

    def handle_error_response(self, request: Any, error: OAuth2Error) -> Response:
        """Tell a client what is wrong, by 401 only where it tried to say who it is as browsers do."""
        tried = request.headers.get("Authorization", "").lower().startswith("basic ")
        if isinstance(error, InvalidClientError) and not tried:
            error.status_code = 400
        answer: Response = super().handle_error_response(request, error)
        return answer


class Client(ClientMixin):
    """A client as Authlib asks about it."""

    def __init__(self, row: OAuthClient) -> None:
        self.row = row

    def get_client_id(self) -> str:
        return self.row.id

    def get_default_redirect_uri(self) -> None:
        """Return none: a client always says where people are sent back."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return the scopes that are asked for, all of the client's if none are; None if one is not the client's."""
        if not scope:
            return self.row.scopes
        words = set(scope.split())
        return oauth.words_of({Scope(word) for word in words}) if words and words <= self.row.granted else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.row.redirect_uris.splitlines()

    def check_client_secret(self, client_secret: str) -> bool:
        return self.row.secret_digest is not None and self.row.secret_digest == digest(client_secret)

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return (method == "none") == (self.row.secret_digest is None)

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and bool(self.row.redirect_uris)

    def check_grant_type(self, grant_type: str) -> bool:
        return self.row.acts_alone if grant_type == "client_credentials" else bool(self.row.redirect_uris)


class _Code(AuthorizationCodeMixin):
    code_challenge_method = "S256"

    def __init__(self, row: OAuthGrant) -> None:
        self.row = row
        self.code_challenge = row.challenge

    def get_redirect_uri(self) -> str:
        return self.row.redirect_uri

    def get_scope(self) -> str:
        return self.row.scopes


class _Token(TokenMixin):
    def __init__(self, row: ApiToken) -> None:
        self.row = row

    def check_client(self, client: Client) -> bool:
        return self.row.client_id == client.row.id

    def get_scope(self) -> str:
        return self.row.scopes


class _CodeGrant(grants.AuthorizationCodeGrant):
    """People allow a client on our page; it exchanges the code that comes of it for tokens."""

    TOKEN_ENDPOINT_AUTH_METHODS = CLIENT_AUTHENTICATION

    def generate_authorization_code(self) -> str:
        return new_text()

    def save_authorization_code(self, code: str, request: Any) -> None:
        oauth.allow(
            self.server.session,
            code=code,
            client_id=request.client.row.id,
            login_id=request.user.id,
            scopes=useful_scopes(self),
            redirect_uri=request.payload.redirect_uri,
            challenge=request.payload.data["code_challenge"],
            now=self.server.now,
        )

    def query_authorization_code(self, code: str, client: Client) -> _Code | None:
        row = oauth.find_code(self.server.session, client_id=client.row.id, code=code, now=self.server.now)
        return _Code(row) if row is not None else None

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        authorization_code.row.code_used_at = self.server.now

    def authenticate_user(self, authorization_code: _Code) -> Login:
        return authorization_code.row.login


class _CredentialsGrant(grants.ClientCredentialsGrant):
    """A client acts for its owner, by its secret alone."""

    TOKEN_ENDPOINT_AUTH_METHODS = CLIENT_AUTHENTICATION[:2]


class _RefreshGrant(grants.RefreshTokenGrant):
    """A client renews a token; the old one, and that for its renewal, are of no use any more."""

    TOKEN_ENDPOINT_AUTH_METHODS = CLIENT_AUTHENTICATION
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> _Token | None:
        row = oauth.find_refresh(self.server.session, text=refresh_token, now=self.server.now)
        return _Token(row) if row is not None else None

    def authenticate_user(self, refresh_token: _Token) -> Login:
        return refresh_token.row.login

    def revoke_old_credential(self, refresh_token: _Token) -> None:
        oauth.note_refresh(refresh_token.row, now=self.server.now)


class _Revocation(RevocationEndpoint):
    """A client ends a token; one that is not its own, or of no use already, is answered alike."""

    CLIENT_AUTH_METHODS = CLIENT_AUTHENTICATION

    def authenticate_token(self, request: Any, client: Client) -> str:
        text = request.form.get("token")
        if not text:
            raise InvalidRequestError("Missing 'token' in request.")
        oauth.end_text(self.server.session, client_id=client.row.id, text=text, now=self.server.now)
        return ""


class _Pkce(CodeChallenge):
    """PKCE for every client, by SHA-256 alone."""

    SUPPORTED_CODE_CHALLENGE_METHOD: ClassVar = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Send a 'code_challenge' with the 'code_challenge_method' S256 (PKCE).")
        super().validate_code_challenge(grant, redirect_uri)


class _Issuer(IssuerParameter):
    def get_issuer(self) -> str:
        return config().public_url


def useful_scopes(grant: Any) -> set[Scope]:
    """Return what a client asks for and its user may allow; raise `InvalidScopeError` if that is nothing."""
    asked = {Scope(word) for word in grant.request.scope.split()}
    useful = asked & set(tokens.scopes_for(grant.request.user.role))
    if not useful:
        raise InvalidScopeError(redirect_uri=grant.redirect_uri)
    return useful
