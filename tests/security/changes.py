"""Changes to what has an owner, each with a body with which its owner succeeds: so a stranger is refused for who they
are, not for what is missing."""

from dataclasses import dataclass, field
from typing import Any

V1 = "/api/v1"
WEEK = "/availability/<docid>/<any(hours, breaks):weekly>"
NIGHT = {"weekday": 6, "starts": "01:00", "ends": "03:00"}
DAWN = {"weekday": 6, "starts": "04:00", "ends": "05:00"}
PAUSE = {"weekday": 6, "starts": "01:30", "ends": "02:00"}
FORM_NIGHT = {"weekday": "6", "starts": "01:00", "ends": "03:00", "slot_minutes": "30"}
MOVE = {"starts_at": "{free}"}
TEXTS = {"narrative": "A cough.", "resolution": "Tea."}
TASK = {"dams:task": "{task_id}", "subject": "Paper", "copies": "2"}
LATER = {"first_day": "2028-02-01", "last_day": "2028-02-01", "reason": "Congress"}


@dataclass(frozen=True, slots=True)
class Change:
    """A request of an owner, of a patient's or of their doctor's. Texts in braces are ids of what is theirs.

    `keeps` are the names under which the id that is answered is known to the changes that come after; what a form has
    made has to be looked up by them, so only the API's do so.
    """

    owner: str
    method: str
    rule: str
    body: dict[str, Any] = field(default_factory=dict)
    keeps: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by in the URL map."""
        return self.method, self.rule

    def filled(self, ids: dict[str, str | int]) -> dict[str, Any]:
        """Return the body with these ids."""
        return {name: text.format(**ids) if isinstance(text, str) else text for name, text in self.body.items()}


CHANGES = (
    Change("owner", "POST", "/appointments/<ticketid>/cancel", {"reason": "I am well again."}),
    Change("owner", "POST", "/appointments/<ticketid>/reschedule", MOVE),
    Change("doctor", "POST", "/appointments/<ticketid>/reschedule", MOVE),
    Change("owner", "POST", "/appointments/<ticketid>/reschedule/<docid>", MOVE),
    Change("owner", "POST", "/waiting-list/<entry_id>/leave"),
    Change("owner", "POST", "/notices/<int:notice_id>/read"),
    Change("owner", "POST", "/account/programs/<grant_id>/end"),
    Change("owner", "POST", "/account/tokens/<token_id>/revoke"),
    Change("owner", "POST", "/tasks/<task_id>", TASK),
    Change("doctor", "POST", "/patients/<int:patientid>/diagnoses/new", TEXTS),
    Change("doctor", "POST", "/diagnoses/<int:diagnosis_id>/correct", TEXTS),
    Change("doctor", "POST", "/patients/<int:patientid>/laboratory/new", {"details": "Blood count."}),
    Change("doctor", "POST", "/availability/<docid>/leave/new", LATER),
    Change("doctor", "POST", "/availability/<docid>/leave/<int:leave_id>/remove"),
    Change("owner", "POST", f"{V1}/appointments/<ticketid>/cancel"),
    Change("owner", "POST", f"{V1}/appointments/<ticketid>/reschedule", MOVE),
    Change("owner", "POST", f"{V1}/notices/<int:notice_id>/read"),
    Change("owner", "POST", f"{V1}/tasks/<task_id>/complete", {"values": {"subject": "Paper", "copies": 2}}),
    Change("doctor", "POST", f"{V1}/patients/<int:patientid>/diagnoses", TEXTS),
    Change("doctor", "POST", f"{V1}/diagnoses/<int:diagnosis_id>/correct", TEXTS),
    Change("doctor", "POST", f"{V1}/patients/<int:patientid>/laboratory-requests", {"details": "Blood count."}),
    Change("doctor", "POST", f"{V1}/doctors/<docid>/leave", {"first_day": "2028-03-01"}),
    Change("doctor", "DELETE", f"{V1}/doctors/<docid>/leave/<int:leave_id>"),
    Change("doctor", "POST", f"{V1}/doctors/<docid>/hours", {**NIGHT, "slot_minutes": 30}, ("hours_id", "row_id")),
    Change("doctor", "PUT", f"{V1}/doctors/<docid>/hours/<int:hours_id>", {**NIGHT, "slot_minutes": 20}),
    Change("doctor", "POST", f"{V1}/doctors/<docid>/breaks", PAUSE, ("break_id",)),
    Change("doctor", "PUT", f"{V1}/doctors/<docid>/breaks/<int:break_id>", {**PAUSE, "ends": "02:30"}),
    Change("doctor", "DELETE", f"{V1}/doctors/<docid>/breaks/<int:break_id>"),
    Change("doctor", "POST", f"{WEEK}/<int:row_id>", FORM_NIGHT),
    Change("doctor", "POST", f"{WEEK}/<int:row_id>/remove"),
    Change("doctor", "POST", f"{WEEK}/new", {"weekdays": "6", **FORM_NIGHT}),
    Change("doctor", "POST", f"{V1}/doctors/<docid>/hours", {**DAWN, "slot_minutes": 30}, ("hours_id",)),
    Change("doctor", "DELETE", f"{V1}/doctors/<docid>/hours/<int:hours_id>"),
)
"""In the order in which they can be made: hours before their breaks, and what is added before it is removed."""

_TODAY = "the day has to come first: tests/web/test_appointments.py"
_OFFERED = "theirs is assigned, and what is offered to many is nobody's own: tests/web/test_tasks.py"
ELSEWHERE = {
    ("POST", "/appointments/<ticketid>/check-in"): _TODAY,
    ("POST", "/appointments/<ticketid>/complete"): _TODAY,
    ("POST", "/appointments/<ticketid>/missed"): _TODAY,
    ("POST", f"{V1}/appointments/<ticketid>/check-in"): _TODAY,
    ("POST", f"{V1}/appointments/<ticketid>/complete"): _TODAY,
    ("POST", f"{V1}/appointments/<ticketid>/missed"): _TODAY,
    ("POST", "/tasks/<task_id>/claim"): _OFFERED,
    ("POST", "/tasks/<task_id>/unclaim"): _OFFERED,
    ("POST", f"{V1}/tasks/<task_id>/claim"): _OFFERED,
    ("POST", f"{V1}/tasks/<task_id>/unclaim"): _OFFERED,
    ("POST", "/account/email/<link>"): "the link is mailed: tests/web/test_own_profile.py",
    ("POST", f"{V1}/bills/<ticketid>/payments"): "the bill is the process's: tests/api/test_clinic.py",
}
"""Changes whose owners succeed in another file of tests, and why there; strangers are refused here all the same."""
