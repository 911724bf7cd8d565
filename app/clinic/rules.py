"""What the clinic has decided about appointments; operators set it."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Rules:
    """How long before its start patients can cancel or move an appointment and are reminded of it, and how long an
    offer of the waiting list stands."""

    cancel_cutoff: timedelta = timedelta(hours=24)
    reminder_offsets: tuple[timedelta, ...] = (timedelta(days=7), timedelta(days=1), timedelta(hours=2))
    offer_lifetime: timedelta = timedelta(hours=2)
