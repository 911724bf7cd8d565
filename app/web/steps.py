"""The booking of an appointment as pages: which user task of the process stands on which page."""

from dataclasses import dataclass

PROCESS_ID = "Process_ApptDams01"


@dataclass(frozen=True, slots=True)
class Step:
    """A user task and its page, `/doctor/<slug>`. `title` heads the page, `short` is its place in the progress."""

    number: int
    element_id: str
    slug: str
    title: str
    short: str


STEPS = (
    Step(1, "Task_Specialization", "expertise", "Choose a specialization", "Specialization"),
    Step(2, "Task_SelectDoctor", "select", "Choose a doctor", "Doctor"),
    Step(3, "Task_Availability", "schedule", "Choose a time", "Time"),
    Step(4, "Task_PatientDetail", "patient", "Patient details", "Details"),
)
BY_SLUG = {step.slug: step for step in STEPS}
BY_ELEMENT = {step.element_id: step for step in STEPS}
