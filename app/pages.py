"""The pages and the API of one process, composed of the service's parts.

It is imported by what serves alone: no other command waits for it to load.
"""

from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

from flask import Flask

from app.airflow import Airflow
from app.application import create_app
from app.clinic.models.agenda import CHANGES
from app.service import Service
from app.web import OpenIdConfig, Services, WebConfig
from app.web.asgi import Serving
from app.web.watching import Watch
from workflows.embedded.rings import Rings

if TYPE_CHECKING:
    from workers.celery.asking import Tasks
    from workflows.temporal.reservation_client import Reservations


class Pages:
    """What people and programs reach of `service`, each part made when it is first asked for."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._settings = service.settings

    @cached_property
    def serving(self) -> Serving:
        """The pages and the API as the server calls them."""
        return Serving(self._web, self._watch, threads=self._settings.web_threads)

    def close(self) -> None:
        """End the thread that says what has changed."""
        if "_watch" in vars(self):
            self._watch.stop()

    @cached_property
    def _watch(self) -> Watch:
        """The thread that says what has changed, if a request waits for that."""
        database = self._service.database
        watch = Watch([Rings(database.engine), Rings(database.engine, CHANGES)])
        database.after_commits(watch.nudge)
        return watch

    @cached_property
    def _web(self) -> Flask:
        settings = self._settings
        config = WebConfig(
            settings.session_secret(),
            public_url=settings.address,
            secure_cookies=settings.behind_https,
            trusted_proxies=settings.trusted_proxies,
            rate_limit_storage=settings.rate_limit_storage,
            writes_per_minute=settings.writes_per_minute,
            token_writes_per_minute=settings.token_writes_per_minute,
            openid=self._openid,
            cors_origins=settings.cors_origins,
        )
        return create_app(self._services, config)

    @property
    def _services(self) -> Services:
        service, settings = self._service, self._settings
        return Services(
            database=service.database,
            engine=service.engine,
            clock=partial(datetime.now, UTC),
            zone=settings.zone,
            clinic_name=settings.clinic_name,
            currency=settings.currency,
            rules=settings.rules,
            sends_mail=bool(settings.smtp_host),
            tasks=self._tasks,
            airflow=self._airflow,
            reservations=self._reservations,
        )

    @property
    def _tasks(self) -> "Tasks | None":
        """What asks Celery workers for something, if there is a broker."""
        if not self._settings.celery_broker:
            return None
        from workers.celery.asking import Tasks

        return Tasks(self._service.celery, self._settings.reports)

    @property
    def _airflow(self) -> Airflow | None:
        """What schedules reports, if there is one."""
        settings = self._settings
        if not settings.airflow_url:
            return None
        return Airflow(
            settings.airflow_url,
            settings.airflow_user,
            settings.airflow_password.get_secret_value(),
            settings.airflow_timeout.total_seconds(),
        )

    @property
    def _openid(self) -> OpenIdConfig | None:
        """Where people may sign in beside here, if anywhere."""
        settings = self._settings
        if not settings.openid_issuer:
            return None
        return OpenIdConfig(
            settings.openid_issuer.rstrip("/"),
            settings.openid_client_id,
            settings.openid_client_secret.get_secret_value(),
            settings.openid_label,
            settings.openid_new_patients,
        )

    def _reservations(self) -> "Reservations":
        """Return what asks Temporal for reservations."""
        from workflows.temporal.reservation_client import Reservations

        return Reservations(self._service.engines.temporal)
