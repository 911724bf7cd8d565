"""Clients of Camunda's REST: a program with a bearer token, and an address for those that bring their own HTTP."""

from collections.abc import Iterable, Iterator
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server
from werkzeug.wsgi import get_input_stream

from app.clinic.models import Scope
from tests.api.conftest import program_of
from tests.api.engine_rest.diagrams import FORM
from tests.api.program import Program
from tests.house import House
from workflows.engine import Resource

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@pytest.fixture(scope="module")
def client(house: House) -> Program:
    """A client that acts for the administrator."""
    return program_of(house, "admin", Scope.READ_PROCESSES, Scope.RUN_PROCESSES)


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    """Where the service answers over connections."""

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Werkzeug's server, unlike others, gives a body without an end."""
        return house.app({**environ, "wsgi.input": get_input_stream(environ)}, start_response)

    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def asked(house: House) -> str:
    """The id of the definition of the process `asked`."""
    deployment = house.engine.deploy([Resource("asked.bpmn", FORM)], name="asked")
    return deployment.definitions[0].id
