"""Camunda 8's REST at `/v2`, for its Modeler and for clients and workers in any language."""

from flask import Blueprint, Flask

from app.api.v2 import (
    changes,
    decisions,
    definitions,
    deployments,
    elements,
    incidents,
    instances,
    jobs,
    messages,
    service,
    tasks,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    service.blueprint,
    deployments.blueprint,
    definitions.blueprint,
    decisions.blueprint,
    instances.blueprint,
    changes.blueprint,
    elements.blueprint,
    incidents.blueprint,
    jobs.blueprint,
    tasks.blueprint,
    messages.blueprint,
)
"""One for each subject."""


def install(app: Flask) -> None:
    """Add Camunda 8's REST to `app`; what goes wrong is told by `app.api.problems`."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)


__all__ = ["install"]
