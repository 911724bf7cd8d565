"""Clients of Camunda 8's REST, and a process whose work others do."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.clinic.models import Scope
from tests.api.conftest import program_of
from tests.api.program import Program
from tests.house import House
from workflows.engine import InstanceQuery, InstanceState, Resource

PARCEL = (Path(__file__).parent / "parcel.bpmn").read_bytes()
"""A worker packs a parcel, a person hands it over, and a message says that it has arrived."""


class Client(Program):
    """A program that knows the shape of `/v2`."""

    def deploy(self, **files: bytes) -> TestResponse:
        """Send files, whose names are given without the ending `.bpmn`, as the Modeler does."""
        parts = [(io.BytesIO(content), f"{name}.bpmn", "application/octet-stream") for name, content in files.items()]
        form = {"resources": parts, "tenantId": "<default>"}
        return self.client.post("/v2/deployments", data=form, headers=self.headers)

    def found(self, what: str, sort: str = "", **criteria: Any) -> list[dict[str, Any]]:
        """Search; return the items."""
        order = [{"field": sort, "order": "DESC"}] if sort else []
        answer = self.post(f"/v2/{what}/search", {"filter": criteria, "sort": order, "page": {"limit": 50}})
        assert answer.status_code == 200, answer.text
        body = answer.get_json()
        assert body["page"]["totalItems"] == len(body["items"])
        items: list[dict[str, Any]] = body["items"]
        return items

    def activate(self, kind: str = "parcel", **members: Any) -> list[dict[str, Any]]:
        """Take jobs."""
        body = {"type": kind, "worker": "tests", "timeout": 60_000, "maxJobsToActivate": 5, "requestTimeout": -1}
        answer = self.post("/v2/jobs/activation", {**body, **members})
        assert answer.status_code == 200, answer.text
        jobs: list[dict[str, Any]] = answer.get_json()["jobs"]
        return jobs


@pytest.fixture(scope="module")
def client(house: House) -> Client:
    """A client that acts for the administrator."""
    token = program_of(house, "admin", Scope.READ_PROCESSES, Scope.RUN_PROCESSES).headers["Authorization"]
    return Client(house.app, token.partition(" ")[2])


@pytest.fixture
def parcels(house: House) -> Iterator[str]:
    """The key of the definition of parcels, whose jobs nobody here serves; no instance is left at the end."""
    deployment = house.engine.deploy([Resource("parcel.bpmn", PARCEL)])
    yield deployment.definitions[0].id
    running = (InstanceState.ACTIVE, InstanceState.SUSPENDED)
    for instance in house.engine.instances(InstanceQuery(process_id="Parcel", states=running)):
        house.engine.cancel(instance.id)
