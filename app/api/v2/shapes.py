"""What members of many answers look like."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from app.api.camunda.asking import Asked
from app.api.camunda.refusals import RestError
from app.web.services import services
from workflows.engine import ProcessDefinition

TENANT = "<default>"
"""The one tenant, by the name that Camunda has for it where there are no others."""


def written(moment: datetime) -> str:
    """Return a time with milliseconds, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def written_if(moment: datetime | None) -> str | None:
    """Return a time with milliseconds, None for none."""
    return None if moment is None else written(moment)


def check_tenant(asked: Asked) -> None:
    """Refuse a tenant other than the one that there is."""
    for name in (asked.text("tenantId"), *asked.texts("tenantIds")):
        if name not in {None, "", TENANT}:
            raise RestError(400, f"There are no tenants here but {TENANT}, so none is named {name}.")


def definitions() -> Callable[[str], ProcessDefinition]:
    """Return what finds definitions by their ids, and asks for each of them once."""
    return cache(services().engine.definition)
