"""The first account of a clinic: somebody has to be there to make the others."""

from datetime import UTC, datetime

import click

from app.cli.asking import Service
from app.clinic import accounts, self_service
from app.clinic.errors import InvalidInput
from app.clinic.models import Role
from app.clinic.secret_texts import new_text


@click.command()
@click.argument("username")
@click.option("--empid", required=True, help="Staff number, such as ADM-100.")
@click.option("--firstname", required=True)
@click.option("--lastname", required=True)
@click.option("--email", required=True)
@click.option("--mobile", required=True, help="Telephone number.")
@click.option("--position", default="Administrator", show_default=True)
@click.pass_obj
def administrator(service: Service, /, username: str, **profile: str) -> None:
    """Make the account of an administrator, and print its password: change it after signing in."""
    password, now = new_text(), datetime.now(UTC)
    password_hash = self_service.hash_password("", password)
    started = {"date_started": now.date().isoformat()}
    try:
        with service.database.write() as session:
            accounts.create(
                session,
                username=username,
                password_hash=password_hash,
                role=Role.ADMINISTRATOR,
                profile={**profile, **started},
                now=now,
                by="command line",
            )
    except InvalidInput as error:
        raise click.UsageError(str(error)) from error
    click.echo(password)
