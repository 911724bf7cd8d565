"""The composition root and command line of DAMS: settings, then database, engine, workers and web pages.

Nothing else knows all of them. `python main.py --help` lists the commands; `app.settings` says what can be set.
"""

import logging
import signal
import socket
import sys
import threading
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path

import click
from celery import Celery
from flask import Flask
from sqlalchemy.exc import DBAPIError

from app.airflow import Airflow
from app.application import create_app
from app.cli import COMMANDS
from app.clinic import schema, seed
from app.clinic.details import ClinicDetails
from app.database import Database
from app.engines import Engines
from app.settings import Settings, SettingsError, load
from app.web import Services, WebConfig
from app.web.server import Server
from workers.celery import CeleryConfig, Tasks, Workplace, make_app, run_worker
from workers.clinic import Clinic
from workers.handlers import HANDLERS
from workers.mail import MailSender, MailServer
from workers.registry import Registry
from workers.reservation import Reservation
from workers.runners.attempts import Attempts
from workers.runners.celery import CeleryRunner
from workers.runners.embedded import EmbeddedRunner
from workers.runners.temporal import TemporalRunner
from workers.runners.zeebe import ZeebeRunner
from workflows.embedded import EmbeddedEngine
from workflows.embedded import schema as engine_schema
from workflows.embedded.cores import CORES, TEMPORAL, by_process
from workflows.embedded.reading import read
from workflows.engine import Resource
from workflows.errors import InvalidDiagram, WorkflowError
from workflows.payment import PAYMENT
from workflows.scripts import ScriptRunner
from workflows.spiff import SpiffCore
from workflows.temporal.reservation_client import Reservations
from workflows.zeebe.chores import chores

WORKFLOWS = (PAYMENT,)
"""The workflows written in Python."""


class Service:
    """Everything that one process of the service is made of, each part made when it is first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def database(self) -> Database:
        """The database as it is, with tables or without."""
        if not self.settings.database_url:
            self.settings.made_data_dir()
        return Database.open(self.settings.database)

    def check_tables(self) -> None:
        """Raise a sentence if the database lacks tables; leave no connection open, which no fork may inherit."""
        engine = self.database.engine
        current = schema.is_current(engine) and engine_schema.is_current(engine)
        self.database.close()
        if not current:
            raise click.ClickException("The database is not up to date. Mend that with: main.py db upgrade")

    @cached_property
    def scripts(self) -> ScriptRunner:
        return ScriptRunner()

    @cached_property
    def engines(self) -> Engines:
        """What moves processes, as the settings choose it."""
        self.check_tables()
        return Engines(self.settings, self.database.engine, self.scripts, WORKFLOWS)

    @property
    def engine(self) -> EmbeddedEngine:
        """The engine that everybody sees."""
        return self.engines.engine

    @cached_property
    def details(self) -> ClinicDetails:
        settings = self.settings
        return ClinicDetails(
            settings.clinic_name, settings.zone, email=settings.mail_sender, currency=settings.currency
        )

    @cached_property
    def mail(self) -> MailSender | None:
        """The thread that sends mail, if there is a server for it."""
        settings = self.settings
        if not settings.smtp_host:
            return None
        server = MailServer(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_security,
            settings.smtp_user,
            settings.smtp_password.get_secret_value(),
        )
        return MailSender(self.database, server, self.details, partial(datetime.now, UTC))

    @cached_property
    def clinic(self) -> Clinic:
        """What handlers know of the clinic."""
        return Clinic(self.details, partial(datetime.now, UTC), self.settings.rules)

    @property
    def worker_name(self) -> str:
        """What the engine knows this process by."""
        return f"{socket.gethostname()}-{threading.get_native_id()}"

    @cached_property
    def runner(self) -> EmbeddedRunner | CeleryRunner:
        """Threads that run the jobs of the engine, or hand them to Celery, and its timers, beside whatever else this
        process does."""
        settings, registry, name = self.settings, Registry.of(*HANDLERS), self.worker_name
        lease = settings.job_lease_seconds
        if settings.job_transport == "celery":
            return CeleryRunner(self.engine, registry.types, self.celery, name=name, lease_seconds=lease)
        threads = settings.job_threads
        return EmbeddedRunner(
            self.engine, registry, {Clinic: self.clinic}, name=name, threads=threads, lease_seconds=lease
        )

    @cached_property
    def zeebe_runner(self) -> ZeebeRunner | None:
        """Threads that run the jobs of the Zeebe broker, if a process may be there."""
        gateway, settings = self.engines.zeebe, self.settings
        if gateway is None:
            return None
        return ZeebeRunner(
            gateway,
            self.database,
            Registry.of(*HANDLERS),
            {Clinic: self.clinic},
            chores(self.engine, self.scripts),
            name=self.worker_name,
            threads=settings.job_threads,
            lease_seconds=settings.job_lease_seconds,
        )

    @cached_property
    def temporal_runner(self) -> TemporalRunner:
        """Workers for what runs on the Temporal server: instances, their jobs, and reservations."""
        settings = self.settings
        return TemporalRunner(
            self.engine,
            self.engines.temporal,
            Registry.of(*HANDLERS),
            {Clinic: self.clinic},
            self.database,
            threads=settings.job_threads,
            more=(Reservation(self.database, self.clinic).worker,),
            metrics=settings.temporal_metrics_address,
        )

    @cached_property
    def celery(self) -> Celery:
        """The Celery application of this process, which sends tasks, and runs them if it is a worker."""
        settings = self.settings
        if not settings.celery_broker:
            raise click.ClickException("Celery needs a broker: set DAMS_CELERY_BROKER to redis://HOST:PORT/NUMBER")
        config = CeleryConfig(settings.celery_broker, settings.celery_time_limit, settings.job_threads)
        return make_app(config, lambda: self.workplace, self.close)

    @cached_property
    def workplace(self) -> Workplace:
        """What the tasks of a Celery worker stand on; each process that it forks makes its own."""
        return Workplace(
            self.database,
            self.clinic,
            self.engine,
            Attempts(self.engine, Registry.of(*HANDLERS), {Clinic: self.clinic}),
            self.settings.reports,
            self.worker_name,
            timedelta(seconds=self.settings.job_lease_seconds),
        )

    @property
    def airflow(self) -> Airflow | None:
        """What schedules reports, if there is one."""
        settings = self.settings
        if not settings.airflow_url:
            return None
        return Airflow(
            settings.airflow_url,
            settings.airflow_user,
            settings.airflow_password.get_secret_value(),
            settings.airflow_timeout.total_seconds(),
        )

    @cached_property
    def web(self) -> Flask:
        settings = self.settings
        services = Services(
            database=self.database,
            engine=self.engine,
            clock=partial(datetime.now, UTC),
            zone=settings.zone,
            clinic_name=settings.clinic_name,
            currency=settings.currency,
            rules=settings.rules,
            sends_mail=bool(settings.smtp_host),
            tasks=Tasks(self.celery, settings.reports) if settings.celery_broker else None,
            airflow=self.airflow,
            reservations=Reservations(self.engines.temporal),
        )
        config = WebConfig(
            settings.session_secret(),
            public_url=settings.address,
            secure_cookies=settings.behind_https,
            trusted_proxies=settings.trusted_proxies,
            rate_limit_storage=settings.rate_limit_storage,
        )
        return create_app(services, config)

    def work(self) -> None:
        """Begin to run jobs and timers, and to send mail."""
        self.runner.start()
        if self.zeebe_runner is not None:
            self.zeebe_runner.start()
        if TEMPORAL in self.settings.engines_elsewhere:
            self.temporal_runner.start()
        if self.mail is not None:
            self.mail.start()

    def work_for_zeebe(self) -> Collection[str]:
        """Begin to run jobs of the Zeebe broker alone; return their types."""
        if self.zeebe_runner is None:
            raise click.ClickException("No process is on Zeebe: set DAMS_ENGINE, or DAMS_ENGINES for single ones.")
        self.zeebe_runner.start()
        return self.zeebe_runner.types

    def close(self) -> None:
        """Let running jobs finish, then end threads, child processes and connections that were opened."""
        made = vars(self)
        if made.get("mail") is not None:
            made["mail"].stop()
        if made.get("zeebe_runner") is not None:
            made["zeebe_runner"].stop()
        if "temporal_runner" in made:
            self.temporal_runner.stop()
        if "runner" in made:
            self.runner.stop()
        if "engines" in made:
            self.engines.close()
        if "scripts" in made:
            self.scripts.close()
        if "database" in made:
            self.database.close()


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
    settings = service.settings

    def make_app() -> Flask:
        app = service.web
        service.engines.listen()
        if workers:
            service.work()
        return app

    service.check_tables()
    address = f"{settings.host}:{settings.port}"
    Server(
        make_app,
        service.close,
        lambda: click.echo(f"{settings.clinic_name} answers at http://{address} (Ctrl+C ends it)"),
        address=address,
        processes=settings.web_processes,
        threads=settings.web_threads,
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
