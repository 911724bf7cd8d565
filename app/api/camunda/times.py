"""Times as Camunda writes them: `2026-01-01T10:00:00.000+0000`. Clients parse exactly this."""

import re
from datetime import UTC, datetime

_WRITTEN = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII | re.IGNORECASE
)


def written(moment: datetime) -> str:
    """Return a time with milliseconds, in UTC."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def written_if(moment: datetime | None) -> str | None:
    """Return a time with milliseconds, None for none."""
    return None if moment is None else written(moment)


def parse(text: str) -> datetime:
    """Return an aware time; one without a zone is in UTC. Raise `ValueError` for what is no time."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    day, time, fraction, zone = found.groups()
    fraction = f".{fraction[:6]:0<6}" if fraction else ""
    moment = datetime.fromisoformat(f"{day}T{time}{fraction}{(zone or 'Z').upper()}")
    return moment.astimezone(UTC)
