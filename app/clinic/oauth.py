"""OAuth 2.0: programs of others act for people who let them, within scopes, until that is withdrawn.

A token of a client is one of `app.clinic.tokens`, which checks it. Codes and tokens for renewal are good once: whoever
comes with a used one has stolen it, or was robbed, so everything that follows from the same grant ends.
"""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Collection
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from app.clinic import audit, validation
from app.clinic.errors import InvalidInput, NotFound
from app.clinic.models import ApiToken, OAuthClient, OAuthGrant, Scope
from app.clinic.secret_texts import digest, new_text
from app.clinic.tokens import PREFIX

CODE_LASTS = timedelta(minutes=2)
ACCESS_LASTS = timedelta(hours=1)
REFRESH_LASTS = timedelta(days=30)
MOST_REDIRECT_URIS = 10

_LONGEST_URI = 300
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_URI = re.compile(r"[!#$%&'()*+,./0-9:;=?@A-Z\[\]_a-z~-]+")
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+")
_REDIRECTS = (
    "Write one address a line, each whole: https://..., http://localhost... for a program on somebody's own machine, "
    "or com.example.app:/... for an app."
)


def register(
    session: Session,
    *,
    owner_id: str,
    name: str,
    confidential: bool,
    acts_alone: bool,
    redirect_uris: str,
    scopes: Collection[Scope],
    now: datetime,
) -> tuple[OAuthClient, str]:
    """Register a client; return it with its secret, which nobody can read later, empty for one that keeps none.

    `redirect_uris` are lines, to one of which people's browsers are sent back; none, if the client only acts alone.
    Raise `InvalidInput` naming the field.
    """
    addresses = _checked_addresses(redirect_uris)
    if not scopes:
        raise InvalidInput("scopes", "Choose what the program may ask for.")
    if acts_alone and not confidential:
        raise InvalidInput("acts_alone", "A program that can't keep a secret can't act alone.")
    if not addresses and not acts_alone:
        raise InvalidInput("redirect_uris", "This is needed, unless the program acts alone.")
    secret = new_text() if confidential else ""
    client = OAuthClient(
        name=validation.text("name", name, longest=100),
        owner_id=owner_id,
        secret_digest=digest(secret) if secret else None,
        redirect_uris="\n".join(addresses),
        acts_alone=acts_alone,
        scopes=words_of(scopes),
        created_at=now,
    )
    session.add(client)
    session.flush()
    details = {"name": client.name, "scopes": client.scopes, "redirect_uris": client.redirect_uris}
    audit.record(session, who=owner_id, action="client registered", subject=client.id, now=now, details=details)
    return client, secret


def find_client(session: Session, *, client_id: str) -> OAuthClient | None:
    """Return a client that is of use; None for one that was revoked as for an unknown one."""
    client = session.get(OAuthClient, client_id) if client_id.isprintable() else None
    return client if client is not None and client.revoked_at is None else None


def list_clients(session: Session) -> list[OAuthClient]:
    """Return the clients that are of use, by name."""
    query = select(OAuthClient).where(OAuthClient.revoked_at.is_(None)).order_by(OAuthClient.name, OAuthClient.id)
    return list(session.scalars(query))


def revoke_client(session: Session, *, client_id: str, by: str, now: datetime) -> OAuthClient:
    """End a client with everything that it was granted; raise `NotFound`."""
    client = find_client(session, client_id=client_id)
    if client is None:
        raise NotFound("client", client_id)
    client.revoked_at = now
    still_good = OAuthGrant.client_id == client.id, OAuthGrant.revoked_at.is_(None)
    session.execute(update(OAuthGrant).where(*still_good).values(revoked_at=now))
    _end_tokens(session, ApiToken.client_id == client.id, now)
    audit.record(session, who=by, action="client revoked", subject=client.id, now=now, details={"name": client.name})
    return client


def allow(
    session: Session,
    *,
    code: str,
    client_id: str,
    login_id: str,
    scopes: Collection[Scope],
    redirect_uri: str,
    challenge: str,
    now: datetime,
) -> OAuthGrant:
    """Let a client act for somebody: it fetches its tokens with `code`, a new text that nobody can guess.

    `challenge` is the SHA-256 of what the client has to show then (PKCE).
    """
    grant = OAuthGrant(
        client_id=client_id,
        login_id=login_id,
        scopes=words_of(scopes),
        redirect_uri=redirect_uri,
        challenge=challenge,
        code_digest=digest(code),
        code_expires_at=now + CODE_LASTS,
        created_at=now,
    )
    session.add(grant)
    session.flush()
    details = {"client": client_id, "scopes": grant.scopes}
    audit.record(session, who=login_id, action="client allowed", subject=grant.id, now=now, details=details)
    return grant


def find_code(session: Session, *, client_id: str, code: str, now: datetime) -> OAuthGrant | None:
    """Return the grant whose code this is, None if it can't be used; one that was used already ends its grant."""
    query = select(OAuthGrant).where(OAuthGrant.code_digest == digest(code), OAuthGrant.client_id == client_id)
    grant = session.scalar(query.with_for_update(of=OAuthGrant))
    if grant is None or grant.revoked_at is not None or not grant.login.active:
        return None
    if grant.code_used_at is not None:
        _end(session, grant, who="oauth", action="code used twice", now=now)
        return None
    return grant if grant.code_expires_at > now else None


def issue(
    session: Session,
    *,
    client: OAuthClient,
    login_id: str,
    text: str,
    refresh_text: str | None,
    scopes: str,
    grant_id: str | None,
    now: datetime,
) -> ApiToken:
    """Keep a new token of a client, and that for its renewal if there is one; forget what is long of no use."""
    over = ApiToken.client_id == client.id, ApiToken.expires_at <= now
    no_renewal = or_(ApiToken.refresh_expires_at.is_(None), ApiToken.refresh_expires_at <= now)
    session.execute(delete(ApiToken).where(*over, no_renewal))
    token = ApiToken(
        login_id=login_id,
        name=client.name,
        digest=digest(text),
        scopes=scopes,
        created_at=now,
        expires_at=now + ACCESS_LASTS,
        client_id=client.id,
        grant_id=grant_id,
        refresh_digest=digest(refresh_text) if refresh_text else None,
        refresh_expires_at=now + REFRESH_LASTS if refresh_text else None,
    )
    session.add(token)
    session.flush()
    details = {"client": client.id, "scopes": scopes}
    audit.record(session, who=login_id, action="token issued", subject=token.id, now=now, details=details)
    return token


def find_refresh(session: Session, *, text: str, now: datetime) -> ApiToken | None:
    """Return the token that can be renewed with this text, None if none can; a text that was used ends its grant."""
    query = select(ApiToken).where(ApiToken.refresh_digest == digest(text))
    token = session.scalar(query.with_for_update(of=ApiToken))
    grant = session.get(OAuthGrant, token.grant_id) if token is not None and token.grant_id else None
    if token is None or grant is None or grant.revoked_at is not None or not token.login.active:
        return None
    if token.refreshed_at is not None:
        _end(session, grant, who="oauth", action="renewal used twice", now=now)
        return None
    return token if token.refresh_expires_at is not None and token.refresh_expires_at > now else None


def note_refresh(token: ApiToken, *, now: datetime) -> None:
    """Note that a token was renewed: it is of no use any more."""
    token.refreshed_at = now
    token.revoked_at = token.revoked_at or now


def end_text(session: Session, *, client_id: str, text: str, now: datetime) -> bool:
    """End a token of a client by its text; with that for its renewal, everything of the same grant. Say if it was one.

    Another client's token is left alone.
    """
    of_client = ApiToken.client_id == client_id
    renewal = session.scalar(select(ApiToken).where(of_client, ApiToken.refresh_digest == digest(text)))
    if renewal is not None and renewal.grant_id is not None:
        grant = session.get_one(OAuthGrant, renewal.grant_id)
        _end(session, grant, who=grant.login_id, action="grant ended by client", now=now)
        return True
    token = session.scalar(select(ApiToken).where(of_client, ApiToken.digest == digest(text)))
    if token is None:
        return False
    token.revoked_at = token.revoked_at or now
    audit.record(session, who=token.login_id, action="token revoked", subject=token.id, now=now)
    return True


def list_grants(session: Session, *, login_id: str, now: datetime) -> list[OAuthGrant]:
    """Return what somebody lets clients do at present, newest first."""
    usable = or_(
        (ApiToken.revoked_at.is_(None)) & (ApiToken.expires_at > now),
        (ApiToken.refreshed_at.is_(None)) & (ApiToken.refresh_expires_at > now),
    )
    tokens = select(ApiToken.grant_id).where(ApiToken.login_id == login_id, ApiToken.grant_id.is_not(None), usable)
    query = select(OAuthGrant).where(OAuthGrant.id.in_(tokens), OAuthGrant.revoked_at.is_(None))
    return list(session.scalars(query.order_by(OAuthGrant.created_at.desc(), OAuthGrant.id)))


def withdraw(session: Session, *, login_id: str, grant_id: str, now: datetime) -> OAuthGrant:
    """End one of somebody's own grants; raise `NotFound` for others' as for unknown ones."""
    grant = session.get(OAuthGrant, grant_id) if grant_id.isprintable() else None
    if grant is None or grant.login_id != login_id:
        raise NotFound("grant", grant_id)
    if grant.revoked_at is None:
        _end(session, grant, who=login_id, action="grant ended", now=now)
    return grant


def words_of(scopes: Collection[Scope]) -> str:
    """Return scopes as OAuth writes them, in one order."""
    return " ".join(scope for scope in Scope if scope in scopes)


def new_token() -> str:
    """Return the text of a token, which is recognized where it was published by mistake."""
    return PREFIX + new_text()


def new_access_token(now: datetime) -> str:
    """Return the text of an access token. Some clients read from the part after its point when it ends, as in a JWT."""
    ends = json.dumps({"exp": int((now + ACCESS_LASTS).timestamp())}).encode()
    return f"{new_token()}.{urlsafe_b64encode(ends).decode().rstrip('=')}"


def _end(session: Session, grant: OAuthGrant, *, who: str, action: str, now: datetime) -> None:
    grant.revoked_at = now
    _end_tokens(session, ApiToken.grant_id == grant.id, now)
    details = {"client": grant.client_id}
    audit.record(session, who=who, action=action, subject=grant.id, now=now, details=details)


def _end_tokens(session: Session, which: ColumnElement[bool], now: datetime) -> None:
    session.execute(update(ApiToken).where(which, ApiToken.revoked_at.is_(None)).values(revoked_at=now))
    renewable = ApiToken.refresh_digest.is_not(None), ApiToken.refreshed_at.is_(None)
    session.execute(update(ApiToken).where(which, *renewable).values(refreshed_at=now))


def _checked_addresses(lines: str) -> list[str]:
    addresses = list(dict.fromkeys(line.strip() for line in lines.splitlines() if line.strip()))
    if len(addresses) > MOST_REDIRECT_URIS:
        raise InvalidInput("redirect_uris", f"At most {MOST_REDIRECT_URIS} addresses fit.")
    for address in addresses:
        if len(address) > _LONGEST_URI or not _URI.fullmatch(address) or not _leads_back(address):
            raise InvalidInput("redirect_uris", _REDIRECTS)
    return addresses


def _leads_back(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    if "#" in address or "@" in parts.netloc:
        return False
    if parts.scheme == "https":
        return bool(host)
    return host in _LOOPBACK if parts.scheme == "http" else bool(_PRIVATE_SCHEME.fullmatch(parts.scheme))
