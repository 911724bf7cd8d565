"""The OpenAPI document."""

from typing import cast

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from flask_smorest import Api

from app.web.access import public

blueprint = Blueprint("openapi", __name__)


@blueprint.get("/openapi.json")
@public
def document() -> ResponseReturnValue:
    """Describe the API."""
    api = cast(Api, current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"])
    return jsonify(api.spec.to_dict())
