"""Backups of the clinic's people as CSV files, written beside each other by a group of Celery tasks."""

from uuid import UUID

from flask import Blueprint, abort, jsonify, send_file, url_for
from flask.typing import ResponseReturnValue

from app.clinic import audit, exports
from app.clinic.models import PartStatus, Report, ReportPart, Role, Scope
from app.web.access import only
from app.web.backups import order
from app.web.identity import the_user
from app.web.services import services, tasks

blueprint = Blueprint("reports", __name__, url_prefix="/admin/reports")

_MESSAGES = {
    PartStatus.WAITING: "backup ordered",
    PartStatus.RUNNING: "backup under way",
    PartStatus.DONE: "done backup",
    PartStatus.FAILED: "backup failed",
}


@blueprint.post("/create")
@only(Role.ADMINISTRATOR, scope=Scope.REPORTS)
def create() -> ResponseReturnValue:
    """Have all files written: 202 with the report's id and where to read how far it is."""
    report_id = order()
    here = url_for("reports.progress", report_id=report_id)
    with services().database.read() as session:
        told = _told(exports.find(session, report_id=report_id))
    return jsonify(told), 202, {"Location": here}


@blueprint.get("/<uuid:report_id>/progress")
@only(Role.ADMINISTRATOR, scope=Scope.REPORTS)
def progress(report_id: UUID) -> ResponseReturnValue:
    """Say how far a report is."""
    with services().database.read() as session:
        return jsonify(_told(exports.find(session, report_id=str(report_id))))


@blueprint.get("/<uuid:report_id>/<name>")
@only(Role.ADMINISTRATOR, scope=Scope.REPORTS)
def download(report_id: UUID, name: str) -> ResponseReturnValue:
    """Send a file that is written; who took it is in the audit."""
    with services().database.write() as session:
        report = exports.find(session, report_id=str(report_id))
        part = next((part for part in report.parts if part.name == name and part.status is PartStatus.DONE), None)
        if part is None:
            abort(404, "This report has no such file, or it is not written yet.")
        path = tasks().file(report.id, part.name)
        if not path.is_file():
            abort(404, "The file is not in the folder of reports any more, or that is not the folder of the workers.")
        now = services().clock()
        audit.record(
            session, who=the_user().id, action="backup read", subject=report.id, now=now, details={"file": name}
        )
    return send_file(path, mimetype="text/csv", as_attachment=True, download_name=name)


def _told(report: Report) -> dict[str, object]:
    return {
        "message": _MESSAGES[report.state],
        "id": report.id,
        "state": report.state,
        "created_at": report.created_at.isoformat(),
        "href": url_for("reports.progress", report_id=report.id),
        "files": [_told_of_file(report, part) for part in report.parts],
    }


def _told_of_file(report: Report, part: ReportPart) -> dict[str, object]:
    done = part.status is PartStatus.DONE
    return {
        "name": part.name,
        "state": part.status,
        "rows": part.rows,
        "total": part.total,
        "error": part.error or None,
        "touched_at": part.touched_at.isoformat(),
        "href": url_for("reports.download", report_id=report.id, name=part.name) if done else None,
    }
