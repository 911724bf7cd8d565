"""The variables of running instances, one by one and together. Java's client names an execution, JavaScript's an
instance where an execution is meant: either id is good at both addresses."""

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import in_body, in_query
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import RestError
from app.api.engine_rest import values
from app.api.engine_rest.instances import running
from app.web.identity import the_user
from app.web.services import services
from workflows.values import JsonValue, Variables

blueprint = Blueprint("engine_rest_variables", __name__, url_prefix="/engine-rest")

_INSTANCE = "/process-instance/<instance_id>/variables"
_EXECUTION = "/execution/<instance_id>/localVariables"


@blueprint.get(_INSTANCE)
@blueprint.get(_EXECUTION)
@reads
def listing(instance_id: str) -> ResponseReturnValue:
    """Return all variables of an instance."""
    found = services().engine.variables(running(instance_id).id)
    return jsonify(values.read(found, deserialize=deserialized("deserializeValues")))


@blueprint.post(_INSTANCE)
@blueprint.post(_EXECUTION)
@runs
def change(instance_id: str) -> ResponseReturnValue:
    """Set several variables."""
    found = running(instance_id)
    set_variables(found.id, modifications())
    return "", 204


@blueprint.get(f"{_INSTANCE}/<name>")
@blueprint.get(f"{_EXECUTION}/<name>")
@reads
def show(instance_id: str, name: str) -> ResponseReturnValue:
    """Return one variable."""
    value = one_of(services().engine.variables(running(instance_id).id), name)
    return jsonify(values.read_one(value, deserialize=deserialized("deserializeValue")))


@blueprint.put(f"{_INSTANCE}/<name>")
@blueprint.put(f"{_EXECUTION}/<name>")
@runs
def put(instance_id: str, name: str) -> ResponseReturnValue:
    """Set one variable."""
    found = running(instance_id)
    set_variables(found.id, {name: values.written_one(name, dict(in_body().members))})
    return "", 204


@blueprint.get(f"{_INSTANCE}/<name>/data")
@blueprint.get(f"{_EXECUTION}/<name>/data")
@reads
def data(instance_id: str, name: str) -> ResponseReturnValue:
    """Return the bytes of a file, or of any other value."""
    return raw(one_of(services().engine.variables(running(instance_id).id), name))


@blueprint.post(f"{_INSTANCE}/<name>/data")
@blueprint.post(f"{_EXECUTION}/<name>/data")
@runs
def upload(instance_id: str, name: str) -> ResponseReturnValue:
    """Set a variable to a file that comes as the part `data` of a form."""
    found, part = running(instance_id), request.files.get("data")
    if part is None:
        raise RestError(400, "No 'data' form part found.")
    kind, content = request.form.get("valueType", "File"), part.read()
    if kind.lower() == "bytes":
        value = values.bytes_value(content)
    elif part.filename:
        value = values.file_value(content, part.filename, part.mimetype or None)
    else:
        raise RestError(400, "The form part 'data' of a file needs a filename.")
    set_variables(found.id, {name: value})
    return "", 204


def modifications() -> Variables:
    """Return the variables that the body of a request sets."""
    body = in_body()
    if body.texts("deletions"):
        raise RestError(400, "Variables are not removed here: set them to null.")
    found = values.written(body.members.get("modifications"), "modifications")
    if not found:
        raise RestError(400, "modifications is empty: there is no variable to set.")
    return found


def set_variables(instance_id: str, given: Variables, scope: str | None = None, *, local: bool = False) -> None:
    """Set variables of an instance, or those that a task of it sees."""
    services().engine.set_variables(instance_id, given, scope=scope, local=local, by=the_user().id)


def one_of(variables: Variables, name: str) -> JsonValue:
    """Return the value of a variable that must be there."""
    if name not in variables:
        raise RestError(404, f"variable with name {name} does not exist")
    return variables[name]


def raw(value: JsonValue) -> Response:
    """Return the bytes of a value, never to be shown by a browser as a page."""
    content, kind, name = values.raw(value)
    response = Response(content, mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", **({"filename": name} if name else {}))
    return response


def deserialized(name: str) -> bool:
    """Say whether lists and objects are to be read as they are."""
    return in_query().flag(name, default=True)
