"""Clients of Camunda's REST, with a token as bearer token."""

import pytest

from app.clinic.models import Scope
from tests.api.conftest import program_of
from tests.api.program import Program
from tests.house import House


@pytest.fixture(scope="module")
def client(house: House) -> Program:
    """A client that acts for the administrator."""
    return program_of(house, "admin", Scope.READ_PROCESSES, Scope.RUN_PROCESSES)
