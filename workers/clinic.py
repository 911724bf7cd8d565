"""What handlers know of the clinic around them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from app.clinic.details import ClinicDetails
from app.clinic.rules import Rules


@dataclass(frozen=True, slots=True)
class Clinic:
    """The clinic as it stands on documents, its clock (aware, UTC), and what it has decided about appointments."""

    details: ClinicDetails
    now: Callable[[], datetime]
    rules: Rules = field(default_factory=Rules)
