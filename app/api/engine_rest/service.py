"""Which service this is: the version of Camunda whose REST it speaks, and where its pages are."""

from flask import Blueprint, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue

from app.api.camunda.marks import asks
from app.clinic.models import Role
from app.web.access import only, public

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
    """Tell the Modeler where people look at what it has deployed and started."""
    cockpit = url_for("engine_rest_well_known.definitions", _external=True).removesuffix("repository")
    tasks = url_for("desk.tasks.listing", _external=True)
    return jsonify({"adminUrl": cockpit, "cockpitUrl": cockpit, "tasklistUrl": tasks})


@well_known.get("/cockpit/repository")
@only(Role.ADMINISTRATOR)
def definitions() -> ResponseReturnValue:
    """Go where deployed processes are shown: the Modeler adds this path to the address of the cockpit."""
    return redirect(url_for("desk.definitions.listing"))


@well_known.get("/cockpit/process-instance/<instance_id>")
@only(Role.ADMINISTRATOR)
def instance(instance_id: str) -> ResponseReturnValue:
    """Go where an instance is shown, as above."""
    return redirect(url_for("desk.instances.instance.show", instance_id=instance_id))
