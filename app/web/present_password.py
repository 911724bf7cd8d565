"""The present password, for changes that a browser which was left open must not be enough for."""

from flask import request

from app.clinic import people
from app.clinic.errors import InvalidInput
from app.web.account import begin_attempt, locked_sentence, succeed_attempt
from app.web.entries import field
from app.web.identity import the_user
from app.web.inputs import PRESENT_PASSWORD
from app.web.services import services
from workflows.diagrams.forms import FieldType
from workflows.diagrams.forms.model import InputKind

FIELD = field(PRESENT_PASSWORD, FieldType.STRING, "Present password", longest=128, input_kind=InputKind.PASSWORD)

_WRONG = "This is not your present password."


def check() -> None:
    """Raise `InvalidInput` beside the field unless it has the password of who is signed in; attempts are counted."""
    user = the_user()
    locked_until = begin_attempt(user.username)
    if locked_until is not None:
        raise InvalidInput(PRESENT_PASSWORD, locked_sentence(locked_until))
    with services().database.read() as session:
        known = people.authenticate(session, username=user.username, password=request.form.get(PRESENT_PASSWORD, ""))
    if known is None:
        raise InvalidInput(PRESENT_PASSWORD, _WRONG)
    succeed_attempt(user.username)
