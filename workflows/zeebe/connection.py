"""Where a Zeebe broker is, and how to be let in: in the clear, by TLS, by OAuth, or Camunda's own cloud."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import grpc
from oauthlib.oauth2 import BackendApplicationClient
from pyzeebe import create_insecure_channel, create_secure_channel
from pyzeebe.credentials.oauth import OAuth2MetadataPlugin
from requests_oauthlib import OAuth2Session

from workflows.errors import Unavailable

_RECONNECT = (
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 5_000),
)
_CLOUD_TOKENS = "https://login.cloud.camunda.io/oauth/token"
_CLOUD = "zeebe.camunda.io"


@dataclass(frozen=True, slots=True)
class OAuth:
    """The client credentials of OAuth 2.0: `tokens` is the URL that gives tokens for them."""

    client_id: str
    client_secret: str
    tokens: str
    audience: str | None = None
    scope: str | None = None


@dataclass(frozen=True)
class Connection:
    """The address of the gateway's gRPC API, as HOST:PORT, and the URL of its REST API.

    `authorities` is a file of certificates that are trusted beside no other, for tokens and REST too, None for those
    of the system. `oauth` goes with `tls` only.
    """

    address: str = "localhost:26500"
    rest: str = "http://localhost:8080"
    tls: bool = False
    authorities: Path | None = None
    oauth: OAuth | None = None

    @classmethod
    def to_cloud(cls, cluster_id: str, region: str, client_id: str, client_secret: str) -> "Connection":
        """A cluster of Camunda's SaaS."""
        return cls(
            address=f"{cluster_id}.{region}.{_CLOUD}:443",
            rest=f"https://{region}.{_CLOUD}/{cluster_id}",
            tls=True,
            oauth=OAuth(client_id, client_secret, _CLOUD_TOKENS, audience=_CLOUD),
        )

    def open_channel(self) -> grpc.aio.Channel:
        """Return a new channel, which connects by itself, and again whenever it has to. To be called in a loop."""
        if not self.tls:
            return create_insecure_channel(self.address, channel_options=_RECONNECT)
        trusted = self.authorities.read_bytes() if self.authorities else None
        credentials = grpc.ssl_channel_credentials(trusted)
        if self._tokens is not None:
            by_token = grpc.metadata_call_credentials(self._tokens)
            credentials = grpc.composite_channel_credentials(credentials, by_token)
        return create_secure_channel(self.address, channel_options=_RECONNECT, channel_credentials=credentials)

    @property
    def verify(self) -> str | bool:
        """By which certificates to trust the server of a REST request, as `requests` takes it."""
        return True if self.authorities is None else str(self.authorities)

    def headers(self) -> Mapping[str, str]:
        """Return what REST requests carry to be let in, with a token that is valid still; `Unavailable` without."""
        given = _Headers()
        if self._tokens is not None:
            self._tokens(grpc.AuthMetadataContext(), given)
        return given.taken

    @cached_property
    def _tokens(self) -> OAuth2MetadataPlugin | None:
        """What fetches tokens; pyzeebe's own for client credentials trusts the system's certificates alone."""
        oauth = self.oauth
        if oauth is None:
            return None
        session = OAuth2Session(client=BackendApplicationClient(client_id=oauth.client_id, scope=oauth.scope))
        fetch = partial(
            session.fetch_token,
            token_url=oauth.tokens,
            client_secret=oauth.client_secret,
            audience=oauth.audience,
            verify=self.verify,  # type: ignore[arg-type]  # a path too, as requests has it
        )
        return OAuth2MetadataPlugin(session, fetch)


class _Headers(grpc.AuthMetadataPluginCallback):
    """Takes the headers that gRPC would get."""

    def __init__(self) -> None:
        self.taken: dict[str, str] = {}

    def __call__(self, metadata: Iterable[tuple[str, str | bytes]], error: Exception | None) -> None:
        if error is not None:
            raise Unavailable(f"There is no token for Zeebe: {error}") from error
        self.taken = {name: str(value) for name, value in metadata}
