"""JSON for programs: `install(app)` adds the API to the application of the pages."""

from flask import Blueprint, Flask

from app.api import (
    auth,
    diagnosis,
    engine_rest,
    login_reports,
    oauth,
    problems,
    reports,
    reservations,
    statistics,
    users,
    v1,
    v2,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    users.blueprint,
    diagnosis.blueprint,
    login_reports.blueprint,
    oauth.blueprint,
    reports.blueprint,
    reservations.blueprint,
    statistics.blueprint,
)
"""What answers at addresses of its own, outside of the versioned API."""


def install(app: Flask) -> None:
    """Add the API to `app`: who calls, how errors are told, and the addresses."""
    auth.install(app)
    problems.install(app)
    v1.install(app)
    engine_rest.install(app)
    v2.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)


__all__ = ["install"]
