"""What the clinic has decided about appointments; operators set it."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Rules:
    """How long before its start patients can cancel or move an appointment and are reminded of it; how long an offer
    of the waiting list stands; how long a slot is held for its payment, and when after the charge that is reminded of.
    """

    cancel_cutoff: timedelta = timedelta(hours=24)
    reminder_offsets: tuple[timedelta, ...] = (timedelta(days=7), timedelta(days=1), timedelta(hours=2))
    offer_lifetime: timedelta = timedelta(hours=2)
    payment_hold: timedelta = timedelta(days=3)
    payment_reminders: tuple[timedelta, ...] = (timedelta(days=1), timedelta(days=2))
