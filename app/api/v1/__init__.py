"""The versioned API, described by the OpenAPI document at `/api/v1/openapi.json`, with a page to try it."""

from http import HTTPStatus
from typing import Any

from flask import Flask
from flask_smorest import Api
from flask_smorest.utils import prepare_response

from app.api.v1 import (
    appointments,
    availability,
    bills,
    definitions,
    description,
    diagnoses,
    explorer,
    history,
    instances,
    laboratory,
    messages,
    notices,
    people,
    session,
    tasks,
)
from app.api.v1.fields import ProblemSchema

PREFIX = "/api/v1"
_BLUEPRINTS = (
    session.blueprint,
    people.blueprint,
    availability.blueprint,
    appointments.blueprint,
    bills.blueprint,
    diagnoses.blueprint,
    laboratory.blueprint,
    notices.blueprint,
    tasks.blueprint,
    definitions.blueprint,
    instances.blueprint,
    messages.blueprint,
    history.blueprint,
)
_TOKEN = {"type": "http", "scheme": "bearer", "description": "A personal API token, made at /account/tokens."}
_WAIT = {"Retry-After": {"schema": {"type": "integer"}, "description": "in so many seconds it may be tried again"}}
_EMPTY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class _Described(Api):
    """Schemas and their description; who may call, and how errors are told, are the application's own."""

    DEFAULT_ERROR_RESPONSE_NAME = None  # every status is described where it may come

    def _register_error_handlers(self) -> None:
        """Leave that to `app.api.problems`."""

    def _register_responses(self) -> None:
        """Describe each refusal as the problem that it is."""
        for status in HTTPStatus:
            told: dict[str, Any] = {"description": status.phrase}
            if status not in _EMPTY:
                told["schema"] = ProblemSchema
            if status is HTTPStatus.TOO_MANY_REQUESTS:
                told["headers"] = _WAIT
            prepare_response(told, self.spec, "application/problem+json")
            self.spec.components.response(status.name, told, lazy=True)


def install(app: Flask) -> None:
    """Add the versioned API to `app`."""
    app.config.update(API_TITLE="DAMS", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    described = _Described(app)
    described.spec.components.security_scheme("token", _TOKEN)
    described.spec.options["security"] = [{"token": []}]
    for blueprint in _BLUEPRINTS:
        described.register_blueprint(blueprint, url_prefix=PREFIX)
    app.register_blueprint(description.blueprint, url_prefix=PREFIX)
    app.register_blueprint(explorer.blueprint)
