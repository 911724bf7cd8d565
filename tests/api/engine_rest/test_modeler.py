"""The Modeler's two buttons, Deploy and Start, as it presses them: over a connection, in both dialects."""

from urllib.parse import urlsplit

import pytest

from app.clinic import audit
from app.clinic.models import Scope
from tests.api.conftest import token_of
from tests.api.engine_rest.diagrams import REVIEW
from tests.api.engine_rest.modeler import Modeler
from tests.house import House


@pytest.fixture(scope="module")
def modeler(house: House, address: str) -> Modeler:
    """A Modeler that was given the address of the service, and a token as password."""
    token, place = token_of(house, "admin", Scope.READ_PROCESSES, Scope.RUN_PROCESSES), urlsplit(address)
    return Modeler(place.hostname or "", place.port or 0, "admin", token)


def drawn(dialect: str, process_id: str, name: str = "Review") -> bytes:
    content = REVIEW[dialect].replace(b'id="review"', f'id="{process_id}"'.encode())
    return content.replace(b'bpmnElement="review"', f'bpmnElement="{process_id}"'.encode()).replace(
        b'name="Review"', f'name="{name}"'.encode()
    )


def test_an_address_without_credentials_makes_the_modeler_ask_for_them(modeler: Modeler) -> None:
    stranger = Modeler(modeler.host, modeler.port)
    assert stranger.get("/engine-rest/deployment?maxResults=0").status == 401
    known = modeler.get("/engine-rest/deployment?maxResults=0")
    assert (known.status, known.body, known.content_type) == (200, [], "application/json")
    assert modeler.get("/engine-rest/version").body == {"version": "7.24.0"}
    assert stranger.get("/.well-known/camunda-automation-platform/webapps").body["cockpitUrl"].startswith("http")


@pytest.mark.parametrize("dialect", ["camunda7", "camunda8"])
def test_a_diagram_is_deployed_started_and_found_unchanged(house: House, modeler: Modeler, dialect: str) -> None:
    process_id = f"drawn_{dialect}"
    content = drawn(dialect, process_id)
    deployed = modeler.deploy("drawn", {"drawn.bpmn": content})
    assert (deployed.status, deployed.content_type) == (200, "application/json")
    assert {"links", "id", "name", "source", "deploymentTime", "tenantId"} < deployed.body.keys()
    (definition,) = deployed.body["deployedProcessDefinitions"].values()
    assert (definition["key"], definition["version"]) == (process_id, 1)
    assert house.engine.diagram(definition["id"]).content == content
    started = modeler.start(definition["id"])
    assert (started.status, started.body["businessKey"], started.body["ended"]) == (200, None, False)
    known = modeler.start(definition["id"], "A-1", {"text": {"type": "String", "value": "once"}})
    assert house.engine.variables(known.body["id"])["text"] == "once"
    again = modeler.deploy("drawn", {"drawn.bpmn": content})
    assert (again.body["id"], again.body["deployedProcessDefinitions"]) == (deployed.body["id"], None)
    changed = modeler.deploy("drawn", {"drawn.bpmn": drawn(dialect, process_id, "Proofread")})
    (newer,) = changed.body["deployedProcessDefinitions"].values()
    assert (newer["version"], newer["name"], newer["deploymentId"]) == (2, "Proofread", changed.body["id"])
    with house.services.database.read() as session:
        (entry,) = audit.list_entries(session, subject=deployed.body["id"])
    assert (entry.who, entry.action, entry.details["source"]) == (
        house.login_id("admin"),
        "deployed",
        "Camunda Modeler",
    )


@pytest.mark.parametrize("dialect", ["camunda7", "camunda8"])
def test_a_broken_diagram_is_told_in_the_modelers_form(house: House, modeler: Modeler, dialect: str) -> None:
    before = len(house.engine.definitions(latest=False))
    dangling = drawn(dialect, "broken").replace(b'targetRef="review_draft"', b'targetRef="nowhere"')
    assert b"nowhere" in dangling
    for content in (dangling, b"<broken", b"", b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>"):
        refused = modeler.deploy("broken", {"broken.bpmn": content})
        assert (refused.status, refused.body["type"]) == (400, "ParseException")
        assert refused.body["message"].startswith("ENGINE-09005 Could not parse BPMN process.")
        (problem, *_) = refused.body["details"]["broken.bpmn"]["errors"]
        assert problem.keys() == {"message", "line", "column", "mainElementId", "elementIds"}
        assert problem["message"] in refused.body["message"]
    assert len(house.engine.definitions(latest=False)) == before


def test_attachments_are_deployed_with_the_diagram(house: House, modeler: Modeler) -> None:
    form = b"""{"type": "default", "id": "attached", "schemaVersion": 16, "executionPlatform": "Camunda Platform",
      "executionPlatformVersion": "7.22.0",
      "components": [{"type": "number", "id": "f", "key": "age", "label": "Age"}]}"""
    asking = b"""<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"
      xmlns:camunda="http://camunda.org/schema/1.0/bpmn"><bpmn:process id="attaching" isExecutable="true"
      camunda:historyTimeToLive="1"><bpmn:startEvent id="s"/><bpmn:sequenceFlow id="a" sourceRef="s" targetRef="t"/>
      <bpmn:userTask id="t" camunda:formRef="attached" camunda:formRefBinding="deployment"/>
      <bpmn:sequenceFlow id="b" sourceRef="t" targetRef="e"/><bpmn:endEvent id="e"/>
      </bpmn:process></bpmn:definitions>"""
    deployed = modeler.deploy("attaching", {"attaching.bpmn": asking, "attached.form": form})
    assert deployed.status == 200, deployed.body
    (definition,) = deployed.body["deployedProcessDefinitions"].values()
    instance = modeler.start(definition["id"]).body["id"]
    (task,) = modeler.get(f"/engine-rest/task?processInstanceId={instance}").body
    reference = modeler.get(f"/engine-rest/task/{task['id']}/form").body
    assert reference == {
        "key": None,
        "camundaFormRef": {"key": "attached", "binding": "deployment", "version": None},
        "contextPath": None,
    }
    assert modeler.get(f"/engine-rest/task/{task['id']}/deployed-form").body["id"] == "attached"
    renamed = modeler.deploy("attaching", {"attaching.bpmn": asking, "notes.txt": b"hello"})
    assert "notes.txt" in renamed.body["details"]
