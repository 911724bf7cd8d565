"""What browsers load that others wrote: from npm, as `.ci/setup` installs it beside the code.

Pages do without where it is not installed: a diagram is then the picture that `workflows.pictures` draws, a decision
the tables of its rules.
"""

import json
from functools import cache
from pathlib import Path

from flask import Blueprint, abort, send_from_directory
from flask.typing import ResponseReturnValue

from app.web.access import public
from app.web.policy import SCRIPTED, View, under
from app.web.services import config

libraries = Blueprint("libraries", __name__, url_prefix="/libraries")

BPMN_JS, DMN_JS = "bpmn-js", "dmn-js"
_A_YEAR = 365 * 24 * 60 * 60


@libraries.get("/<library>/<version>/<path:file>")
@public
def send(library: str, version: str, file: str) -> ResponseReturnValue:
    """Send a file of a library as it is installed; browsers may keep it, as another version has another address."""
    if library not in {BPMN_JS, DMN_JS} or version != version_of(library):
        abort(404)
    return send_from_directory(config().node_modules / library, file, max_age=_A_YEAR)


def version_of(library: str) -> str | None:
    """Return the version of a library that is installed, None if there is none."""
    return _version(config().node_modules / library)


def with_fonts(view: View) -> View:
    """Let a page load fonts of this site's own beside scripts: dmn-js draws its signs with one."""
    return under({**SCRIPTED, "font-src": "'self'"})(view)


@cache
def _version(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / "package.json").read_bytes())["version"])
    except FileNotFoundError:
        return None
