"""Decisions are deployed, versioned and evaluated beside the diagrams that ask for them."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import update

from workflows.embedded import EmbeddedEngine, tables
from workflows.engine import InstanceState, Resource
from workflows.errors import InvalidDiagram, NotFound

from .conftest import bpmn, line


def dish(winter: str, *, identifier: str = "dish") -> Resource:
    def rule(number: int, season: str, answer: str) -> str:
        return (
            f'<rule id="r{number}"><inputEntry id="i{number}"><text>"{season}"</text></inputEntry>'
            f'<outputEntry id="o{number}"><text>"{answer}"</text></outputEntry></rule>'
        )

    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="Dishes" namespace="http://camunda.org/schema/1.0/dmn">
  <decision id="{identifier}" name="Dish"><decisionTable id="t" hitPolicy="UNIQUE">
    <input id="in" label="Season">
      <inputExpression id="ie" typeRef="string"><text>season</text></inputExpression>
    </input>
    <output id="out" name="dish" typeRef="string" />{rule(1, "winter", winter)}{rule(2, "summer", "salad")}
  </decisionTable></decision>
</definitions>"""
    return Resource(f"{identifier}.dmn", text.encode())


def cook(attributes: str = "") -> Resource:
    task = (
        'businessRuleTask decide camunda:decisionRef="dish" camunda:resultVariable="dish" '
        f'camunda:mapDecisionResult="singleEntry" {attributes}'
    )
    return bpmn("cook", line("startEvent start", task, "endEvent end"))


def cooked(engine: EmbeddedEngine, season: object = "winter") -> object:
    started = engine.start("cook", {"season": str(season)})
    return engine.variables(started.id).get("dish")


def test_a_decision_is_evaluated_at_once(engine: EmbeddedEngine) -> None:
    engine.deploy([cook(), dish("stew")])
    started = engine.start("cook", {"season": "winter"})
    assert started.state is InstanceState.COMPLETED
    assert engine.variables(started.id) == {"season": "winter", "dish": "stew"}


def test_the_newest_decision_counts_unless_the_diagram_says_otherwise(engine: EmbeddedEngine) -> None:
    engine.deploy([cook(), dish("stew")])
    engine.deploy([dish("soup")])
    assert cooked(engine) == "soup"
    engine.deploy([cook('camunda:decisionRefBinding="version" camunda:decisionRefVersion="1"')])
    assert cooked(engine) == "stew"
    engine.deploy([cook('camunda:decisionRefBinding="deployment"'), dish("roast")])
    engine.deploy([dish("soup")])
    assert cooked(engine) == "roast"


def test_a_missing_decision_is_an_incident_that_can_be_resolved(engine: EmbeddedEngine) -> None:
    engine.deploy([cook()])
    assert cooked(engine) is None
    (incident,) = engine.incidents()
    assert incident.message == "There is no decision 'dish' deployed."
    engine.deploy([dish("stew")])
    engine.resolve(incident.id)
    assert engine.incidents() == []


def test_a_decision_that_cannot_be_evaluated_is_an_incident(engine: EmbeddedEngine) -> None:
    engine.deploy([cook(), dish("stew")])
    engine.start("cook", {"season": [1]})
    (incident,) = engine.incidents()
    assert incident.element_id == "decide"


def test_a_broken_decision_is_refused(engine: EmbeddedEngine) -> None:
    with pytest.raises(InvalidDiagram, match=r"dish\.dmn"):
        engine.deploy([cook(), Resource("dish.dmn", b"<definitions>")])
    with pytest.raises(InvalidDiagram, match=r"The decision id 'dish' is also that of a decision in dish\.dmn"):
        engine.deploy([dish("stew"), Resource("other.dmn", dish("soup").content)])


def test_versions_are_listed_with_the_elements_that_ask_them(engine: EmbeddedEngine) -> None:
    first = engine.deploy([cook(), dish("stew")], by="carla")
    second = engine.deploy([dish("soup"), dish("toast", identifier="snack")])
    assert [(each.decision_id, each.name, each.version) for each in engine.decisions()] == [
        ("dish", "Dish", 2), ("snack", "Dish", 1),
    ]  # fmt: skip
    newest, oldest = engine.decisions("dish", latest=False)
    assert (newest.deployment_id, oldest.deployment_id) == (second.id, first.id)
    assert engine.decision("dish", 1) == oldest
    assert engine.decision_file("dish", 1) == dish("stew").content
    assert engine.decisions("nothing") == []
    for version in (0, 3, 2**63):
        with pytest.raises(NotFound):
            engine.decision("dish", version)
        with pytest.raises(NotFound):
            engine.decision_file("dish", version)
    (definition,) = first.definitions
    assert engine.decisions_asked(definition.id) == {"decide": "dish"}
    with pytest.raises(NotFound):
        engine.decisions_asked("nothing")


def test_a_decision_that_an_expression_chooses_is_not_told_ahead(engine: EmbeddedEngine) -> None:
    task = 'businessRuleTask decide camunda:decisionRef="${chosen}" camunda:resultVariable="dish"'
    made = engine.deploy([bpmn("choosy", line("startEvent start", task, "endEvent end"))])
    assert engine.decisions_asked(made.definitions[0].id) == {}


def test_a_deployment_says_who_made_it_and_what_it_consists_of(engine: EmbeddedEngine) -> None:
    first = engine.deploy([cook(), dish("stew")], by="carla")
    assert (first.deployed_by, first.files) == ("carla", ("cook.bpmn", "dish.dmn"))
    assert first.decisions == (engine.decision("dish", 1),)
    second = engine.deploy([cook(), dish("soup")])
    assert (second.deployed_by, second.files) == (None, ("dish.dmn",))
    assert (second.definitions, second.decisions) == (first.definitions, (engine.decision("dish", 2),))
    assert {each.id: each for each in engine.deployments()} == {first.id: first, second.id: second}


def test_a_definition_that_can_not_run_any_more_asks_nothing(
    engine: EmbeddedEngine, database: Database, new_engine: Callable[[], EmbeddedEngine]
) -> None:
    (definition,) = engine.deploy([cook(), dish("stew")]).definitions
    with database.begin() as connection:
        of = tables.resource.c.name == "cook.bpmn"
        connection.execute(update(tables.resource).where(of).values(content=b"<older/>"))
    assert new_engine().decisions_asked(definition.id) == {}
