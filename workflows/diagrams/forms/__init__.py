"""Forms: one model for `camunda:formData` and form-js `.form` files, what a page shows, and what it accepts."""

from workflows.diagrams.forms.formjs import compile_form
from workflows.diagrams.forms.model import (
    FieldType,
    FieldView,
    Form,
    FormField,
    FormResult,
    FormView,
    InputKind,
    Option,
    OptionView,
)
from workflows.diagrams.forms.pages import accept, prepare, validate

__all__ = [
    "FieldType",
    "FieldView",
    "Form",
    "FormField",
    "FormResult",
    "FormView",
    "InputKind",
    "Option",
    "OptionView",
    "accept",
    "compile_form",
    "prepare",
    "validate",
]
