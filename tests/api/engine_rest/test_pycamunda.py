"""The unmodified client `pycamunda` does with this service what it does with Camunda."""

import io
from collections.abc import Callable
from typing import Any

import pycamunda
import pycamunda.deployment
import pycamunda.migration
import pycamunda.processdef
import pycamunda.processinst
import pycamunda.task
import pycamunda.variable
import pycamunda.version
import pytest

from app.clinic.models import Scope
from tests.api.conftest import token_of
from tests.api.engine_rest.diagrams import FORM
from tests.house import House
from workflows.engine import TaskQuery

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def ask(house: House, address: str) -> Ask:
    """Make a request of the client with the administrator's token as password; return what it gives."""
    token = token_of(house, "admin", Scope.READ_PROCESSES, Scope.RUN_PROCESSES)

    def send(kind: type[Any], change: Callable[[Any], None] | None = None, **arguments: Any) -> Any:
        wanted = kind(url=f"{address}/engine-rest", **arguments)
        wanted.auth = ("admin", token)
        if change is not None:
            change(wanted)
        return wanted()

    return send


def deploy(ask: Ask, content: bytes, name: str = "asked.bpmn") -> Any:
    file = io.BytesIO(content)
    file.name = name
    return ask(
        pycamunda.deployment.Create,
        lambda wanted: wanted.add_resource(file),
        name="pycamunda",
        source="tests",
        enable_duplicate_filtering=True,
    )


def start(ask: Ask, definition_id: str, **variables: Any) -> Any:
    def given(wanted: Any) -> None:
        for name, value in variables.items():
            wanted.add_variable(name=name, value=value)

    return ask(pycamunda.processdef.StartInstance, given, id_=definition_id, business_key="P-1")


def test_deployments_and_definitions(ask: Ask) -> None:
    assert ask(pycamunda.version.Get) == "7.24.0"
    content = FORM.replace(b'id="asked"', b'id="by_pycamunda"')
    deployment = deploy(ask, content)
    (definition,) = deployment.deployed_process_definitions.values()
    assert (definition.key, definition.version, definition.version_tag) == ("by_pycamunda", 1, "1.4")
    assert deploy(ask, content).id_ == deployment.id_
    assert ask(pycamunda.deployment.Get, id_=deployment.id_).name == "pycamunda"
    assert deployment.id_ in {each.id_ for each in ask(pycamunda.deployment.GetList, name="pycamunda")}
    assert [each.id_ for each in ask(pycamunda.processdef.GetList, key="by_pycamunda")] == [definition.id_]
    assert ask(pycamunda.processdef.Count, version_tag="1.4", key="by_pycamunda") == 1
    assert ask(pycamunda.processdef.Get, key="by_pycamunda").id_ == definition.id_
    assert ask(pycamunda.processdef.GetXML, id_=definition.id_) == content.decode()
    ask(pycamunda.deployment.Delete, id_=deployment.id_, cascade=True)
    with pytest.raises(pycamunda.PyCamundaException):
        ask(pycamunda.processdef.Get, key="by_pycamunda")


def test_instances_and_their_variables(ask: Ask, asked: str) -> None:
    instance = start(ask, asked, age=70, kind="new", list=[1, "a"], nothing=None)
    assert (instance.business_key, instance.suspended) == ("P-1", False)
    of = {"process_instance_id": instance.id_}
    kept = ask(pycamunda.processinst.VariablesGetList, **of, deserialize_values=True)
    assert (kept["age"].type_, kept["age"].value, kept["list"].value) == ("Integer", 70, [1, "a"])
    ask(pycamunda.processinst.VariablesUpdate, **of, var_name="kind", value="old", type_="String")
    ask(pycamunda.processinst.VariablesModify, lambda wanted: wanted.add_variable("age", 71), **of, deletions=[])
    assert ask(pycamunda.processinst.VariablesGet, **of, var_name="kind").value == "old"
    assert [each.id_ for each in ask(pycamunda.processinst.GetList, business_key="P-1", active=True)] == [instance.id_]
    tree = ask(pycamunda.processinst.GetActivityInstance, id_=instance.id_)
    assert [child.activity_id for child in tree.child_activity_instances] == ["ask"]
    ask(pycamunda.processinst.Suspend, id_=instance.id_)
    assert ask(pycamunda.processinst.Get, id_=instance.id_).suspended
    ask(pycamunda.processinst.Activate, id_=instance.id_)
    ask(pycamunda.processinst.Delete, id_=instance.id_)
    with pytest.raises(pycamunda.PyCamundaException):
        ask(pycamunda.processinst.Get, id_=instance.id_)


def test_tasks(house: House, ask: Ask, asked: str) -> None:
    instance = start(ask, asked)
    (task,) = ask(pycamunda.task.GetList, process_instance_id=instance.id_)
    assert (task.name, task.task_definition_key, task.process_definition_id) == ("Ask the patient", "ask", asked)
    ask(pycamunda.task.Claim, id_=task.id_, user_id="admin")
    with pytest.raises(pycamunda.PyCamundaException):
        ask(pycamunda.task.Claim, id_=task.id_, user_id="somebody")
    ask(pycamunda.task.Unclaim, id_=task.id_)
    ask(pycamunda.task.SetAssignee, id_=task.id_, user_id="amara.okafor")
    assert ask(pycamunda.task.Get, id_=task.id_).assignee == "amara.okafor"
    links = ask(pycamunda.task.IdentityLinksGetList, task_id=task.id_)
    assert {(link.user_id, link.group_id) for link in links} == {("amara.okafor", None), (None, "doctor")}
    ask(pycamunda.task.Complete, lambda wanted: wanted.add_variable("age", 12), id_=task.id_)
    assert house.engine.variables(instance.id_) == {"age": 12}
    (second,) = ask(pycamunda.task.GetList, process_instance_id=instance.id_)
    assert second.task_definition_key == "check"


def test_an_instance_begins_before_an_activity(house: House, ask: Ask, asked: str) -> None:
    def elsewhere(wanted: Any) -> None:
        given = {"age": pycamunda.variable.Variable(5, "Integer", None)}
        wanted.add_start_before_activity_instruction(id_="check", variables=given)

    instance = ask(pycamunda.processdef.StartInstance, elsewhere, id_=asked, business_key="P-2")
    assert [task.element_id for task in open_tasks(house, instance.id_)] == ["check"]
    assert house.engine.variables(instance.id_) == {"age": 5}


def test_modification_and_migration(house: House, ask: Ask, asked: str) -> None:
    instance = start(ask, asked)

    def elsewhere(wanted: Any) -> None:
        wanted.add_cancel_activity_instruction(id_="ask")
        wanted.add_before_activity_instruction(id_="check")

    ask(pycamunda.processinst.Modify, elsewhere, id_=instance.id_)
    assert [task.element_id for task in open_tasks(house, instance.id_)] == ["check"]
    (newer,) = deploy(ask, FORM.replace(b'name="Check"', b'name="Check twice"')).deployed_process_definitions.values()
    versions = {"source_process_definition_id": asked, "target_process_definition_id": newer.id_}
    plan = ask(pycamunda.migration.Generate, **versions)
    assert ["check"] in [list(instruction.source_activity_ids) for instruction in plan.instructions]
    assert ask(pycamunda.migration.Validate, **versions) == ()
    ask(
        pycamunda.migration.Execute,
        lambda wanted: wanted.add_instruction(["check"], ["check"]),
        **versions,
        process_instance_ids=[instance.id_],
    )
    assert house.engine.instance(instance.id_).definition_id == newer.id_


def open_tasks(house: House, instance_id: str) -> list[Any]:
    return list(house.engine.tasks(TaskQuery(instance_id=instance_id)))
