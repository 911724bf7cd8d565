"""Which service this is: the version of Camunda whose REST it speaks, and where its pages are."""

from flask import Blueprint, jsonify, url_for
from flask.typing import ResponseReturnValue

from app.api.engine_rest.marks import asks
from app.web.access import public

VERSION = "7.24.0"
"""The version of Camunda 7 whose REST this is; clients compare it with what they know."""

blueprint = Blueprint("engine_rest", __name__, url_prefix="/engine-rest")
well_known = Blueprint("engine_rest_well_known", __name__)


@blueprint.get("/version")
@asks
def version() -> ResponseReturnValue:
    """Tell the version."""
    return jsonify({"version": VERSION})


@blueprint.get("/engine")
@asks
def engines() -> ResponseReturnValue:
    """List the engines: one."""
    return jsonify([{"name": "default"}])


@well_known.get("/.well-known/camunda-automation-platform/webapps")
@public
def webapps() -> ResponseReturnValue:
    """Tell the Modeler where people look at what it has deployed."""
    processes = url_for("processes.listing", _external=True)
    tasks = url_for("tasks.listing", _external=True)
    return jsonify({"adminUrl": processes, "cockpitUrl": processes, "tasklistUrl": tasks})
