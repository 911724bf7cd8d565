"""What the pages stand on, and how they are set up."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from flask import current_app

from app.airflow import Airflow, AirflowMissing
from app.clinic.details import ClinicDetails
from app.clinic.rules import Rules
from app.database import Database
from workers.celery.errors import NoBroker
from workflows.engine import Engine

if TYPE_CHECKING:
    from workers.celery.asking import Tasks
    from workflows.temporal.reservation_client import Reservations

EXTENSION = "dams"

_NODE_MODULES = Path(__file__).parents[2] / "node_modules"


@dataclass(frozen=True, slots=True)
class Services:
    """The clinic's database, the engine that runs its processes, and where and when the clinic is.

    `clock` returns the present time, timezone-aware; `zone` is the zone in which pages show and read times, `currency`
    that of all amounts. `rules` are what the clinic has decided about appointments. `sends_mail` says whether
    there is a server through which notices go out. `tasks` asks Celery workers for something, where there is a broker;
    `airflow` is what schedules reports, where there is one; `reservations` makes what asks Temporal for them.
    """

    database: Database
    engine: Engine
    clock: Callable[[], datetime]
    zone: ZoneInfo
    clinic_name: str
    currency: str = "GBP"
    rules: Rules = field(default_factory=Rules)
    sends_mail: bool = False
    tasks: "Tasks | None" = None
    airflow: Airflow | None = None
    reservations: "Callable[[], Reservations] | None" = None

    @property
    def details(self) -> ClinicDetails:
        """The clinic as it stands on documents."""
        return ClinicDetails(self.clinic_name, self.zone, currency=self.currency)

    def now(self) -> datetime:
        """Return the present time in the clinic's zone."""
        return self.clock().astimezone(self.zone)


@dataclass(frozen=True, slots=True)
class OpenIdConfig:
    """Where people may sign in beside here. `new_patients` lets who has no account make that of a patient."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    label: str = "Sign in with OpenID Connect"
    new_patients: bool = False


@dataclass(frozen=True, slots=True)
class WebConfig:
    """How the pages are served.

    `public_url` is the address at which people find the service: links in mails begin with it, whatever a request says.
    `secure_cookies` is for service over HTTPS: cookies are sent over nothing else, and browsers are told to remember
    that. `trusted_proxies` counts the reverse proxies in front, whose forwarding headers are believed.
    `rate_limit_storage` is a URI of the `limits` library; processes that share one count together.
    `writes_per_minute` is how often one account may change something, or one address where nobody is signed in, and
    `token_writes_per_minute` how often all programs with tokens of one account may; 0 is for without end.
    A session ends when it was not used for `session_lifetime`, and `longest_session` after signing in.
    `patience` is how long an answer to a form waits for the next form, before a page that says so takes over.
    `openid` is where people may sign in beside here; `cors_origins` are the sites whose pages may call the API.
    `node_modules` is where npm has installed what browsers load.
    """

    secret_key: str = field(repr=False)
    public_url: str = "http://localhost"
    secure_cookies: bool = False
    trusted_proxies: int = 0
    rate_limits: bool = True
    rate_limit_storage: str = "memory://"
    writes_per_minute: int = 120
    token_writes_per_minute: int = 1200
    session_lifetime: timedelta = timedelta(hours=2)
    longest_session: timedelta = timedelta(days=7)
    patience: timedelta = timedelta(seconds=2)
    openid: OpenIdConfig | None = None
    cors_origins: tuple[str, ...] = ()
    node_modules: Path = _NODE_MODULES


@dataclass(frozen=True, slots=True)
class Context:
    """What belongs to one application: its services and its configuration."""

    services: Services
    config: WebConfig


def services() -> Services:
    """Return the services of the application that answers the present request."""
    return _context().services


def tasks() -> "Tasks":
    """Return what asks workers for something; raise `NoBroker` where there are none."""
    asking = services().tasks
    if asking is None:
        raise NoBroker
    return asking


def airflow() -> Airflow:
    """Return what schedules reports; raise `AirflowMissing` where there is none."""
    asking = services().airflow
    if asking is None:
        raise AirflowMissing
    return asking


def config() -> WebConfig:
    """Return the configuration of the application that answers the present request."""
    return _context().config


def _context() -> Context:
    return cast(Context, current_app.extensions[EXTENSION])
