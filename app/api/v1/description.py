"""The OpenAPI document."""

from typing import cast

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from flask_smorest import Api

from app.api.v1.operations import tag_of
from app.web.access import public

blueprint = Blueprint("openapi", __name__)


@blueprint.get("/openapi.json")
@public
def document() -> ResponseReturnValue:
    """Describe the API."""
    api = cast(Api, current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"])
    described = api.spec.to_dict()
    tags = [{**tag, "name": tag_of(tag["name"])} for tag in described["tags"]]
    return jsonify({**described, "tags": tags})
