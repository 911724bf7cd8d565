"""Files of a multipart form, to deploy."""

from pathlib import PurePosixPath, PureWindowsPath

from flask import request

from app.api.camunda.refusals import RestError
from workflows.engine import Resource


def files() -> list[Resource]:
    """Return the files of this request's form, at least one."""
    found = [Resource(_name(part.filename), part.read()) for _, part in request.files.items(multi=True)]
    if not found:
        raise RestError(400, "No deployment resources contained in the form upload.")
    return found


def _name(name: str | None) -> str:
    """Return the last part of a file name of any system."""
    return PurePosixPath(PureWindowsPath(name or "").name).name
