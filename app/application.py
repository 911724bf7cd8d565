"""The whole application: the pages, and the API beside them, under one guard."""

from flask import Flask

from app import api, web
from app.api import cors
from app.web.services import Services, WebConfig


def create_app(services: Services, config: WebConfig) -> Flask:
    """Return the application that serves people and programs."""
    app = web.create_app(services, config)
    api.install(app)
    cors.install(app, config.cors_origins)
    return app
