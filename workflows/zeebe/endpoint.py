"""The address to which the broker sends its records, instead of to Elasticsearch.

Zeebe 8.6 can't be asked what its instances do, but it exports every record. Its Elasticsearch exporter is pointed at
this endpoint, which speaks as much of that API as the exporter needs: `_bulk`, and a nod to whatever it sets up first.
A batch is acknowledged once it is committed; what is not is sent again by the broker, so nothing is lost or doubled.

One process listens at a time, since a partition's records are taken in order. Others that are told to try again and
again, and one of them goes on when it ends.
"""

import gzip
import hmac
import json
import logging
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from workflows.errors import Unavailable
from workflows.zeebe.records import Record, read_bulk

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 1.0
_LARGEST = 100 * 1024 * 1024
"""The exporter sends ten megabytes at once, unless it is told to send more."""


class RecordsEndpoint:
    """Listens at HOST:PORT for whoever knows the password, and hands batches to `write`, one after the other."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        username: str,
        password: str,
        write: Callable[[Iterable[Record]], None],
    ) -> None:
        self._address = (host, port)
        self._expected = "Basic " + b64encode(f"{username}:{password}".encode()).decode()
        self._write = write
        self._one_at_a_time = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="zeebe-records", daemon=True)

    def start(self) -> None:
        """Begin to listen, as soon as no other process does."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more, and return when what was taken is written."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def take(self, authorization: str, content: bytes) -> HTTPStatus:
        """Write a batch; return the status to answer with."""
        if not hmac.compare_digest(authorization.encode(), self._expected.encode()):
            return HTTPStatus.UNAUTHORIZED
        if self._stopping.is_set():
            return HTTPStatus.SERVICE_UNAVAILABLE
        try:
            with self._one_at_a_time:
                self._write(read_bulk(content))
        except Unavailable as error:
            _log.warning("Records of Zeebe can't be written now, and will come again: %s", error)
            return HTTPStatus.SERVICE_UNAVAILABLE
        except Exception:  # noqa: BLE001 - reported; the broker sends them again until they can be written
            _log.exception("Records of Zeebe could not be written, and will come again")
            return HTTPStatus.INTERNAL_SERVER_ERROR
        return HTTPStatus.OK

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                server = _Server(self._address, self)
            except OSError:  # another process listens
                self._stopping.wait(_RETRY_SECONDS)
                continue
            with server:
                serving = threading.Thread(target=server.serve_forever, args=(0.05,), name="zeebe-records-http")
                serving.start()
                self._stopping.wait()
                server.shutdown()
                serving.join()


class _Server(ThreadingHTTPServer):
    """An HTTP server whose connections end with it."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], endpoint: RecordsEndpoint) -> None:
        self.endpoint = endpoint
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    """One connection of an exporter, which stays open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    """An answer is sent in one piece: two would wait for each other."""

    server: _Server

    def do_POST(self) -> None:
        """Take a batch, or agree to anything else: there is nothing to set up."""
        content = self._content()
        if content is None:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        elif self.path.split("?")[0] == "/_bulk":
            self._answer(self.server.endpoint.take(self.headers.get("Authorization", ""), content))
        else:
            self._answer(HTTPStatus.OK)

    do_PUT = do_GET = do_HEAD = do_POST  # noqa: N815 - names of the base class

    def _content(self) -> bytes | None:
        """Read what a request carries; None if that is too much."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            content = self._chunks()
        else:
            size = int(self.headers.get("Content-Length", "0"))
            content = self.rfile.read(size) if size <= _LARGEST else None
        if content is None:
            self.close_connection = True
        elif self.headers.get("Content-Encoding") == "gzip":
            return gzip.decompress(content)
        return content

    def _chunks(self) -> bytes | None:
        """Read pieces, each behind a line with its size in hexadecimal digits, until an empty one."""
        content = bytearray()
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            if len(content) + size > _LARGEST:
                return None
            content += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():  # headers may follow the last one
            pass
        return bytes(content)

    def _answer(self, status: HTTPStatus) -> None:
        self.close_connection |= status is HTTPStatus.SERVICE_UNAVAILABLE
        content = json.dumps({"acknowledged": status is HTTPStatus.OK, "errors": False, "items": []}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing of each request."""
