"""How functions become handlers, and what they are called with."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from workers.registry import Job, Registry, UnusableVariables, job
from workflows.values import Variables

JOB = Job(key="i:1", type="weigh", instance_id="i", process_id="p", element_id="e", business_key=None, retries=3)


def module(*functions: Any) -> ModuleType:
    made = ModuleType("handlers")
    for function in functions:
        setattr(made, function.__name__, function)
    return made


def call(function: Any, variables: dict[str, Any], resources: dict[type, object] | None = None) -> dict[str, Any]:
    (job_type,) = Registry.of(module(function)).types
    return Registry.of(module(function))[job_type](variables, {Job: JOB, **(resources or {})})


def test_a_handler_receives_the_variables_it_names_as_the_types_it_names() -> None:
    @job("weigh")
    def weigh(kilograms: Decimal, at: datetime, born: date, times: int, tags: list[str]) -> dict[str, Any]:
        return {"seen": [str(kilograms), at.isoformat(), born.year, times, tags]}

    result = call(
        weigh,
        {
            "kilograms": 80.1,
            "at": "2026-03-01T10:00:00+02:00",
            "born": "1990-02-03",
            "times": "4",
            "tags": ["a"],
            "x": 1,
        },
    )
    assert result == {"seen": ["80.1", "2026-03-01T08:00:00+00:00", 1990, 4, ["a"]]}


def test_a_parameter_of_a_runners_type_receives_that_and_no_variable() -> None:
    @job("weigh")
    def weigh(job: Job, step: timedelta) -> dict[str, Any]:
        return {"key": job.key, "seconds": int(step.total_seconds())}

    assert call(weigh, {"step": "no"}, {timedelta: timedelta(minutes=1)}) == {"key": "i:1", "seconds": 60}


def test_a_handler_may_say_that_it_returns_variables() -> None:
    @job("weigh")
    def weigh(kilograms: int) -> Variables:
        return {"stone": kilograms}

    assert call(weigh, {"kilograms": 3}) == {"stone": 3}


def test_an_unset_variable_gives_the_default_and_without_one_an_error_that_names_it() -> None:
    @job("weigh")
    def weigh(kilograms: int, note: str | None = None) -> dict[str, Any]:
        return {"note": note, "kilograms": kilograms}

    assert call(weigh, {"kilograms": 3}) == {"note": None, "kilograms": 3}
    with pytest.raises(UnusableVariables, match="weigh needs the variable 'kilograms'"):
        call(weigh, {"note": "heavy"})


@pytest.mark.parametrize(
    ("wanted", "value"),
    [(int, "four"), (int, 1.5), (int, True), (datetime, "2026-03-01T10:00:00"), (str, 3), (Decimal, "x"), (bool, 1)],
)
def test_a_variable_of_another_type_is_refused_with_its_name(wanted: type, value: Any) -> None:
    def weigh(it: Any) -> None:
        pytest.fail("must not be called")

    weigh.__annotations__["it"] = wanted
    with pytest.raises(UnusableVariables, match="'it'"):
        call(job("weigh")(weigh), {"it": value})


def test_a_result_that_no_variable_can_hold_is_refused() -> None:
    @job("weigh")
    def weigh() -> dict[str, Any]:
        return {"stone": datetime.now(UTC).replace(tzinfo=None)}

    with pytest.raises(TypeError, match="time zone"):
        call(weigh, {})


def test_two_handlers_of_one_job_type_are_refused() -> None:
    @job("weigh")
    def weigh() -> None: ...

    @job("weigh")
    def weigh_again() -> None: ...

    with pytest.raises(ValueError, match="two handlers for the job type 'weigh'"):
        Registry.of(module(weigh, weigh_again))


def test_a_parameter_without_a_type_is_refused() -> None:
    @job("weigh")
    def weigh(kilograms) -> None: ...  # type: ignore[no-untyped-def]

    with pytest.raises(TypeError, match="'kilograms' no type"):
        Registry.of(module(weigh))


def test_some_types_can_be_left_to_others() -> None:
    @job("weigh")
    def weigh(kilograms: int) -> None: ...

    @job("measure")
    def measure(centimetres: int) -> None: ...

    registry = Registry.of(module(weigh, measure))
    assert registry.without(["weigh"]).types == {"measure"}
    with pytest.raises(LookupError, match=r"No handler here is for wiegh. There are measure, weigh\."):
        registry.without(["wiegh", "measure"])
