"""What browsers load that others wrote: from npm, as `.ci/setup` installs it beside the code.

Pages do without where it is not installed: a diagram is then the picture that `workflows.pictures` draws.
"""

import json
from functools import cache
from pathlib import Path

from flask import Blueprint, abort, send_from_directory
from flask.typing import ResponseReturnValue

from app.web.access import public
from app.web.services import config

libraries = Blueprint("libraries", __name__, url_prefix="/libraries")

BPMN_JS = "bpmn-js"
_A_YEAR = 365 * 24 * 60 * 60


@libraries.get(f"/{BPMN_JS}/<version>/<path:file>")
@public
def bpmn_js(version: str, file: str) -> ResponseReturnValue:
    """Send a file of the bpmn-js that is installed; browsers may keep it, as another version has another address."""
    if version != bpmn_js_version():
        abort(404)
    return send_from_directory(config().node_modules / BPMN_JS, file, max_age=_A_YEAR)


def bpmn_js_version() -> str | None:
    """Return the version of bpmn-js that is installed, None if there is none."""
    return _version(config().node_modules / BPMN_JS)


@cache
def _version(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / "package.json").read_bytes())["version"])
    except FileNotFoundError:
        return None
