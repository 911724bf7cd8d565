"""The command line of DAMS: `python main.py --help` lists the commands; `app.settings` says what can be set."""

import logging
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.exc import DBAPIError

from app.cli import COMMANDS
from app.clinic import schema, seed
from app.service import WORKFLOWS, Service
from app.settings import Settings, SettingsError, load
from workflows.embedded import schema as engine_schema
from workflows.embedded.cores import CORES, TEMPORAL, by_process
from workflows.embedded.reading import read
from workflows.engine import Resource
from workflows.errors import InvalidDiagram, WorkflowError
from workflows.spiff import SpiffCore


@click.group(help="DAMS, a BPMN workflow orchestration service for a clinic.")
@click.pass_context
def cli(context: click.Context) -> None:
    """Read the settings once, for whichever command follows."""
    settings = load()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for talkative in ("alembic.runtime.migration", "fontTools"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    service = context.obj = Service(settings)
    context.call_on_close(service.close)


@cli.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@click.pass_obj
def db_upgrade(service: Service) -> None:
    """Create the tables, or bring them up to date, and deploy the workflows that are code."""
    schema.upgrade(service.database.writer)
    engine_schema.upgrade(service.database.writer)
    service.engine.deploy([workflow.resource() for workflow in WORKFLOWS], by="command line", core=SpiffCore.name)
    click.echo("The database is up to date.")


@cli.command("seed")
@click.pass_obj
def seed_command(service: Service) -> None:
    """Fill an empty clinic with demo data, and print the demo logins."""
    settings = service.settings
    if settings.environment == "production":
        raise click.ClickException("This is a production clinic: demo data and demo logins have no place in it.")
    service.check_tables()
    with service.database.write() as session:
        demo = seed.seed(session, now=datetime.now(UTC), zone=settings.zone, password=demo_password(settings))
    click.echo(f"Demo logins, all with the password {demo_password(settings)}")
    for login in demo.logins:
        click.echo(f"  {login.username:<18} {login.role.name.lower():<14} {login.name}")


def demo_password(settings: Settings) -> str:
    """Return the password of this installation's demo logins, made once and kept in `data_dir`."""
    return settings.kept_secret("demo_password", 9)


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--core", type=click.Choice(sorted(CORES)), help="What steps its instances; else as the settings choose.")
@click.pass_obj
def deploy(service: Service, files: tuple[Path, ...], core: str | None) -> None:
    """Deploy diagrams (.bpmn), decisions (.dmn) and forms (.form) together."""
    resources = [Resource(file.name, file.read_bytes()) for file in files]
    deployment = service.engine.deploy(resources, by="command line", core=core)
    for definition in deployment.definitions:
        click.echo(f"{definition.process_id} version {definition.version} ({definition.name})")


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--core", type=click.Choice(sorted(CORES)), help="Check for this core; else as the settings choose.")
@click.pass_obj
def lint(service: Service, files: tuple[Path, ...], core: str | None) -> None:
    """List every problem of these files; the exit status is 1 if there is one."""
    try:
        resources = [Resource(file.name, file.read_bytes()) for file in files]
        choose_core = by_process(service.settings.cores, core)
        read(resources, {}, datetime.now(UTC), scripts=True, choose_core=choose_core)
    except InvalidDiagram as error:
        click.echo(str(error))
        sys.exit(1)


for command in COMMANDS:
    cli.add_command(command)


@cli.command()
@click.option("--workers/--no-workers", default=True, help="Run jobs and timers in this service too.")
@click.pass_obj
def serve(service: Service, workers: bool) -> None:
    """Serve the pages, with threads for jobs and timers beside them."""
    from app.pages import Pages
    from app.web.asgi import Serving
    from app.web.server import Server

    settings, pages = service.settings, Pages(service)

    def make_app() -> Serving:
        serving = pages.serving
        service.engines.listen()
        if workers:
            service.work()
        return serving

    def close() -> None:
        pages.close()
        service.close()

    service.check_tables()
    address = f"{settings.host}:{settings.port}"
    Server(
        make_app,
        close,
        lambda: click.echo(f"{settings.clinic_name} answers at http://{address} (Ctrl+C ends it)"),
        address=address,
        processes=settings.web_processes,
    ).run()


@cli.command()
@click.option(
    "--transport",
    type=click.Choice(["embedded", "celery", "zeebe", "temporal"]),
    default="embedded",
    help="Where the jobs come from.",
)
@click.pass_obj
def worker(service: Service, transport: str) -> None:
    """Run jobs in a process of their own, until SIGINT or SIGTERM; what runs is finished first.

    From the embedded engine they come with its timers, and with those of other engines; from Celery with backups,
    accounts and statistics; from Zeebe alone; from Temporal with the instances there, and with reservations.
    """
    if transport == "celery":
        from workers.celery.application import run_worker

        service.check_tables()
        run_worker(service.celery, service.settings.log_level)
        return
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    service.engines.listen()
    if transport == "zeebe":
        types = service.work_for_zeebe()
    elif transport == TEMPORAL:
        service.temporal_runner.start()
        types = service.temporal_runner.types
    else:
        service.work()
        types = service.runner.types
    click.echo(f"Working on {transport} jobs: {', '.join(sorted(types))}")
    ended.wait()


def main() -> None:
    """Run the command line; errors that a user can mend are told as sentences."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except SettingsError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except WorkflowError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except DBAPIError as error:
        click.echo(f"Error: The database can't be used now: {error.orig}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
