"""Clients of Camunda's REST: a program with a bearer token, and an address for those that bring their own HTTP."""

from collections.abc import Iterator

import pytest

from app.clinic.models import Scope
from tests.api.conftest import program_of
from tests.api.engine_rest.diagrams import FORM
from tests.api.program import Program
from tests.house import House
from tests.servers.http import serving
from workflows.engine import Resource


@pytest.fixture(scope="module")
def client(house: House) -> Program:
    """A client that acts for the administrator."""
    return program_of(house, "admin", Scope.READ_PROCESSES, Scope.RUN_PROCESSES)


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    """Where the service answers over connections."""
    with serving() as (address, serve):
        serve(house.app)
        yield address


@pytest.fixture(scope="module")
def asked(house: House) -> str:
    """The id of the definition of the process `asked`."""
    deployment = house.engine.deploy([Resource("asked.bpmn", FORM)], name="asked")
    return deployment.definitions[0].id
