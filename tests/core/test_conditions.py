"""Conditional events: looked at when one of their variables was written, and then only; fired when they turn true."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from tests.core import drawing as d
from tests.core.player import Player
from workflows.core import effects
from workflows.diagrams.graph import EventDefinition, EventKind, Graph
from workflows.values import JsonValue


@dataclass(frozen=True)
class Watched:
    """The condition `x > 1`, which notes the values of `x` that it was asked about."""

    seen: list[JsonValue] = field(default_factory=list)
    source: str = "x > 1"
    language: str = "feel"
    names: frozenset[str] = frozenset({"x"})

    def evaluate(self, variables: Mapping[str, JsonValue], now: datetime) -> object:
        self.seen.append(variables["x"])
        return d.feel(self.source).evaluate(variables, now)

    def json(self, variables: Mapping[str, JsonValue], now: datetime) -> JsonValue:
        return bool(self.evaluate(variables, now))


def graph(event: EventDefinition, *, interrupting: bool = False) -> Graph:
    drawing = d.Drawing()
    drawing.line("start", "ask", "end")
    drawing.boundary("on", "ask", event, interrupting=interrupting)
    drawing.line("on", "end_on")
    return drawing.graph()


def test_a_condition_is_looked_at_only_when_its_variables_are_written() -> None:
    watched = Watched()
    player = Player(graph(EventDefinition(EventKind.CONDITIONAL, expression=watched)), check=False).start(x=0)
    player.set(y=1)
    player.set(x=1)
    player.signal("nobody")
    player.set(z=[1], y=2)
    assert watched.seen == [0, 1]


def test_a_condition_fires_each_time_it_turns_true_and_not_while_it_stays_so() -> None:
    player = Player(graph(d.condition("x > 1"))).start(x=0)
    for x in (2, 3, 0, 1, 2):
        player.set(x=x)
    assert player.left.count("on") == 2


def test_a_condition_that_holds_from_the_start_fires_at_once() -> None:
    player = Player(graph(d.condition("x > 1"), interrupting=True)).start(x=2)
    assert player.cancelled == ["ask"]
    assert player.heard(effects.UserTaskOpened) == []


def test_a_condition_limited_to_a_variable_does_not_look_at_the_others() -> None:
    event = replace(d.condition("x > 1 and y > 1"), variable_name="y")
    player = Player(graph(event)).start(x=0, y=2)
    player.set(x=2)
    assert "on" not in player.left
    player.set(y=3)
    assert player.left.count("on") == 1


def test_a_condition_over_a_variable_that_is_not_there_yet_waits_for_it() -> None:
    player = Player(graph(d.condition("x > 1"))).start()
    assert player.incidents == []
    player.set(x=2)
    assert player.left.count("on") == 1


def test_a_condition_that_can_not_be_evaluated_is_an_incident_until_its_variable_is_mended() -> None:
    player = Player(graph(d.condition("x > 1"))).start(x="many")
    assert [raised.node for raised in player.heard(effects.IncidentRaised)] == ["on"]
    player.set(x=2)
    assert player.incidents == []
    assert player.left.count("on") == 1
