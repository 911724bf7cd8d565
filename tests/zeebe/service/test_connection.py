"""Connections by TLS to the gateway of a broker, and through a door that wants tokens."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pyzeebe.proto import gateway_pb2 as api

from tests.servers.broker import Broker
from tests.servers.certificates import make_certificate
from tests.servers.zeebe import Certificate
from tests.zeebe.conftest import eventually
from tests.zeebe.service.doorkeepers import AUDIENCE, CLIENT, SECRET, Door, Tokens, guarded, serving_https
from workflows.errors import InvalidInput, NotFound, Unavailable
from workflows.zeebe import Connection, Gateway, OAuth

_NOBODY = f"/v2/user-tasks/{2**51}/completion"
"""The first key of the first partition, which is no task's."""


@contextmanager
def opened(connection: Connection) -> Iterator[Gateway]:
    gateway = Gateway(connection)
    try:
        yield gateway
    finally:
        gateway.close()


@pytest.fixture
def tokens(certificate: Certificate) -> Iterator[Tokens]:
    """Who gives tokens, by TLS as OAuth wants it."""
    found = Tokens()
    with serving_https(found, certificate) as url:
        found.url = f"{url}/oauth/token"
        yield found


@pytest.fixture
def door(secure_broker: Broker, certificate: Certificate, tokens: Tokens) -> Iterator[tuple[Door, str]]:
    with guarded(secure_broker.server.address, certificate, tokens) as found:
        yield found


def through(address: str, broker: Broker, certificate: Certificate, tokens: Tokens, secret: str = SECRET) -> Connection:
    """How to come through the door; REST goes past it."""
    oauth = OAuth(CLIENT, secret, tokens.url, audience=AUDIENCE)
    return Connection(address, broker.server.rest, tls=True, authorities=certificate.authorities, oauth=oauth)


def ask(gateway: Gateway, patience: float = 60.0) -> int:
    """Ask the broker who it is; return how many partitions it has."""
    return int(gateway.call("Topology", api.TopologyRequest(), patience=patience).partitionsCount)


def test_commands_and_rest_go_by_tls(secure_broker: Broker, certificate: Certificate) -> None:
    server = secure_broker.server
    assert server.rest.startswith("https://")
    connection = Connection(server.address, server.rest, tls=True, authorities=certificate.authorities)
    with opened(connection) as gateway:
        assert ask(gateway) == 1
        with pytest.raises(NotFound):
            gateway.post(_NOBODY, {"variables": {}})


def test_a_gateway_that_nobody_vouches_for_is_not_spoken_with(secure_broker: Broker, tmp_path: Path) -> None:
    server, other = secure_broker.server, make_certificate(tmp_path)
    for authorities in (other.authorities, None):
        with opened(Connection(server.address, server.rest, tls=True, authorities=authorities)) as gateway:
            with pytest.raises(Unavailable):
                ask(gateway, patience=5.0)
            with pytest.raises(Unavailable):
                gateway.post(_NOBODY, {"variables": {}})
    with opened(Connection(server.address, server.rest)) as gateway, pytest.raises(Unavailable):
        ask(gateway, patience=5.0)


def test_one_token_is_fetched_and_shown_with_every_call(
    door: tuple[Door, str], secure_broker: Broker, certificate: Certificate, tokens: Tokens
) -> None:
    found, address = door
    with opened(through(address, secure_broker, certificate, tokens)) as gateway:
        assert [ask(gateway) for _ in range(5)] == [1] * 5
        with pytest.raises(InvalidInput, match="at least one resource"):  # what the broker itself says comes back
            gateway.call("DeployResource", api.DeployResourceRequest())
        with pytest.raises(NotFound):
            gateway.post(_NOBODY, {"variables": {}})
    assert tokens.given == ["token 1"]
    assert found.shown == ["Bearer token 1"] * 6
    (asked,) = tokens.asked
    assert (asked["grant_type"], asked["audience"]) == ("client_credentials", AUDIENCE)


def test_a_token_that_is_over_is_renewed(
    door: tuple[Door, str], secure_broker: Broker, certificate: Certificate, tokens: Tokens
) -> None:
    found, address = door
    tokens.seconds = 62  # it counts as over a minute before it is

    with opened(through(address, secure_broker, certificate, tokens)) as gateway:

        def is_renewed() -> bool:
            return ask(gateway) == 1 and len(tokens.given) > 1

        eventually(is_renewed)
    assert found.shown[0] == "Bearer token 1"
    assert found.shown[-1] == f"Bearer {tokens.given[-1]}"


def test_rest_shows_the_token_of_the_channel(
    door: tuple[Door, str], secure_broker: Broker, certificate: Certificate, tokens: Tokens
) -> None:
    connection = through(door[1], secure_broker, certificate, tokens)
    assert connection.headers() == {"authorization": "Bearer token 1"}
    with opened(connection) as gateway:
        assert ask(gateway) == 1
    assert connection.headers() == {"authorization": "Bearer token 1"}
    assert tokens.given == ["token 1"]


def test_without_a_token_the_door_stays_closed(
    door: tuple[Door, str], secure_broker: Broker, certificate: Certificate, tokens: Tokens
) -> None:
    found, address = door
    with opened(through(address, secure_broker, certificate, tokens, secret="a guess")) as gateway:
        with pytest.raises(Unavailable):
            ask(gateway)
        with pytest.raises(Unavailable, match="There is no token for Zeebe"):
            gateway.post(_NOBODY, {"variables": {}})
    without = Connection(address, secure_broker.server.rest, tls=True, authorities=certificate.authorities)
    with opened(without) as gateway, pytest.raises(Unavailable, match="show a token"):
        ask(gateway)
    assert tokens.given == []
    assert found.shown == [""]
