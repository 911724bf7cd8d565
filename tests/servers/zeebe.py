"""A real Zeebe broker (Camunda 8) for tests, with its gateway."""

import json
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.servers.processes import ServerProcess, free_port, running
from tests.servers.programs import ZEEBE, installed, java_home

_HOST = "127.0.0.1"
_JAVA = "-Xms256m -Xmx640m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"  # it lives for minutes, on a busy machine
_EXPORTER = "ZEEBE_BROKER_EXPORTERS_RECORDS_"


@dataclass(frozen=True, slots=True)
class Records:
    """Where a broker sends its records, and after how many at the latest; one, so that each is sent at once."""

    url: str
    username: str
    password: str
    batch: int = 1


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server shows of itself and the key to it, as PEM files, and who vouches for it."""

    chain: Path
    key: Path
    authorities: Path


@dataclass(frozen=True, slots=True)
class ZeebeServer:
    """A running broker: the address of its gRPC API, the URLs of its REST API and of its management."""

    address: str
    rest: str
    management: str
    process: ServerProcess

    def crash(self, pause: float = 0.0) -> None:
        """Kill the broker, wait `pause` seconds, and start it again on the same data."""
        self.process.crash(pause)

    def pass_time(self, span: timedelta) -> None:
        """Put the broker's clock forward."""
        content = json.dumps({"offsetMilli": int(span.total_seconds() * 1000)}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.management}/actuator/clock/add", content, headers)  # noqa: S310
        urllib.request.urlopen(request).close()  # noqa: S310 - an address of this machine


@contextmanager
def running_zeebe(
    folder: Path,
    records: Records | None = None,
    *,
    port: int | None = None,
    rest_port: int | None = None,
    certificate: Certificate | None = None,
) -> Iterator[ZeebeServer]:
    """Run a broker with its data in `folder` until the end of the block; `ServerMissingError` if there is none.

    With a certificate its APIs speak TLS only.
    """
    program = installed(ZEEBE) / "bin" / "broker"
    grpc, rest = port or free_port(), rest_port or free_port()
    command, internal, management = (free_port() for _ in range(3))
    server = ZeebeServer(
        f"{_HOST}:{grpc}",
        f"{'http' if certificate is None else 'https'}://{_HOST}:{rest}",
        f"http://{_HOST}:{management}",
        ServerProcess([program], folder / "zeebe.log", lambda: _is_ready(f"http://{_HOST}:{management}")),
    )
    server.process.environment = {
        "JAVA_HOME": str(java_home()),
        "JAVA_OPTS": _JAVA,
        "ZEEBE_BROKER_BACKPRESSURE_ENABLED": "false",  # it would refuse a third of the commands on two cores
        "ZEEBE_BROKER_DATA_DIRECTORY": str(folder.resolve() / "data"),
        "ZEEBE_BROKER_NETWORK_HOST": _HOST,
        "ZEEBE_BROKER_NETWORK_COMMANDAPI_PORT": str(command),
        "ZEEBE_BROKER_NETWORK_INTERNALAPI_PORT": str(internal),
        "ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS": f"{_HOST}:{internal}",
        "ZEEBE_BROKER_GATEWAY_NETWORK_HOST": _HOST,
        "ZEEBE_BROKER_GATEWAY_NETWORK_PORT": str(grpc),
        "ZEEBE_BROKER_GATEWAY_CLUSTER_INITIALCONTACTPOINTS": f"{_HOST}:{internal}",
        "ZEEBE_BROKER_EXPERIMENTAL_ENGINE_MESSAGES_TTLCHECKERINTERVAL": "1s",
        "ZEEBE_CLOCK_CONTROLLED": "true",
        "SERVER_ADDRESS": _HOST,
        "SERVER_PORT": str(rest),
        "MANAGEMENT_SERVER_ADDRESS": _HOST,
        "MANAGEMENT_SERVER_PORT": str(management),
        **(_exporter(records) if records else {}),
        **(_tls(certificate) if certificate else {}),
    }
    with running(server.process):
        yield server


def _exporter(records: Records) -> Mapping[str, str]:
    return {
        f"{_EXPORTER}CLASSNAME": "io.camunda.zeebe.exporter.ElasticsearchExporter",
        f"{_EXPORTER}ARGS_URL": records.url,
        f"{_EXPORTER}ARGS_AUTHENTICATION_USERNAME": records.username,
        f"{_EXPORTER}ARGS_AUTHENTICATION_PASSWORD": records.password,
        f"{_EXPORTER}ARGS_BULK_SIZE": str(records.batch),
        f"{_EXPORTER}ARGS_BULK_DELAY": "1",
        f"{_EXPORTER}ARGS_INDEX_CREATETEMPLATE": "false",
    }


def _tls(certificate: Certificate) -> Mapping[str, str]:
    gateway = "ZEEBE_BROKER_GATEWAY_SECURITY_"
    return {
        f"{gateway}ENABLED": "true",
        f"{gateway}CERTIFICATECHAINPATH": str(certificate.chain),
        f"{gateway}PRIVATEKEYPATH": str(certificate.key),
        "SERVER_SSL_ENABLED": "true",
        "SERVER_SSL_CERTIFICATE": str(certificate.chain),
        "SERVER_SSL_CERTIFICATEPRIVATEKEY": str(certificate.key),
        "MANAGEMENT_SERVER_SSL_ENABLED": "false",
    }


def _is_ready(management: str) -> bool:
    """Whether the broker's partition has a leader, which comes last."""
    with urllib.request.urlopen(f"{management}/actuator/health/readiness", timeout=5) as answer:  # noqa: S310
        return bool(json.load(answer)["status"] == "UP")
