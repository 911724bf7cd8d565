"""API tokens for programs that are set up by command."""

from datetime import UTC, datetime, timedelta

import click

from app.cli.asking import Service, login_id
from app.clinic import tokens
from app.clinic.errors import InvalidInput
from app.clinic.models import Scope


@click.command()
@click.argument("username")
@click.option("--name", required=True, help="What will use the token.")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice([scope.value for scope in Scope]))
@click.option("--days", default=90, show_default=True, help="How long it lasts.")
@click.pass_obj
def token(service: Service, username: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Make an API token of a login, and print it: nobody can read it later."""
    owner = login_id(service, username, "USERNAME")
    try:
        with service.database.write() as session:
            _, text = tokens.create(
                session,
                login_id=owner,
                name=name,
                scopes=[Scope(scope) for scope in scopes],
                lifetime=timedelta(days=days),
                now=datetime.now(UTC),
            )
    except InvalidInput as error:
        raise click.UsageError(error.message) from error
    click.echo(text)
