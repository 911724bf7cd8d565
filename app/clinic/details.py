"""The clinic itself, as it stands on what it sends out."""

from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class ClinicDetails:
    """The clinic's name, time zone and currency, and how to reach it; what is empty is left out."""

    name: str
    zone: ZoneInfo
    address: str = ""
    phone: str = ""
    email: str = ""
    currency: str = "GBP"

    def money(self, amount: Decimal) -> str:
        """Return an amount as people read it, such as ``1,234.50 GBP``."""
        return f"{amount:,.2f} {self.currency}"
