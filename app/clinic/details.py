"""The clinic itself, as it stands on what it sends out."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class ClinicDetails:
    """The clinic's name and time zone, and how to reach it; what is empty is left out."""

    name: str
    zone: ZoneInfo
    address: str = ""
    phone: str = ""
    email: str = ""
