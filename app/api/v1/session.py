"""Who calls."""

from typing import Any

from flask_smorest import Blueprint
from flask_wtf.csrf import generate_csrf

from app.api.v1.schemas import CallerSchema
from app.clinic.models import Scope
from app.web.access import only
from app.web.identity import the_user

blueprint = Blueprint("v1_session", __name__, description="Who calls.")


@blueprint.route("/session")
@only(scope=Scope)
@blueprint.response(200, CallerSchema)
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
