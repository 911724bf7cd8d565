"""Asking before something is done to an instance: what will happen, why it is wanted; then doing it, or saying why not.

What an engine refuses is a sentence on the page that asked, and nothing has changed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue

from app.web import entries
from app.web.entries import Entries
from app.web.errors import status_of
from workflows.diagrams.forms import FieldType, Form, FormField, FormView
from workflows.errors import Conflict, InvalidInput, NotFound, NotSupported, Unavailable
from workflows.expressions.expression import Literal
from workflows.values import JsonValue

REFUSALS = (Conflict, InvalidInput, NotFound, NotSupported, Unavailable)
"""What an engine may answer to a command that is understood: its text says why."""

REASON = entries.field(
    "reason",
    FieldType.STRING,
    "Reason",
    hint="It stands in the audit of the instance, beside your name.",
    longest=500,
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before it is done.

    `consequences` are sentences that say what will happen, `button` what is done by pressing it. `kept` are names and
    values of what was chosen on the page before. `back` is where one goes instead.
    """

    heading: str
    consequences: Sequence[str]
    button: str
    back: str
    fields: tuple[FormField, ...] = ()
    values: dict[str, JsonValue] = field(default_factory=dict)
    kept: Sequence[tuple[str, str]] = ()
    dangerous: bool = False

    @property
    def form(self) -> Form:
        """The fields of the question; the last asks for the reason."""
        return Form("question", (*self.fields, REASON), submit_label=Literal(self.button))


def ask(question: Question, view: FormView | None = None, problem: str = "") -> str:
    """Return the page that asks; `problem` is why it was not done."""
    shown = view or entries.opened(question.form, question.values)
    return render_template("desk/question.html", question=question, view=shown, problem=problem)


def carry_out(question: Question, act: Callable[[Entries], None], done: str) -> ResponseReturnValue:
    """Do `act` with what was entered, say that it is `done` and go back; or ask again, saying what is wrong."""
    try:
        refused = entries.submit(question.form, act)
    except REFUSALS as error:
        return ask(question, entries.entered(question.form), str(error)), status_of(error)
    if refused is not None:
        return ask(question, refused), 422
    flash(done)
    return redirect(question.back, 303)
