"""Backups of the clinic's people: which files a report has, what is in them, and how far each is."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from app.clinic.errors import NotFound
from app.clinic.models import Administrator, Doctor, Login, PartStatus, Patient, Report, ReportPart

KINDS: Mapping[str, type[Administrator] | type[Doctor] | type[Patient]] = {
    "dams_admin.csv": Administrator,
    "dams_doctor.csv": Doctor,
    "dams_patient.csv": Patient,
}
"""The files of a report, and whom each lists."""

_LEFT_OUT = frozenset({"name_key"})
_AT_A_TIME = 1000
_LONGEST_ERROR = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
"""How a cell begins that a spreadsheet may take for a formula; the apostrophe, so that what `_cell` does is undone by
taking one away."""


def create(session: Session, *, report_id: str, who: str, now: datetime) -> Report:
    """Add a report whose files are still to be written; `who` is a login's id."""
    parts = [ReportPart(name=name, touched_at=now) for name in KINDS]
    report = Report(id=report_id, created_at=now, created_by=who, parts=parts)
    session.add(report)
    session.flush()
    return report


def find(session: Session, *, report_id: str) -> Report:
    """Return a report; raise `NotFound`."""
    report = session.get(Report, report_id) if report_id.isprintable() else None
    if report is None:
        raise NotFound("report", report_id)
    return report


def list_reports(session: Session, *, limit: int) -> list[Report]:
    """Return the newest reports, newest first."""
    return list(session.scalars(select(Report).order_by(Report.created_at.desc(), Report.id).limit(limit)))


def remove(session: Session, *, report_id: str) -> None:
    """Forget a report that was never begun."""
    session.delete(find(session, report_id=report_id))


def begin(session: Session, *, report_id: str, name: str, now: datetime) -> bool:
    """Note that a file is being written, how often it was begun before; return False if it is written already."""
    find(session, report_id=report_id)
    total = session.scalar(select(func.count()).select_from(KINDS[name])) or 0
    return _change(session, report_id, name, status=PartStatus.RUNNING, rows=0, total=total, error="", touched_at=now)


def note_rows(session: Session, *, report_id: str, name: str, rows: int, now: datetime) -> None:
    """Note how many rows of a file are written so far."""
    _change(session, report_id, name, rows=rows, touched_at=now)


def finish(session: Session, *, report_id: str, name: str, rows: int, now: datetime) -> None:
    """Note that a file is there, whole, with so many rows."""
    _change(session, report_id, name, status=PartStatus.DONE, rows=rows, total=rows, touched_at=now)


def fail(session: Session, *, report_id: str, name: str, error: str, now: datetime) -> None:
    """Note that a file will not come; `error` is a sentence."""
    _change(session, report_id, name, status=PartStatus.FAILED, error=error[:_LONGEST_ERROR], touched_at=now)


def columns(name: str) -> list[str]:
    """Return the header of a file: the columns of its table, with those of the login; never the password."""
    own = [column.key for column in KINDS[name].__table__.columns if column.key not in _LEFT_OUT]
    return [*own, "username", "active", "created_at"]


def rows(session: Session, name: str) -> Iterator[tuple[str, ...]]:
    """Give the rows of a file, in the order of their keys, as many in memory at a time as come from the database."""
    table = KINDS[name]
    own = [table.__table__.columns[column] for column in columns(name)[:-3]]
    query: Select[Any] = (
        select(*own, Login.username, Login.active, Login.created_at)
        .join(Login, Login.id == table.login_id)
        .order_by(*table.__table__.primary_key)
        .execution_options(yield_per=_AT_A_TIME)
    )
    for row in session.execute(query):
        yield tuple(_cell(value) for value in row)


def write(path: Path, header: Iterable[str], lines: Iterable[tuple[str, ...]], progress: Callable[[int], None]) -> int:
    """Write a CSV file (RFC 4180, UTF-8) that appears whole or not at all; return the number of its rows.

    `progress` is told of the rows written, now and then. What an attempt that was killed has left behind is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name}-"
    for left in path.parent.glob(f"{prefix}*"):
        left.unlink(missing_ok=True)
    count = 0
    with NamedTemporaryFile("w", dir=path.parent, prefix=prefix, delete=False, encoding="utf-8", newline="") as file:
        try:
            writer = csv.writer(file)
            writer.writerow(header)
            for line in lines:
                writer.writerow(line)
                count += 1
                if count % _AT_A_TIME == 0:
                    progress(count)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(file.name).unlink()
            raise
    return count


def _cell(value: object) -> str:
    """Return a value as text that no spreadsheet takes for a formula: an apostrophe stands before one."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _change(session: Session, report_id: str, name: str, **values: object) -> bool:
    """Change a file's row unless the file is done; return whether that was so."""
    mine = (ReportPart.report_id == report_id, ReportPart.name == name, ReportPart.status != PartStatus.DONE)
    changed = session.scalars(update(ReportPart).where(*mine).values(values).returning(ReportPart.name)).all()
    return bool(changed)
