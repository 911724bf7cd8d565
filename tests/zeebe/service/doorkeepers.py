"""What stands before a gateway that wants tokens: who gives them, and who asks for them before anybody comes through.

The gateway of Zeebe 8.6 looks at no token by itself; Camunda's own clusters have such doorkeepers in front of it.
"""

import base64
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from werkzeug import Request, Response
from werkzeug.serving import make_server

from tests.servers.processes import free_port
from tests.servers.zeebe import Certificate

CLIENT, SECRET, AUDIENCE = "dams", "a secret of the client", "zeebe-api"


@dataclass(slots=True)
class Tokens:
    """Gives tokens for client credentials that are good for `seconds`."""

    seconds: int = 3600
    url: str = ""
    given: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        self.asked.append(request.form.to_dict())
        known = request.form.get("client_id") == CLIENT and request.form.get("client_secret") == SECRET
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if not known and request.headers.get("Authorization") != f"Basic {basic}":
            return Response('{"error": "invalid_client"}', 401, content_type="application/json")
        self.given.append(f"token {len(self.given) + 1}")
        content = f'{{"access_token": "{self.given[-1]}", "token_type": "Bearer", "expires_in": {self.seconds}}}'
        return Response(content, content_type="application/json")


class Door(grpc.GenericRpcHandler):
    """Lets calls with a token through to a gateway, and keeps what tokens came with them."""

    def __init__(self, gateway: grpc.Channel, tokens: Tokens) -> None:
        self._gateway = gateway
        self._tokens = tokens
        self.shown: list[str] = []

    def service(self, details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes]":
        shown = next((str(value) for name, value in details.invocation_metadata if name == "authorization"), "")
        self.shown.append(shown)

        def forward(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            if shown not in {f"Bearer {token}" for token in self._tokens.given}:
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "show a token")
            try:
                yield from self._gateway.unary_stream(details.method, bytes, bytes)(request)
            except grpc.RpcError as error:
                context.abort(error.code(), error.details() or "")

        return grpc.unary_stream_rpc_method_handler(forward)


@contextmanager
def serving_https(answer: Callable[[Request], Response], certificate: Certificate) -> Iterator[str]:
    """Answer requests at an address of this machine until the end of the block."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)

    def application(environ: Any, start: Any) -> Any:
        return answer(Request(environ))(environ, start)

    server = make_server("127.0.0.1", 0, application, threaded=True, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def guarded(address: str, certificate: Certificate, tokens: Tokens) -> Iterator[tuple[Door, str]]:
    """Put a door before the gateway at `address`, which speaks TLS; give its own address, which does too."""
    authorities = certificate.authorities.read_bytes()
    port = free_port()
    with (
        grpc.secure_channel(address, grpc.ssl_channel_credentials(authorities)) as channel,
        ThreadPoolExecutor() as threads,
    ):
        door = Door(channel, tokens)
        server = grpc.server(threads, handlers=[door])
        pair = certificate.key.read_bytes(), certificate.chain.read_bytes()
        server.add_secure_port(f"127.0.0.1:{port}", grpc.ssl_server_credentials([pair]))
        server.start()
        try:
            yield door, f"127.0.0.1:{port}"
        finally:
            server.stop(None).wait()
