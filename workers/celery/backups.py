"""The group that writes the files of a report, each by a task of its own, beside the others."""

import logging

from app.clinic import exports
from app.clinic.errors import NotFound
from workers.celery.workplace import Workplace

WRITE = "dams.backups.write"

_log = logging.getLogger(__name__)


def write(place: Workplace, report_id: str, name: str) -> int:
    """Write one file of a report, and note how far it is; return the number of its rows.

    What goes wrong is noted at the file, for whoever asked for the report, and raised on.
    """
    try:
        return _write(place, report_id, name)
    except NotFound:
        _log.info("The report %s was given up before %s was begun", report_id, name)
        return 0
    except Exception as error:
        with place.database.write() as session:
            said = f"{type(error).__name__}: {error}"
            exports.fail(session, report_id=report_id, name=name, error=said, now=place.clinic.now())
        raise


def _write(place: Workplace, report_id: str, name: str) -> int:
    with place.database.write() as session:
        if not exports.begin(session, report_id=report_id, name=name, now=place.clinic.now()):
            return 0  # a message that came twice

    def note(rows: int) -> None:
        with place.database.write() as session:
            exports.note_rows(session, report_id=report_id, name=name, rows=rows, now=place.clinic.now())

    with place.database.read() as session:
        path = place.reports / report_id / name
        rows = exports.write(path, exports.columns(name), exports.rows(session, name), note)
    with place.database.write() as session:
        exports.finish(session, report_id=report_id, name=name, rows=rows, now=place.clinic.now())
    _log.info("Wrote %s of report %s: %d rows", name, report_id, rows)
    return rows


TASKS = {WRITE: write}
