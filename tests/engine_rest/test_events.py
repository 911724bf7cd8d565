"""Messages, signals, incidents and jobs over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.program import Program
from tests.house import House
from workflows.engine import InstanceQuery, InstanceState, Resource
from workflows.values import Variables

LETTERS = Path(__file__).parent / "diagrams" / "letters.bpmn"
ANSWER = "letter_answered"
RUNNING = (InstanceState.ACTIVE, InstanceState.SUSPENDED)


@pytest.fixture
def post(house: House) -> Iterator[House]:
    """A service whose processes wait for letters; none is left at the end."""
    house.engine.deploy([Resource(LETTERS.name, LETTERS.read_bytes())])
    yield house
    for process_id in ("Letters", "Opened"):
        for instance in house.engine.instances(InstanceQuery(process_id=process_id, states=RUNNING)):
            house.engine.cancel(instance.id)


def start(house: House, key: str, **variables: Any) -> str:
    return house.engine.start("Letters", variables, business_key=key).id


def send(program: Program, **members: Any) -> TestResponse:
    return program.post("/engine-rest/message", {"messageName": ANSWER, **members})


def got(house: House, *instances: str) -> list[Variables]:
    return [house.engine.variables(each) for each in instances]


def test_a_message_goes_to_the_one_that_is_described(post: House, program: Program) -> None:
    first, second = start(post, "A", n=1), start(post, "B", n=2)
    answer = send(program, businessKey="B", processVariables={"said": {"value": "yes"}})
    assert (answer.status_code, answer.data) == (204, b"")
    assert got(post, first, second) == [{"n": 1}, {"n": 2, "said": "yes"}]
    third = start(post, "C", n=3)
    told = send(program, correlationKeys={"n": {"value": 3, "type": "Integer"}}, resultEnabled=True).get_json()
    execution = {"id": third, "processInstanceId": third, "ended": False, "tenantId": None}
    assert told == [{"resultType": "Execution", "execution": execution, "processInstance": None}]
    told = send(program, processInstanceId=first, resultEnabled=True, variablesInResultEnabled=True).get_json()
    assert told[0]["variables"]["n"]["value"] == 1


def test_a_message_goes_to_all_that_are_described(post: House, program: Program) -> None:
    instances = [start(post, key, n=1) for key in ("A", "B")]
    refused = send(program)
    assert refused.status_code == 400
    assert refused.get_json()["type"] == "MismatchingMessageCorrelationException"
    assert "2 executions" in refused.get_json()["message"]
    assert len(send(program, all=True, resultEnabled=True, processVariables={"n": {"value": 5}}).get_json()) == 2
    assert got(post, *instances) == [{"n": 5}, {"n": 5}]
    assert send(program, all=True).status_code == 400


def test_a_message_starts_an_instance(post: House, program: Program) -> None:
    (told,) = send(program, messageName="letter_opened", businessKey="O-1", resultEnabled=True).get_json()
    assert (told["resultType"], told["execution"]) == ("ProcessDefinition", None)
    instance = post.engine.instance(told["processInstance"]["id"])
    assert (instance.process_id, instance.business_key) == ("Opened", "O-1")


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"messageName": None}, "No message name supplied"),
        ({"messageName": "nothing waits"}, "Cannot correlate message 'nothing waits'"),
        ({"businessKey": "unknown"}, "Cannot correlate message"),
        ({"processInstanceId": "unknown"}, "Cannot correlate message"),
        ({"correlationKeys": {"n": {"value": 99}}}, "Cannot correlate message"),
        ({"correlationKeys": {"n": 99}}, "The variable 'n' must be an object"),
        ({"processVariables": []}, "processVariables must be an object"),
        ({"tenantId": "t"}, "There are no tenants here"),
        ({"all": "perhaps"}, "Cannot set parameter 'all'"),
    ],
)
def test_messages_for_nobody_are_refused(post: House, program: Program, members: dict[str, Any], sentence: str) -> None:
    instance = start(post, "A", n=1)
    refused = send(program, **members)
    assert refused.status_code == 400
    assert sentence in refused.get_json()["message"]
    assert got(post, instance) == [{"n": 1}]


def test_a_signal_goes_to_everybody(post: House, program: Program) -> None:
    instances = [start(post, key) for key in ("A", "B")]
    send(program, all=True)
    body = {"name": "letter_bell", "variables": {"rung": {"value": True, "type": "boolean"}}}
    assert program.post("/engine-rest/signal", body).status_code == 204
    assert [post.engine.instance(each).state for each in instances] == [InstanceState.COMPLETED] * 2
    assert got(post, *instances) == [{"rung": True}] * 2
    assert program.post("/engine-rest/signal", {}).status_code == 400
    assert program.post("/engine-rest/signal", {"name": "x", "executionId": "y"}).status_code == 400


def test_incidents_are_listed_and_resolved(errands: House, program: Program) -> None:
    instance_id = errands.engine.start("Errand", {"priority": "no number"}).id
    (incident,) = program.get("/engine-rest/incident", processInstanceId=instance_id).get_json()
    assert incident["activityId"] == "run"
    assert incident["processInstanceId"] == instance_id
    at = f"/engine-rest/incident/{incident['id']}"
    assert program.get(at).get_json() == incident
    assert program.get("/engine-rest/incident/count", processInstanceId=instance_id).get_json() == {"count": 1}
    assert program.get("/engine-rest/incident", incidentType="other", processInstanceId=instance_id).get_json() == []
    errands.engine.set_variables(instance_id, {"priority": 3})
    assert program.delete(at).status_code == 204
    assert program.get(at).status_code == program.get("/engine-rest/incident/x").status_code == 404
    assert program.delete(at).status_code == 400
    assert program.get("/engine-rest/incident", tenantIdIn="t").status_code == 400


def test_jobs_are_what_the_engine_does_itself(errands: House, program: Program) -> None:
    errands.engine.start("Errand", {"priority": 0})
    assert program.get("/engine-rest/job", sortBy="jobDueDate", sortOrder="desc", firstResult=0).get_json() == []
    assert program.get("/engine-rest/job/count", withException="true").get_json() == {"count": 0}
    assert program.post("/engine-rest/job", {}).get_json() == []
    assert program.get("/engine-rest/job/unknown").status_code == 404
    put = program.client.put("/engine-rest/job/a:1/retries", json={"retries": 1}, headers=program.headers)
    assert put.status_code == 404
    assert program.client.put("/engine-rest/job/a:1/retries", json={}, headers=program.headers).status_code == 400
