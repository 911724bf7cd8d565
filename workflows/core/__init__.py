"""The BPMN machine, without I/O: graph + state + command -> new state + effects. See README.md beside this file."""

from workflows.core.queries import (
    Position,
    Wait,
    activities_at,
    local_variables,
    open_waits,
    positions,
    process_variables,
    variables_of_activities,
    visible_variables,
)
from workflows.core.starting import check_part
from workflows.core.state import Changes, State
from workflows.core.step import Step, step

__all__ = [
    "Changes",
    "Position",
    "State",
    "Step",
    "Wait",
    "activities_at",
    "check_part",
    "local_variables",
    "open_waits",
    "positions",
    "process_variables",
    "step",
    "variables_of_activities",
    "visible_variables",
]
