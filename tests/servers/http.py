"""A WSGI application over HTTP, in a thread of the tests."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wsgi import get_input_stream

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 -- werkzeug's own name
        """Keep the output of the tests free of requests."""


@contextmanager
def serving() -> Iterator[tuple[str, Callable[["WSGIApplication"], None]]]:
    """Serve at a free port of this machine until the end of the block.

    Return the URL, and what takes the application: it may have to know the URL first.
    """
    served: list[WSGIApplication] = []

    def application(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        environ["wsgi.input"] = BytesIO(get_input_stream(environ).read())  # all of it first, as in production
        return served[-1](environ, start_response)

    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, name="served by tests", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", served.append
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
