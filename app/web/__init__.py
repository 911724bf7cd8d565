"""The web pages of patients and staff: `create_app` makes them of the services that they stand on."""

from app.web.application import create_app
from app.web.services import OpenIdConfig, Services, WebConfig

__all__ = ["OpenIdConfig", "Services", "WebConfig", "create_app"]
