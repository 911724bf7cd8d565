"""One process of the service, composed: settings, then database, engines and workers; `app.pages` puts the web on it.

Nothing else knows all of them. `main.py` gives it commands. What is for Celery, Zeebe or Temporal alone is
imported where it is made, as their clients take long to load.
"""

import socket
import threading
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

import click

from app.clinic import schema
from app.clinic.details import ClinicDetails
from app.database import Database
from app.engines import Engines
from app.settings import Settings
from workers.clinic import Clinic
from workers.handlers import HANDLERS
from workers.mail import MailSender, MailServer
from workers.registry import Registry
from workers.runners.attempts import Attempts
from workers.runners.embedded import EmbeddedRunner
from workflows.embedded import EmbeddedEngine
from workflows.embedded import schema as engine_schema
from workflows.embedded.cores import TEMPORAL
from workflows.payment import PAYMENT
from workflows.scripts import ScriptRunner

if TYPE_CHECKING:
    from celery import Celery

    from workers.celery.workplace import Workplace
    from workers.runners.celery import CeleryRunner
    from workers.runners.temporal import TemporalRunner
    from workers.runners.zeebe import ZeebeRunner

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
    def runner(self) -> "EmbeddedRunner | CeleryRunner":
        """Threads that run the jobs of the engine, or hand them to Celery, and its timers, beside whatever else this
        process does."""
        settings, registry, name = self.settings, self._own_handlers(), self.worker_name
        lease = settings.job_lease_seconds
        if settings.job_transport == "celery":
            from workers.runners.celery import CeleryRunner

            return CeleryRunner(self.engine, registry.types, self.celery, name=name, lease_seconds=lease)
        threads = settings.job_threads
        return EmbeddedRunner(
            self.engine, registry, {Clinic: self.clinic}, name=name, threads=threads, lease_seconds=lease
        )

    def _own_handlers(self) -> Registry:
        """The handlers for jobs of the embedded engine that workers of other programs do not do."""
        try:
            return Registry.of(*HANDLERS).without(self.settings.job_types_elsewhere)
        except LookupError as error:
            raise click.ClickException(f"DAMS_JOB_TYPES_ELSEWHERE: {error}") from error

    @cached_property
    def zeebe_runner(self) -> "ZeebeRunner | None":
        """Threads that run the jobs of the Zeebe broker, if a process may be there."""
        gateway, settings = self.engines.zeebe, self.settings
        if gateway is None:
            return None
        from workers.runners.zeebe import ZeebeRunner
        from workflows.zeebe.chores import chores

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
    def temporal_runner(self) -> "TemporalRunner":
        """Workers for what runs on the Temporal server: instances, their jobs, and reservations."""
        from workers.reservation import Reservation
        from workers.runners.temporal import TemporalRunner

        settings = self.settings
        return TemporalRunner(
            self.engine,
            self.engines.temporal,
            Registry.of(*HANDLERS),
            {Clinic: self.clinic},
            self.database,
            threads=settings.job_threads,
            more=(Reservation(self.database, self.clinic, self.engine).worker,),
            metrics=settings.temporal_metrics_address,
        )

    @cached_property
    def celery(self) -> "Celery":
        """The Celery application of this process, which sends tasks, and runs them if it is a worker."""
        settings = self.settings
        if not settings.celery_broker:
            raise click.ClickException("Celery needs a broker: set DAMS_CELERY_BROKER to redis://HOST:PORT/NUMBER")
        from workers.celery.application import CeleryConfig, make_app

        config = CeleryConfig(settings.celery_broker, settings.celery_time_limit, settings.job_threads)
        return make_app(config, lambda: self.workplace, self.close)

    @cached_property
    def workplace(self) -> "Workplace":
        """What the tasks of a Celery worker stand on; each process that it forks makes its own."""
        from workers.celery.workplace import Workplace

        return Workplace(
            self.database,
            self.clinic,
            self.engine,
            Attempts(self.engine, Registry.of(*HANDLERS), {Clinic: self.clinic}),
            self.settings.reports,
            self.worker_name,
            timedelta(seconds=self.settings.job_lease_seconds),
        )

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
