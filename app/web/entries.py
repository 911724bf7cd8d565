"""The forms of the clinic's own pages, with the fields, checks and template that the forms of diagrams have."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum
from typing import TypeVar

from flask import request

from app.clinic.errors import InvalidInput
from app.web.services import services
from workflows.diagrams.forms import FieldType, Form, FormField, FormResult, FormView, Option, prepare, validate
from workflows.diagrams.forms.model import InputKind, TimeFormat
from workflows.expressions.expression import Literal
from workflows.values import JsonValue

Member = TypeVar("Member", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Entries:
    """What was entered, by the field's id; a field that was left empty is an empty text, or None."""

    values: Mapping[str, JsonValue]

    def text(self, field_id: str) -> str:
        """Return the text of a field, or the choice that was made."""
        return str(self.values.get(field_id) or "")

    def number(self, field_id: str) -> int:
        """Return the whole number of a field that has to be filled in."""
        return int(str(self.values[field_id]))

    def numbers(self, field_id: str) -> list[int]:
        """Return the choices that were made, as whole numbers."""
        chosen = self.values.get(field_id)
        return [int(str(each)) for each in chosen] if isinstance(chosen, list) else []

    def choices(self, field_id: str, members: type[Member]) -> list[Member]:
        """Return the choices that were made, as members of an enumeration."""
        chosen = self.values.get(field_id)
        return [members(str(each)) for each in chosen] if isinstance(chosen, list) else []

    def day(self, field_id: str) -> date:
        """Return the day of a field that has to be filled in."""
        return date.fromisoformat(self.text(field_id))

    def day_or_none(self, field_id: str) -> date | None:
        """Return the day of a field, None if it was left empty."""
        return self.day(field_id) if self.text(field_id) else None

    def clock(self, field_id: str) -> time:
        """Return the time of day of a field that has to be filled in."""
        return time.fromisoformat(self.text(field_id))

    def clock_or_none(self, field_id: str) -> time | None:
        """Return the time of day of a field, None if it was left empty."""
        return self.clock(field_id) if self.text(field_id) else None


def field(
    field_id: str,
    kind: FieldType,
    label: str,
    *,
    hint: str = "",
    required: bool = True,
    longest: int | None = None,
    options: Sequence[tuple[str, str]] = (),
    input_kind: InputKind = InputKind.TEXT,
) -> FormField:
    """Return a field; `options` are values and labels. Times of day are those of the clinic's clock."""
    return FormField(
        id=field_id,
        type=kind,
        label=Literal(label),
        description=Literal(hint),
        required=Literal(required),
        max_length=None if longest is None else Literal(longest),
        options=tuple(Option(value, text) for value, text in options),
        input_kind=input_kind,
        time_format=TimeFormat.LOCAL,
    )


def opened(form: Form, values: Mapping[str, JsonValue] | None = None) -> FormView:
    """Return the form as it stands when it is opened, with `values` in its fields."""
    return prepare(form, values or {}, services().now())


def entered(form: Form) -> FormView:
    """Return the form with what the present request enters."""
    return _submission(form).view


def submit(form: Form, act: Callable[[Entries], None]) -> FormView | None:
    """Do `act` with what the present request enters; return the form with its errors if something is refused."""
    result = _submission(form)
    if not result.accepted:
        return result.view
    try:
        act(Entries(result.values))
    except InvalidInput as error:
        return refused(result.view, error)
    return None


def refused(view: FormView, error: InvalidInput) -> FormView:
    """Return the form with the sentence of `error` beside its field; raise `error` if there is no such field."""
    if error.field not in {each.id for each in view.fields}:
        raise error
    fields = (replace(each, error=error.message) if each.id == error.field else each for each in view.fields)
    return replace(view, fields=tuple(fields))


def _submission(form: Form) -> FormResult:
    return validate(form, request.form.to_dict(flat=False), {}, services().now())
