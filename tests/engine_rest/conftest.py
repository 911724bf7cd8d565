"""A program that speaks Camunda's REST with the service, and a process whose work others do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.clinic.models import Scope
from tests.api.conftest import program_of
from tests.api.program import Program
from tests.house import House
from workflows.engine import InstanceQuery, InstanceState, Resource

ERRAND = Path(__file__).parent / "diagrams" / "errand.bpmn"


@pytest.fixture
def program(house: House) -> Program:
    """A program that acts for the administrator, with every scope."""
    return program_of(house, "admin", *Scope)


@pytest.fixture
def errands(house: House) -> Iterator[House]:
    """A service with the process of errands, whose topic nobody here serves; none is left at the end."""
    house.engine.deploy([Resource(ERRAND.name, ERRAND.read_bytes())])
    yield house
    running = (InstanceState.ACTIVE, InstanceState.SUSPENDED)
    for instance in house.engine.instances(InstanceQuery(process_id="Errand", states=running)):
        house.engine.cancel(instance.id)
