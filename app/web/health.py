"""Whether the service can work, for whoever watches over it."""

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.web.access import public
from app.web.services import services

health = Blueprint("health", __name__)


@health.get("/healthz")
@public
def check() -> ResponseReturnValue:
    """Answer 200 if the database can be reached, else 503."""
    try:
        with services().database.read() as session:
            session.execute(text("SELECT 1"))
    except OperationalError:
        current_app.logger.exception("the database can't be reached")
        return jsonify(status="unavailable", database="unreachable"), 503
    return jsonify(status="ok", database="reachable")
