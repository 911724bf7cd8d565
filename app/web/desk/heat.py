"""The heat of a definition: where its instances go, stand, fail and take long, drawn over its diagram."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.clinic.models import Role
from app.web.access import only
from app.web.desk.diagrams import diagram_of
from app.web.desk.elements import elements_of
from app.web.desk.values import span
from app.web.errors import error_page
from app.web.services import services
from workflows.engine import ElementStatistics

heat = Blueprint("heat", __name__, url_prefix="/<definition_id>/heat")

LEVELS = 5
"""How many colours there are, from the coolest to the hottest."""

Value: TypeAlias = int | timedelta | None


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that can be drawn: its words, and its value in an element."""

    label: str
    of: Callable[[ElementStatistics], Value]


MEASURES: Mapping[str, Measure] = {
    "entered": Measure("How often entered", lambda each: each.entered),
    "running": Measure("Running now", lambda each: each.running),
    "incidents": Measure("Open incidents", lambda each: each.incidents),
    "median": Measure("Median duration", lambda each: each.median),
    "p95": Measure("95 of 100 took at most", lambda each: each.p95),
}
PERIODS: Mapping[str, tuple[str, timedelta | None]] = {
    "all": ("All time", None),
    "day": ("Last 24 hours", timedelta(days=1)),
    "week": ("Last 7 days", timedelta(days=7)),
    "month": ("Last 30 days", timedelta(days=30)),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """An element with what happened in it. `level` is from 1 to `LEVELS`, 0 without any heat; `text` is its value."""

    id: str
    label: str
    statistics: ElementStatistics
    level: int
    text: str


@heat.get("")
@only(Role.ADMINISTRATOR)
def show(definition_id: str) -> ResponseReturnValue:
    """Show the heat of one measure, over the instances that were started in one period."""
    measure, period = request.args.get("measure", "entered"), request.args.get("period", "all")
    if measure not in MEASURES or period not in PERIODS:
        return error_page(422, "There is no such measure, or no such period.")
    found, (_, length) = services(), PERIODS[period]
    definition = found.engine.definition(definition_id)
    since = None if length is None else found.clock() - length
    statistics = found.engine.element_statistics(definition_id, since=since)
    labels = {element.id: element.label for element in elements_of(definition_id)}
    spots = spots_of(statistics, MEASURES[measure], labels)
    return render_template(
        "desk/heat.html",
        definition=definition,
        diagram=diagram_of(definition),
        spots=spots,
        drawn={spot.id: {"level": spot.level, "text": spot.text} for spot in spots if spot.level},
        measure=measure,
        period=period,
        measures=MEASURES,
        periods=PERIODS,
        levels=LEVELS,
    )


def spots_of(statistics: Iterable[ElementStatistics], measure: Measure, labels: Mapping[str, str]) -> list[Spot]:
    """Return the elements with their heat, in the order of `labels`, those of older versions last."""
    found = {each.element_id: each for each in statistics}
    numbers = {element: _number(measure.of(each)) for element, each in found.items()}
    most = max(numbers.values(), default=0.0)
    ordered = [*(each for each in labels if each in found), *(each for each in found if each not in labels)]
    return [
        Spot(each, labels.get(each, each), found[each], _level(numbers[each], most), _text(measure.of(found[each])))
        for each in ordered
    ]


def _number(value: Value) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value or 0)


def _level(number: float, most: float) -> int:
    """The hottest element has the highest level, and what has any heat at least the lowest."""
    return min(LEVELS, 1 + int(number / most * LEVELS)) if number > 0 else 0


def _text(value: Value) -> str:
    return span(value) if isinstance(value, timedelta) else str(value or "")
