"""Decisions by the key that both REST interfaces give them: `{decision id}:{version}`."""

from app.web.services import services
from workflows.decision_definitions import DecisionDefinition
from workflows.errors import NotFound

_DIGITS = 9


def key_of(decision: DecisionDefinition) -> str:
    """Return the key of one version."""
    return f"{decision.decision_id}:{decision.version}"


def decision_of(key: str) -> DecisionDefinition:
    """Return the decision of a key; `NotFound` if there is none."""
    decision_id, _, version = key.rpartition(":")
    if not (decision_id and version.isascii() and version.isdigit() and len(version) <= _DIGITS):
        raise NotFound(f"There is no decision {key!r}.")
    return services().engine.decision(decision_id, int(version))
