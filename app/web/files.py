"""The files of an appointment, for those whom it concerns."""

from io import BytesIO

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from app.clinic import appointments, documents, people
from app.clinic.models import DocumentKind
from app.web.access import only
from app.web.identity import the_user
from app.web.services import services
from app.web.steps import PROCESS_ID
from workflows.engine import InstanceQuery

files = Blueprint("files", __name__)

_KINDS = ", ".join(kind.value for kind in DocumentKind)


@files.get(f"/documents/<ticketid>/<any({_KINDS}):kind>")
@only()
def download(ticketid: str, kind: str) -> ResponseReturnValue:
    """Send the schedule of an appointment as PDF or calendar file, to those who may see it or who booked it."""
    with services().database.read() as session:
        if not _was_booked_by(the_user().id, ticketid):
            login = people.find_login(session, login_id=the_user().id)
            appointments.find_for_login(session, ticketid=ticketid, login=login)
        document = documents.find_document(session, ticketid=ticketid, kind=DocumentKind(kind))
        return send_file(
            BytesIO(document.content),
            mimetype=document.media_type.partition(";")[0],  # Flask adds the charset
            as_attachment=True,
            download_name=document.file_name,
        )


def _was_booked_by(user_id: str, ticketid: str) -> bool:
    """Say whether a booking of this person's came to this appointment: staff book for patients and other doctors."""
    query = InstanceQuery(PROCESS_ID, business_key=ticketid, started_by=user_id, limit=1)
    return bool(services().engine.instances(query))
