"""The page on which people read and try the versioned API: Swagger UI, from the package that set-up installs."""

from pathlib import Path
from typing import Final

import flask_swagger_ui
from flask import Blueprint, abort, render_template, send_from_directory
from flask.typing import ResponseReturnValue

from app.web import policy
from app.web.access import public

blueprint = Blueprint("explorer", __name__, url_prefix="/api/docs", template_folder="templates")

_FOLDER: Final = Path(flask_swagger_ui.__file__).with_name("dist")
_FILES: Final = frozenset({"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"})
_HOUR: Final = 3600
_POLICY = {**policy.SCRIPTED, "img-src": "'self' data:"}
"""Pictures in the styles of Swagger UI are part of them."""


@blueprint.get("")
@policy.under(_POLICY)
@public
def page() -> ResponseReturnValue:
    """Show the explorer. Who is signed in tries the API as themselves; a token goes into "Authorize"."""
    return render_template("explorer.html")


@blueprint.get("/<file>")
@public
def asset(file: str) -> ResponseReturnValue:
    """Send a file of Swagger UI that the page loads."""
    if file not in _FILES:
        abort(404)
    return send_from_directory(_FOLDER, file, max_age=_HOUR)
