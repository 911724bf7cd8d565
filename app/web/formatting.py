"""What all templates know: times as people read them, names of things, and who is signed in."""

from datetime import date, datetime
from decimal import Decimal

from flask import Flask, g, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from app.clinic.models import Role
from app.web.filling import CSRF_FIELD, TASK_FIELD
from app.web.services import services

_NAVIGATION = (
    ("dashboard.show", "Dashboard", frozenset(Role)),
    ("notices.listing", "Notices", frozenset(Role)),
    ("tasks.listing", "Tasks", frozenset({Role.PATIENT})),
    ("desk.tasks.listing", "Tasks", frozenset({Role.DOCTOR})),
    ("desk.tasks.listing", "Desk", frozenset({Role.ADMINISTRATOR})),
    ("diagnoses.patients", "Patients", frozenset({Role.DOCTOR})),
    ("diagnoses.findings", "Findings", frozenset({Role.PATIENT})),
    ("waiting_list.show", "Waiting list", frozenset({Role.PATIENT, Role.ADMINISTRATOR})),
    ("availability.listing", "Availability", frozenset({Role.ADMINISTRATOR, Role.DOCTOR})),
    ("payment.bills", "Bills", frozenset({Role.PATIENT})),
    ("payment.held", "Payments", frozenset({Role.ADMINISTRATOR})),
    ("accounts.listing", "Accounts", frozenset({Role.ADMINISTRATOR})),
    ("laboratory.listing", "Laboratory", frozenset({Role.ADMINISTRATOR})),
    ("outbox.listing", "Outbox", frozenset({Role.ADMINISTRATOR})),
    ("backups.listing", "Backups", frozenset({Role.ADMINISTRATOR})),
    ("dag_runs.listing", "DAG runs", frozenset({Role.ADMINISTRATOR})),
)


def install(app: Flask) -> None:
    """Give the templates of `app` their filters, functions and variables."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.add_template_filter(clock)
    app.add_template_filter(day)
    app.add_template_filter(moment)
    app.add_template_filter(money)
    app.add_template_global(csrf_field)
    app.add_template_global(TASK_FIELD, "task_field")  # type: ignore[arg-type]
    app.context_processor(_surroundings)


def day(instant: datetime | date) -> str:
    """Return the day in the clinic's zone, such as ``Tuesday, 24 November 2026``."""
    local = instant.astimezone(services().zone) if isinstance(instant, datetime) else instant
    return f"{local:%A}, {local.day} {local:%B %Y}"


def clock(instant: datetime) -> str:
    """Return the time of day in the clinic's zone with the zone's name, such as ``09:30 CET``."""
    return f"{instant.astimezone(services().zone):%H:%M %Z}"


def moment(instant: datetime) -> str:
    """Return a day and time, short, such as ``24 Nov 2026, 09:30 CET``."""
    local = instant.astimezone(services().zone)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


def money(amount: Decimal) -> str:
    """Return an amount with the clinic's currency, such as ``1,234.50 GBP``."""
    return services().details.money(amount)


def csrf_field() -> Markup:
    """Return the hidden field that shows a form to be ours."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, generate_csrf())


def _surroundings() -> dict[str, object]:
    user = g.get("user")
    return {
        "clinic_name": services().clinic_name,
        "zone": services().zone.key,
        "user": user,
        "navigation": [
            (endpoint, label, _is_here(endpoint))
            for endpoint, label, roles in _NAVIGATION
            if user and user.role in roles
        ],
    }


def _is_here(endpoint: str) -> bool:
    """Say whether the present page is this one; all pages of the desk are one."""
    blueprint, _, _ = endpoint.partition(".")
    return request.endpoint == endpoint or (blueprint == "desk" and blueprint in request.blueprints)
