"""Processes for programs: started, read, listed, cancelled, told messages, and forgotten."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.clinic.models import Scope
from tests.api.conftest import program_of
from tests.api.program import Program
from tests.house import House
from workflows.engine import Resource

INSTANCES = "/api/v1/process-instances"
FILE = Path(__file__).parents[1] / "airflow" / "diagrams" / "processes.bpmn"


@pytest.fixture(scope="module", autouse=True)
def deployed(house: House) -> None:
    """Processes that end at once, ask, break and listen; and one that only doctors may start."""
    doctors = FILE.read_bytes().replace(
        b'id="airflow_quick"', b'id="for_doctors" camunda:candidateStarterGroups="doctor"'
    )
    house.engine.deploy([Resource(FILE.name, FILE.read_bytes())])
    house.engine.deploy([Resource("doctors.bpmn", doctors.replace(b'id="airflow_', b'id="other_'))])


def start(program: Program, process_id: str, **body: Any) -> dict[str, Any]:
    """Start an instance; return it as it is answered."""
    answer = program.post(INSTANCES, {"process_id": process_id, **body})
    assert answer.status_code == 201, answer.text
    assert answer.json is not None
    assert answer.headers["Location"] == f"{INSTANCES}/{answer.json['id']}"
    return dict(answer.json)


def read(program: Program, instance_id: str) -> dict[str, Any]:
    """Return an instance."""
    answer = program.get(f"{INSTANCES}/{instance_id}")
    assert answer.status_code == 200
    assert answer.json is not None
    return dict(answer.json)


def test_an_instance_gives_its_variables(house: House, program: Program) -> None:
    instance = start(program, "airflow_quick", business_key="T-1", variables={"amount": 21})
    assert (instance["state"], instance["business_key"]) == ("completed", "T-1")
    assert instance["started_by"] == house.login_id("admin")
    assert read(program, instance["id"])["variables"] == {"amount": 21, "doubled": 42}


def test_an_instance_tells_whom_it_waits_for_and_where_they_do_it(house: House, program: Program) -> None:
    instance = read(program, start(program, "airflow_asks")["id"])
    (task,) = instance["tasks"]
    assert (task["name"], task["candidate_groups"]) == ("Approve the night", ["administrator"])
    page = house.visitor("admin").open(task["link"].removeprefix("http://localhost"))
    assert page.heading == "Approve the night"


def test_an_instance_tells_what_went_wrong(program: Program) -> None:
    instance = read(program, start(program, "airflow_breaks", variables={"amount": 1})["id"])
    assert (instance["state"], instance["incidents"]) == ("active", 1)
    assert "no condition holds behind gateway choose" in instance["open_incidents"][0]["message"]


def test_instances_are_found_by_process_key_and_state(house: House, program: Program) -> None:
    house.clock.advance(minutes=1)
    first = start(program, "airflow_asks", business_key="night 1")
    house.clock.advance(minutes=1)
    second = start(program, "airflow_asks", business_key="night 2")

    def found(**query: str | int) -> list[str]:
        answer = program.get(INSTANCES, process_id="airflow_asks", **query)
        assert answer.json is not None
        return [instance["id"] for instance in answer.json["items"]]

    assert found()[:2] == [second["id"], first["id"]]
    assert found(limit=1) == [second["id"]]
    assert found(business_key="night 1") == [first["id"]]
    assert found(state="completed") == []


@pytest.mark.parametrize("query", [{"state": "asleep"}, {"limit": 0}, {"limit": 1001}, {"order": "newest"}])
def test_a_search_that_makes_no_sense_is_refused(program: Program, query: dict[str, str | int]) -> None:
    assert program.get(INSTANCES, **query).status_code == 422


def test_an_instance_is_cancelled_once(house: House, program: Program) -> None:
    instance = start(program, "airflow_asks")
    address = f"{INSTANCES}/{instance['id']}"
    assert program.delete(address, reason="not tonight").status_code == 204
    assert read(program, instance["id"])["state"] == "cancelled"
    assert house.engine.operations(instance["id"])[-1].reason == "not tonight"
    assert program.delete(address).status_code == 409


def test_an_unknown_process_or_one_for_others_is_not_started(program: Program) -> None:
    assert program.post(INSTANCES, {"process_id": "nothing"}).status_code == 404
    assert program.post(INSTANCES, {"process_id": "for_doctors"}).status_code == 403


def test_a_message_finds_its_instance_or_is_kept(program: Program) -> None:
    listening = start(program, "airflow_listens", business_key="T-7")
    told = program.post(
        "/api/v1/messages", {"name": "airflow_tells", "correlation_key": "T-7", "variables": {"said": "hello"}}
    )
    assert (told.status_code, told.json and told.json["instance_id"]) == (200, listening["id"])
    assert read(program, listening["id"])["variables"] == {"said": "hello"}
    body = {"name": "airflow_tells", "correlation_key": "T-8", "time_to_live": 60, "message_id": "m-1"}
    for _ in range(2):
        kept = program.post("/api/v1/messages", body)
        assert kept.json == {"message_id": "m-1", "instance_id": None}
    later = start(program, "airflow_listens", business_key="T-8")
    assert read(program, later["id"])["state"] == "completed"


def test_definitions_and_doctors_are_listed(program: Program) -> None:
    definitions = program.get("/api/v1/process-definitions").json
    assert definitions is not None
    assert "airflow_quick" in {each["process_id"] for each in definitions["items"]}
    doctors = program.get("/api/v1/doctors").json
    assert doctors is not None
    assert {"docid", "name", "specialization"} == set(doctors["items"][0])


def test_history_that_was_kept_long_enough_is_removed(house: House, program: Program) -> None:
    brief = FILE.read_bytes().replace(b'id="airflow_quick"', b'id="brief" camunda:historyTimeToLive="1"')
    house.engine.deploy([Resource("brief.bpmn", brief.replace(b'id="airflow_', b'id="brief_'))])
    ended = start(program, "brief", variables={"amount": 1})
    assert program.post("/api/v1/history/prune").json == {"removed": 0}
    now = house.clock.now
    house.clock.now = now + timedelta(days=2)
    assert program.post("/api/v1/history/prune").json == {"removed": 1}
    house.clock.now = now
    assert program.get(f"{INSTANCES}/{ended['id']}").status_code == 404


def test_the_openapi_document_names_every_address(house: House) -> None:
    document = house.app.test_client().get("/api/v1/openapi.json").json
    assert document is not None
    assert document["openapi"].startswith("3.1")
    paths = {path for path in document["paths"] if path.startswith("/api/v1/")}
    assert {INSTANCES, f"{INSTANCES}/{{instance_id}}", "/api/v1/messages"} <= paths
    served = {rule.rule for rule in house.app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")}
    assert len(paths) == len(served) - 1  # all but the document itself


def test_reading_is_not_running(house: House) -> None:
    program = program_of(house, "admin", Scope.READ_PROCESSES)
    before = house.engine.instances()
    assert program.post(INSTANCES, {"process_id": "airflow_quick"}).status_code == 403
    assert house.engine.instances() == before
