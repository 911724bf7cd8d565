"""The part of the port about decisions: what is deployed, in which versions, and which elements of processes ask it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from workflows.decisions import DecisionResult
from workflows.values import JsonValue


@dataclass(frozen=True, slots=True)
class DecisionDefinition:
    """One version of a decision. `version` counts from 1 for each `decision_id`; `version_tag` is the author's label.

    `deployment_id` is the deployment that brought it, in the file `resource_name`.
    """

    decision_id: str
    name: str
    version: int
    deployment_id: str
    resource_name: str
    version_tag: str | None = None


class DecisionDefinitions(Protocol):
    """What an engine tells of the decisions that are deployed."""

    def decisions(self, decision_id: str | None = None, *, latest: bool = True) -> list[DecisionDefinition]:
        """List decisions by id, then version, newest first; only the newest versions if `latest`."""
        ...

    def decision(self, decision_id: str, version: int) -> DecisionDefinition:
        """Return one version of a decision; raise `NotFound` if there is none."""
        ...

    def decision_file(self, decision_id: str, version: int) -> bytes:
        """Return the file of one version as it was deployed; raise `NotFound` if there is none."""
        ...

    def evaluate_decision(
        self, decision_id: str, version: int, variables: Mapping[str, JsonValue] | None = None
    ) -> DecisionResult:
        """Evaluate one version of a decision, which leaves no trace; raise `NotFound` if there is none, `InvalidInput`
        with the reason if it can't be evaluated on these variables."""
        ...

    def decisions_asked(self, definition_id: str) -> Mapping[str, str]:
        """Return the decisions that a definition asks, by the ids of its elements.

        What an expression chooses only when an instance gets there is left out, and so is what a file asks that can't
        run any more. Raise `NotFound` for an unknown definition.
        """
        ...
