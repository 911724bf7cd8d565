"""The versioned API, described by the OpenAPI document at `/api/v1/openapi.json`."""

from flask import Flask
from flask_smorest import Api

from app.api.v1 import definitions, description, doctors, history, instances, messages, session

PREFIX = "/api/v1"
_BLUEPRINTS = (
    session.blueprint,
    doctors.blueprint,
    definitions.blueprint,
    instances.blueprint,
    messages.blueprint,
    history.blueprint,
)
_TOKEN = {"type": "http", "scheme": "bearer", "description": "A personal API token, made at /account/tokens."}


class _Described(Api):
    """Schemas and their description; who may call, and how errors are told, are the application's own."""

    def _register_error_handlers(self) -> None:
        """Leave that to `app.api.problems`."""


def install(app: Flask) -> None:
    """Add the versioned API to `app`."""
    app.config.update(API_TITLE="DAMS", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    described = _Described(app)
    described.spec.components.security_scheme("token", _TOKEN)
    described.spec.options["security"] = [{"token": []}]
    for blueprint in _BLUEPRINTS:
        described.register_blueprint(blueprint, url_prefix=PREFIX)
    app.register_blueprint(description.blueprint, url_prefix=PREFIX)
