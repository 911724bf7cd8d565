"""The multipart form with which Camunda's clients deploy: fields about the deployment, and a part for each file."""

from flask import request

from app.api.camunda import files as camunda
from app.api.camunda.asking import Asked
from app.api.camunda.refusals import RestError
from workflows.engine import Resource

_FIELDS = frozenset(
    {
        "deployment-name",
        "deployment-source",
        "deployment-activation-time",
        "deploy-changed-only",
        "enable-duplicate-filtering",
        "tenant-id",
    }
)


def fields() -> Asked:
    """Return the fields of the form; refuse those for which there is nothing here."""
    found = Asked(request.form.to_dict())
    for name in ("tenant-id", "deployment-activation-time"):
        if found.text(name):
            raise RestError(400, f"Deployments have no {name} here: leave it out.")
    return found


def files() -> list[Resource]:
    """Return the files, at least one."""
    for name in request.form:
        if name not in _FIELDS:
            raise RestError(400, f"No file name found in the deployment resource described by form parameter '{name}'.")
    return camunda.files()
