"""The views that the clinic's changes keep."""

import click

from app.cli.asking import Service
from app.clinic import views as kept


@click.group()
def views() -> None:
    """The tables from which open pages are read."""


@views.command("rebuild")
@click.pass_obj
def rebuild(service: Service) -> None:
    """Make them anew from the appointments; the service may run meanwhile."""
    service.check_tables()
    with service.database.write() as session:
        rebuilt = kept.rebuild(session)
    click.echo(f"{rebuilt.lines} appointments in the agenda, of which {rebuilt.mended} were not as they should be.")
