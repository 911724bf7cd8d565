"""Requests nobody thought of, made from the API's own description: `python -m tests.api.fuzz` sends many of them.

Every operation is called with what its description allows and with what it does not, as each role and as nobody. An
answer has to be described: its status, its type, its headers and its schema; and none may be an error of the server.
Ids and other values are often those of things that are there, so that requests come further than to a 404.
"""

import sys
import time
import warnings
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from requests.structures import CaseInsensitiveDict
from schemathesis import APIOperation, Case, GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from app.application import create_app
from app.clinic import slots, tokens
from app.clinic.models import (
    Appointment,
    AvailabilityException,
    Diagnosis,
    Doctor,
    LaboratoryRequest,
    Login,
    Notice,
    WeeklyBreak,
    WeeklyHours,
)
from app.web import WebConfig
from tests.api.conftest import token_of
from tests.house import Clock, House, running_house, write_template
from workflows.engine import InstanceQuery, TaskQuery

DOCUMENT = "/api/v1/openapi.json"
CALLERS: tuple[str | None, ...] = ("admin", "amara.okafor", "ana.kovac", None)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@dataclass(slots=True)
class Findings:
    """What came of a run: how the requests were answered, how many of whom called what, and what was wrong, once for
    each operation and fault."""

    statuses: Counter[int] = field(default_factory=Counter)
    callers: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self.statuses.total()

    def add(self, other: "Findings") -> None:
        """Take in what came of another run."""
        self.statuses += other.statuses
        self.callers += other.callers
        self.operations += other.operations
        self.wrong |= other.wrong


class Fuzzer:
    """Sends requests to a house, in whose database they may change whatever they can."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.seed, self.findings = house, seed, Findings()
        config = WebConfig("a secret of the tests", rate_limits=False, patience=timedelta(seconds=1))
        self.schema = openapi.from_wsgi(DOCUMENT, create_app(house.services, config))

    def send_as(self, username: str | None, examples: int) -> None:
        """Call each operation this many times in each mode, as somebody or as nobody."""
        headers = {} if username is None else {"Authorization": f"Bearer {self._token(username)}"}
        for result in self.schema.get_all_operations():
            assert isinstance(result, Ok), result
            known = known_values(self.house)
            for mode in MODES:
                sent = self.findings.requests
                self._send(result.ok(), mode, known, headers, examples)
                self.findings.callers[username or "nobody"] += self.findings.requests - sent

    def _token(self, username: str) -> str:
        with self.house.services.database.read() as session:
            role = session.scalars(select(Login).where(Login.username == username)).one().role
        return token_of(self.house, username, *tokens.scopes_for(role))

    def _send(
        self,
        operation: APIOperation[Any, Any, Any, Any],
        mode: GenerationMode,
        known: Mapping[str, list[str]],
        headers: Mapping[str, str],
        examples: int,
    ) -> None:
        @seeded(self.seed)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(data=st.data())
        def send(data: st.DataObject) -> None:
            case: Case[Any] = data.draw(operation.as_strategy(generation_mode=mode))
            _fill_in(case, data, known)
            case.headers = CaseInsensitiveDict([*(case.headers or {}).items(), *headers.items()])
            self._check(case)

        with warnings.catch_warnings(), suppress(Unsatisfiable):  # there may be nothing to get wrong
            warnings.simplefilter("ignore")  # they are about how Schemathesis draws
            send()

    def _check(self, case: Case[Any]) -> None:
        response = case.call()
        self.findings.statuses[response.status_code] += 1
        self.findings.operations[case.operation.label] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except (FailureGroup, Failure) as error:
            faults = error.exceptions if isinstance(error, FailureGroup) else [error]
            for fault in faults:
                place = f"{case.operation.label}: {fault}"[:300]
                self.findings.wrong.setdefault(place, f"{case.as_curl_command()}\n{response.text[:500]}")


_KEYS: Mapping[str, InstrumentedAttribute[Any]] = {
    "docid": Doctor.docid,
    "specialization": Doctor.specialization,
    "ticketid": Appointment.ticketid,
    "patientid": Appointment.patientid,
    "diagnosis_id": Diagnosis.id,
    "request_id": LaboratoryRequest.id,
    "notice_id": Notice.id,
    "hours_id": WeeklyHours.id,
    "break_id": WeeklyBreak.id,
    "leave_id": AvailabilityException.id,
    "holiday_id": AvailabilityException.id,
}


def known_values(house: House) -> dict[str, list[str]]:
    """Return ids and other values of things that are there, by the names of parameters and fields."""
    now, zone, engine = house.clock.now, house.services.zone, house.engine
    with house.services.database.read() as session:
        found = {
            name: sorted({str(value) for value in session.scalars(select(key))})[:8] for name, key in _KEYS.items()
        }
        free = slots.free_slots(session, docid=found["docid"][0], now=now, zone=zone)
    found["starts_at"] = [slot.starts_at.isoformat() for slot in free[:8]]
    found["instance_id"] = [instance.id for instance in engine.instances(InstanceQuery(limit=8))]
    found["task_id"] = [task.id for task in engine.tasks(TaskQuery(limit=8))]
    definitions = engine.definitions()
    found["definition_id"] = [definition.id for definition in definitions]
    found["process_id"] = [definition.process_id for definition in definitions]
    return {name: values for name, values in found.items() if values}


def _fill_in(case: Case[Any], data: st.DataObject, known: Mapping[str, list[str]]) -> None:
    """Put known values into a request, mostly."""
    for values in (case.path_parameters, case.query, case.body):
        if isinstance(values, dict):
            for name in sorted(values.keys() & known.keys()):
                if data.draw(st.integers(0, 3)):
                    value = data.draw(st.sampled_from(known[name]))
                    values[name] = int(value) if isinstance(values[name], int) and value.isdigit() else value


def run(house: House, examples: int, seed: int) -> Findings:
    """Call every operation as everybody; return what came of it."""
    fuzzer = Fuzzer(house, seed)
    for username in CALLERS:
        fuzzer.send_as(username, examples if username else 1)  # who has no token comes nowhere
    return fuzzer.findings


def main() -> int:
    """Send at least as many requests as were asked for, and print what came of them."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    begun = time.monotonic()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "dams.db"
        write_template(path)
        findings, seed = Findings(), asked.seed
        with running_house(path, Clock()) as house:
            while findings.requests < asked.requests:
                found = run(house, 10, seed)
                findings.add(found)
                seed += 1
                print(findings.requests, dict(sorted(findings.statuses.items())))  # noqa: T201
                for place, example in found.wrong.items():
                    print(f"\n{place}\n{example}", flush=True)  # noqa: T201
    minutes, called = (time.monotonic() - begun) / 60, len(findings.operations)
    print(f"{findings.requests} requests to {called} operations in {minutes:.0f} minutes: {dict(findings.callers)}")  # noqa: T201
    print(f"{len(findings.wrong)} faults")  # noqa: T201
    return 1 if findings.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
