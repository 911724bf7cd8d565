"""What handlers know of the clinic around them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.clinic.details import ClinicDetails


@dataclass(frozen=True, slots=True)
class Clinic:
    """The clinic as it stands on documents, and its clock (aware, UTC)."""

    details: ClinicDetails
    now: Callable[[], datetime]
