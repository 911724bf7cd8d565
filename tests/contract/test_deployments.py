"""What every engine promises about deploying."""

from datetime import timedelta
from typing import Any

import pytest

from workflows.engine import DefinitionOrder, DefinitionQuery, DeploymentQuery, Resource, containing
from workflows.errors import Conflict, InvalidDiagram, NotFound

from .subject import Scenario, eventually


def test_a_deployment_names_its_definitions(scenario: Scenario) -> None:
    deployment = scenario.engine.deploy([scenario.resource("review"), scenario.resource("order")], name="spring")
    assert [(found.process_id, found.name, found.version) for found in deployment.definitions] == [
        ("review", "Review", 1),
        ("order", "Order", 1),
    ]
    eventually(lambda: len(scenario.engine.definitions()) == 2)
    assert [found.process_id for found in scenario.engine.definitions()] == ["order", "review"]
    assert scenario.engine.diagram(deployment.definitions[0].id) == scenario.resource("review")


def test_only_what_changed_is_a_new_version(scenario: Scenario) -> None:
    scenario.deploy("review", "order")
    changed = scenario.resource("review").content.replace(b'name="Review"', b'name="Proofread"')
    again = scenario.engine.deploy([Resource("review.bpmn", changed), scenario.resource("order")])
    assert {found.process_id: found.version for found in again.definitions} == {"review": 2, "order": 1}
    eventually(lambda: len(scenario.engine.definitions("review", latest=False)) == 2)
    assert [found.version for found in scenario.engine.definitions("review", latest=False)] == [2, 1]
    assert [found.version for found in scenario.engine.definitions("review")] == [2]


def test_instances_keep_the_version_they_began_with(scenario: Scenario) -> None:
    scenario.deploy("review")
    old = scenario.engine.start("review", {"reviewer": "ann"})
    changed = scenario.resource("review").content.replace(b'name="Write draft"', b'name="Rewrite"')
    scenario.engine.deploy([Resource("review.bpmn", changed)])
    new = scenario.engine.start("review", {"reviewer": "ann"})
    older = scenario.engine.start("review", {"reviewer": "ann"}, version=1)
    assert (old.version, new.version, older.version) == (1, 2, 1)
    names = [scenario.task(instance, "write_draft").name for instance in (old, new, older)]
    assert names == ["Write draft", "Rewrite", "Write draft"]


def test_a_file_that_cannot_run_is_refused_with_all_others(scenario: Scenario) -> None:
    dangling = scenario.resource("order").content.replace(b'targetRef="given_up"', b'targetRef="nowhere"')
    broken = Resource("broken.bpmn", dangling)
    with pytest.raises(InvalidDiagram) as refused:
        scenario.engine.deploy([scenario.resource("review"), broken, Resource("no.bpmn", b"<no")])
    assert {problem.file for problem in refused.value.problems} == {"broken.bpmn", "no.bpmn"}
    assert scenario.engine.definitions() == []


def test_an_unknown_definition_is_not_found(scenario: Scenario) -> None:
    with pytest.raises(NotFound):
        scenario.engine.diagram("12345")


def test_definitions_and_deployments_are_listed_counted_and_paged(scenario: Scenario) -> None:
    spring = scenario.engine.deploy([scenario.resource("review"), scenario.resource("order")], name="spring")
    scenario.subject.pass_time(timedelta(seconds=1))
    changed = scenario.resource("review").content.replace(b'name="Review"', b'name="Proofread"')
    autumn = scenario.engine.deploy([Resource("review.bpmn", changed)], name="autumn")
    engine = scenario.engine

    def found(**wanted: Any) -> list[tuple[str, int]]:
        query = DefinitionQuery(**wanted)
        return [(each.process_id, each.version) for each in engine.find_definitions(query)]

    assert found() == [("order", 1), ("review", 2), ("review", 1)]
    assert engine.count_definitions(DefinitionQuery(limit=1)) == 3
    assert found(latest=True, offset=1) == [("review", 2)]
    assert found(name_like=containing("proof")) == [("review", 2)]
    assert found(process_id="review", version=1, deployment_id=spring.id) == [("review", 1)]
    assert found(order=DefinitionOrder.VERSION, descending=True, limit=1) == [("review", 2)]
    assert engine.definition(autumn.definitions[0].id) == autumn.definitions[0]
    assert [each.name for each in engine.deployments()] == ["autumn", "spring"]
    assert engine.deployments(DeploymentQuery(offset=1)) == [engine.deployment(spring.id)]
    assert {each.id for each in engine.deployment(spring.id).definitions} == {each.id for each in spring.definitions}
    assert engine.count_deployments(DeploymentQuery(name_like="AUT%")) == 1
    for ask in (engine.definition, engine.deployment, engine.delete_deployment):
        with pytest.raises(NotFound):
            ask("12345")


def test_duplicates_are_the_deployment_that_brought_them(scenario: Scenario) -> None:
    files = [scenario.resource("review"), scenario.resource("order")]
    first = scenario.engine.deploy(files, filter_duplicates=True)
    again = scenario.engine.deploy(files, filter_duplicates=True)
    assert (again.id, again.repeated, first.repeated) == (first.id, True, False)
    assert {each.id for each in again.definitions} == {each.id for each in first.definitions}
    assert scenario.engine.count_deployments() == 1
    assert scenario.engine.deploy(files).id != first.id


def test_a_deleted_deployment_takes_its_versions_with_it(scenario: Scenario) -> None:
    engine = scenario.engine
    scenario.deploy("review")
    changed = scenario.resource("review").content.replace(b'name="Review"', b'name="Proofread"')
    newer = engine.deploy([Resource("review.bpmn", changed)])
    running = engine.start("review", {"reviewer": "ann"})
    with pytest.raises(Conflict):
        engine.delete_deployment(newer.id)
    assert running.version == 2
    engine.delete_deployment(newer.id, cascade=True)
    assert [each.version for each in engine.definitions(latest=False)] == [1]
    with pytest.raises(NotFound):
        engine.instance(running.id)
    assert engine.start("review", {"reviewer": "ann"}).version == 1
