"""The fields in which people's profiles are entered, as the clinic knows them for each role."""

from collections.abc import Collection, Mapping

from app.clinic.accounts import FIELDS
from app.clinic.errors import InvalidInput
from app.clinic.models import Role
from app.clinic.self_service import hash_password
from app.web.entries import Entries, field
from workflows.diagrams.forms import FieldType, Form, FormField
from workflows.diagrams.forms.model import InputKind
from workflows.expressions.expression import Literal

_DAYS = frozenset({"birthday", "date_started"})
_KINDS = {"email": InputKind.EMAIL, "mobile": InputKind.PHONE}
_LABELS = {
    "firstname": ("First name", ""),
    "midname": ("Middle name", ""),
    "lastname": ("Family name", ""),
    "email": ("E-mail address", ""),
    "mobile": ("Telephone number", "Such as +49 151 2345678."),
    "birthday": ("Date of birth", ""),
    "profession": ("Profession", ""),
    "address": ("Address", ""),
    "position": ("Position", "Such as Consultant."),
    "date_started": ("Started on", ""),
    "empid": ("Staff number", "Such as ADM-100."),
    "docid": ("Staff number", "Such as HSP-200."),
    "specialization": ("Specialization", "As patients look for it, such as Cardiology."),
}

USERNAME = field(
    "username",
    FieldType.STRING,
    "User name",
    hint="3 to 40 letters a-z, digits, and . _ @ - between them. It can't be changed later.",
    longest=40,
)


MAILED = ("email",)
"""What is known of a profile that somebody completes by a mailed link: the address to which it was sent."""


def account_heading(role: Role) -> str:
    """Return the heading of a page that makes an account of this role."""
    name = role.name.lower()
    return f"An account for {'an' if name[0] in 'aeiou' else 'a'} {name}"


def email_form(hint: str, *others: FormField) -> Form:
    """Return the form that asks for an e-mail address to which a link is to be sent, and for what `others` ask."""
    label, _ = _LABELS["email"]
    email = field("email", FieldType.STRING, label, hint=hint, longest=254, input_kind=InputKind.EMAIL)
    return Form("email", (email, *others), submit_label=Literal("Send me the link"))


def fields(role: Role, leave_out: Collection[str] = ()) -> tuple[FormField, ...]:
    """Return the fields of a role's profile."""
    return tuple(_field(name, needed=needed) for name, needed in FIELDS[role].items() if name not in leave_out)


def profile(role: Role, entered: Entries, leave_out: Collection[str] = ()) -> dict[str, str]:
    """Return what was entered into these fields, and nothing else that a request may have brought."""
    return {name: entered.text(name) for name in FIELDS[role] if name not in leave_out}


def new_password(label: str = "Password") -> tuple[FormField, FormField]:
    """Return the fields for a new password, which is given twice."""
    hint = "8 characters or more; some words that you remember are good."
    return (
        field("password", FieldType.STRING, label, hint=hint, longest=128, input_kind=InputKind.PASSWORD),
        field("again", FieldType.STRING, "The same again", longest=128, input_kind=InputKind.PASSWORD),
    )


def hashed_password(username: str, given: Mapping[str, str]) -> str:
    """Return the hash of the password that a form gives twice; raise `InvalidInput` beside its field.

    It takes the text as it was sent: what a form makes of other texts would change it.
    """
    password = given.get("password", "")
    if password != given.get("again", ""):
        raise InvalidInput("again", "This is not the same as above.")
    return hash_password(username, password)


def _field(name: str, *, needed: bool) -> FormField:
    label, hint = _LABELS[name]
    if name in _DAYS:
        return field(name, FieldType.DATE, label, hint=hint, required=needed)
    kind = _KINDS.get(name, InputKind.TEXT)
    return field(name, FieldType.STRING, label, hint=hint, required=needed, longest=254, input_kind=kind)
