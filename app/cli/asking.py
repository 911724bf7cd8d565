"""What the commands stand on, and how they read what is typed."""

import json
from collections.abc import Iterable
from typing import Protocol

import click

from app.clinic import people
from app.clinic.errors import ClinicError
from app.database import Database
from workflows.engine import Engine
from workflows.values import JsonValue, Variables


class Service(Protocol):
    """The parts of the running service that commands ask for."""

    @property
    def engine(self) -> Engine: ...

    @property
    def database(self) -> Database: ...

    def check_tables(self) -> None: ...


def pairs(texts: Iterable[str], metavar: str) -> dict[str, str]:
    """Read texts like A=B; `metavar` says in an error what they should look like."""
    found = {}
    for text in texts:
        name, separator, rest = text.partition("=")
        if not separator or not name:
            raise click.BadParameter(f"{text!r} is not {metavar}")
        found[name] = rest
    return found


def variables(texts: Iterable[str]) -> Variables:
    """Read NAME=VALUE pairs."""
    return {name: _value(text) for name, text in pairs(texts, "NAME=VALUE").items()}


def _value(text: str) -> JsonValue:
    """Return the JSON value of `text`; what is no JSON is text."""
    try:
        parsed: JsonValue = json.loads(text)
    except json.JSONDecodeError:
        return text
    except (ValueError, RecursionError) as error:
        raise click.BadParameter("this JSON has a number that is too long, or is nested too deep") from error
    return parsed


def login_id(service: Service, username: str, hint: str = "--as") -> str:
    """Return the id of a login by its user name, which `hint` gave."""
    with service.database.read() as session:
        try:
            return people.find_username(session, username=username).id
        except ClinicError as error:
            raise click.BadParameter(str(error), param_hint=hint) from error
