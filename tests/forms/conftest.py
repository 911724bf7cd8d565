"""Forms for tests, read as the deployment reads them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from lxml import etree

from workflows.diagrams.elements import CAMUNDA
from workflows.diagrams.forms import Form
from workflows.diagrams.forms.formdata import read_form_data
from workflows.diagrams.forms.formjs import read_form
from workflows.diagrams.problems import Problem
from workflows.diagrams.report import Report
from workflows.values import JsonValue

FormData = Callable[[str], Form]
Components = Callable[..., Form]
Mistakes = Callable[[str], tuple[Problem, ...]]


@pytest.fixture
def now() -> datetime:
    return datetime(2025, 3, 31, 8, 30, tzinfo=UTC)


def _read_form_data(fields: str) -> tuple[Form, Report]:
    report = Report("form.bpmn")
    element = etree.fromstring(f'<camunda:formData xmlns:camunda="{CAMUNDA}">{fields}</camunda:formData>')
    return read_form_data(element, "Task_1", report), report


@pytest.fixture
def form_data() -> FormData:
    """Read the fields of a `camunda:formData`; any problem fails the test."""

    def read(fields: str) -> Form:
        form, report = _read_form_data(fields)
        assert report.problems == []
        return form

    return read


@pytest.fixture
def form_data_problems() -> Mistakes:
    """Return the problems of the fields of a `camunda:formData`."""
    return lambda fields: _read_form_data(fields)[1].sorted()


def _read_form(components: tuple[dict[str, JsonValue], ...]) -> tuple[Form, Report]:
    report = Report("a.form")
    schema = {"id": "Form_1", "type": "default", "schemaVersion": 19, "components": components}
    return read_form(json.dumps(schema, indent=2).encode(), report), report


@pytest.fixture
def form_js() -> Components:
    """Read the components of a form-js schema; any problem fails the test."""

    def read(*components: dict[str, JsonValue]) -> Form:
        form, report = _read_form(components)
        assert report.problems == []
        return form

    return read


@pytest.fixture
def form_js_problems() -> Callable[..., tuple[Problem, ...]]:
    """Return the problems of the components of a form-js schema."""
    return lambda *components: _read_form(components)[1].sorted()
