"""What every engine promises about deploying."""

import pytest

from workflows.engine import Resource
from workflows.errors import InvalidDiagram, NotFound

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
