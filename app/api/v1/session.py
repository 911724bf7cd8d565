"""Who calls."""

from typing import Any

from flask_wtf.csrf import generate_csrf
from marshmallow import Schema, fields

from app.api.v1.operations import Operations
from app.clinic.models import Scope
from app.web.identity import the_user

blueprint = Operations("v1_session", __name__, description="Who calls.")


class CallerSchema(Schema):
    """Who calls."""

    username = fields.String()
    name = fields.String()
    role = fields.String()
    scopes = fields.List(fields.String(), allow_none=True, metadata={"description": "of the token; null for a session"})
    csrf_token = fields.String(metadata={"description": "for the header X-CSRFToken of a session's changes"})


@blueprint.reading("/session", CallerSchema, scope=Scope)
def show() -> dict[str, Any]:
    """Say who calls, and as what."""
    user = the_user()
    scopes = None if user.scopes is None else sorted(user.scopes)
    return {
        "username": user.username,
        "name": user.name,
        "role": user.group,
        "scopes": scopes,
        "csrf_token": generate_csrf(),
    }
