"""Camunda 7's REST at `/engine-rest`, for its Modeler and for clients and workers in any language."""

from flask import Blueprint, Flask

from app.api.engine_rest import (
    decisions,
    definitions,
    deployments,
    errors,
    external_tasks,
    history,
    incidents,
    instances,
    jobs,
    messages,
    migrations,
    service,
    tasks,
    variables,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    service.blueprint,
    service.well_known,
    external_tasks.blueprint,
    incidents.blueprint,
    jobs.blueprint,
    messages.blueprint,
    deployments.blueprint,
    definitions.blueprint,
    decisions.blueprint,
    instances.blueprint,
    variables.blueprint,
    tasks.blueprint,
    history.blueprint,
    migrations.blueprint,
)
"""One for each subject."""


def install(app: Flask) -> None:
    """Add Camunda's REST to `app`, after the other answers to errors."""
    errors.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)


__all__ = ["install"]
