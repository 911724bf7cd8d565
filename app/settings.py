"""The settings of the service: from environment variables named `DAMS_...`, then an optional TOML file.

`DAMS_CONFIG` names the file; its keys are the fields below. A variable wins over the file. Unknown names are refused,
so a slip of the pen never means a silent default.
"""

import contextlib
import importlib.util
import os
import re
import secrets
import tomllib
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableSetting

from app.clinic import validation
from app.clinic.errors import InvalidInput
from app.clinic.rules import Rules
from app.engine_settings import CUSTOMARY, EngineSettings

_PREFIX = "DAMS_"
_HOME = Path(__file__).resolve().parent.parent
_SHORTEST_SECRET = 32
_RULES = Rules()
_LONGEST = timedelta(days=366)
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_DURATION = re.compile(r"P(?!$)(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?")


def _as_duration(value: object) -> object:
    """Refuse what is not written as in ISO 8601: a bare number would be taken for seconds, which nobody means."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not _DURATION.fullmatch(value.strip()):
        raise ValueError("use a duration of ISO 8601, such as P1D for a day or PT2H for two hours")
    return value.strip()


def _as_list(value: object) -> object:
    return value.split(",") if isinstance(value, str) else value


Duration = Annotated[timedelta, Field(gt=timedelta(), le=_LONGEST), BeforeValidator(_as_duration)]
Durations = Annotated[tuple[Duration, ...], NoDecode, BeforeValidator(_as_list)]
Names = Annotated[
    tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)], ...],
    NoDecode,
    BeforeValidator(_as_list),
]


class SettingsError(Exception):
    """Settings that the service can't start with; the text is a sentence for each."""


class Settings(EngineSettings):
    """What an operator can set. Paths may be relative to the current directory; defaults lie beside the code."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    environment: Literal["development", "production"] = "development"
    data_dir: Path = Field(default=_HOME / "var", description="where files of the service live")
    database_url: str = Field(default="", description="sqlite:///... or postgresql+psycopg://...")
    job_transport: Literal["embedded", "celery"] = Field(default="embedded", description="who runs the jobs")
    job_types_elsewhere: Names = Field(default=(), description="job types that workers of other programs do")
    celery_broker: str = Field(default="", repr=False, description="redis://HOST:PORT/NUMBER; none: no Celery")
    celery_time_limit: Annotated[timedelta, Field(ge=timedelta(seconds=1), le=_DAY), BeforeValidator(_as_duration)] = (
        timedelta(minutes=5)
    )
    reports_dir: Path | None = Field(default=None, description="where backups are written; workers need it too")
    secret_key: SecretStr = Field(default=SecretStr(""), description="signs sessions; at least 32 characters")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    web_processes: int = Field(default=1, ge=1, le=64)
    web_threads: int = Field(default=8, ge=1, le=256)
    job_threads: int = Field(default=4, ge=1, le=256)
    job_lease_seconds: int = Field(default=30, ge=5, le=3600)
    clinic_name: str = Field(default="Riverside Clinic", min_length=1, max_length=100)
    time_zone: str = "Europe/London"
    currency: str = Field(default="GBP", pattern="^[A-Z]{3}$", description="of all amounts, as in ISO 4217")
    cancel_cutoff: Annotated[timedelta, Field(ge=timedelta(), le=_LONGEST), BeforeValidator(_as_duration)] = (
        _RULES.cancel_cutoff
    )
    reminder_offsets: Durations = _RULES.reminder_offsets
    offer_lifetime: Duration = _RULES.offer_lifetime
    payment_hold: Duration = _RULES.payment_hold
    payment_reminders: Durations = _RULES.payment_reminders
    smtp_host: str = Field(default="", description="the mail server; without one, mail stays in the outbox")
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    mail_sender: str = Field(default="", description="the clinic's own address")
    public_url: str = Field(default="", description="where people find the service; links in mails begin with it")
    airflow_url: str = Field(default="", description="http://... or https://...; none: no Airflow")
    airflow_user: str = ""
    airflow_password: SecretStr = SecretStr("")
    airflow_timeout: Annotated[timedelta, Field(gt=timedelta(), le=_MINUTE), BeforeValidator(_as_duration)] = timedelta(
        seconds=10
    )
    openid_issuer: str = Field(default="", description="https://... of an OpenID provider; none: people sign in here")
    openid_client_id: str = ""
    openid_client_secret: SecretStr = SecretStr("")
    openid_label: str = Field(default="Sign in with OpenID Connect", min_length=1, max_length=60)
    openid_new_patients: bool = Field(default=False, description="who has no account may make that of a patient")
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_as_list)] = ()
    behind_https: bool = Field(default=False, description="cookies only over HTTPS, and HSTS")
    trusted_proxies: int = Field(default=0, ge=0, le=10, description="reverse proxies in front whose headers are true")
    rate_limit_storage: str = Field(default="memory://", description="memory:// or redis://HOST:PORT/NUMBER")
    writes_per_minute: int = Field(default=120, ge=0, description="by one account on pages; 0: without end")
    token_writes_per_minute: int = Field(default=1200, ge=0, description="by programs of one account; 0: without end")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone; use a name like Europe/London")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("use sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME")
        if value in {"sqlite:///", "sqlite:///:memory:"}:
            raise ValueError("an SQLite database needs a file: use sqlite:///FILE")
        return value

    @field_validator("rate_limit_storage")
    @classmethod
    def _known_storage(cls, value: str) -> str:
        if value == "memory://":
            return value
        if not value.startswith(("redis://", "rediss://")):
            raise ValueError("use memory:// or redis://HOST:PORT/NUMBER")
        if importlib.util.find_spec("redis") is None:
            raise ValueError("redis:// needs the Python package redis, which is not installed")
        return value

    @field_validator("celery_broker")
    @classmethod
    def _known_broker(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://")):
            raise ValueError("use redis://HOST:PORT/NUMBER")
        return value

    @field_validator("mail_sender")
    @classmethod
    def _usable_address(cls, value: str) -> str:
        try:
            return validation.email(value) if value else value
        except InvalidInput as error:
            raise ValueError(error.message.rstrip(".")) from error

    @field_validator("public_url")
    @classmethod
    def _known_place(cls, value: str) -> str:
        parts = urlsplit(value)
        whole = parts.scheme in {"http", "https"} and parts.hostname and not (parts.query or parts.fragment)
        if value and not whole:
            raise ValueError("use an address such as https://clinic.example")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _whole_mail_server(self) -> "Settings":
        if self.smtp_host and not self.mail_sender:
            raise ValueError("mail needs a sender: set DAMS_MAIL_SENDER to the clinic's address beside DAMS_SMTP_HOST")
        if bool(self.smtp_user) != bool(self.smtp_password.get_secret_value()):
            raise ValueError("DAMS_SMTP_USER and DAMS_SMTP_PASSWORD go together: set both or none")
        if self.smtp_user and self.smtp_security == "none":
            raise ValueError("a password is not sent in the clear: set DAMS_SMTP_SECURITY to starttls or tls")
        if self.smtp_host and self.environment == "production" and not self.public_url:
            raise ValueError("mails have links: set DAMS_PUBLIC_URL to the address at which people find the service")
        return self

    @model_validator(mode="after")
    def _whole_transport(self) -> "Settings":
        if self.job_transport == "celery" and not self.celery_broker:
            raise ValueError("jobs can't go to Celery without a broker: set DAMS_CELERY_BROKER beside it")
        return self

    @field_validator("airflow_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("use http://HOST:PORT or https://HOST")
        return value

    @model_validator(mode="after")
    def _whole_airflow(self) -> "Settings":
        given = (self.airflow_url, self.airflow_user, self.airflow_password.get_secret_value())
        if any(given) and not all(given):
            raise ValueError(
                "DAMS_AIRFLOW_URL, DAMS_AIRFLOW_USER and DAMS_AIRFLOW_PASSWORD go together: set all or none"
            )
        return self

    @field_validator("cors_origins")
    @classmethod
    def _whole_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            parts = urlsplit(origin)
            if parts.scheme not in {"http", "https"} or f"{parts.scheme}://{parts.netloc}" != origin or "*" in origin:
                raise ValueError(f"{origin!r} is no site; use https://app.example, with commas between several")
        return value

    @model_validator(mode="after")
    def _whole_openid(self) -> "Settings":
        given = (self.openid_issuer, self.openid_client_id, self.openid_client_secret.get_secret_value())
        if any(given) and not all(given):
            raise ValueError(
                "DAMS_OPENID_ISSUER, DAMS_OPENID_CLIENT_ID and DAMS_OPENID_CLIENT_SECRET go together: set all or none"
            )
        parts = urlsplit(self.openid_issuer)
        if self.openid_issuer and parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1"}:
            raise ValueError("DAMS_OPENID_ISSUER is not safe: use https://HOST")
        return self

    @model_validator(mode="after")
    def _safe_in_production(self) -> "Settings":
        secret = self.secret_key.get_secret_value()
        if secret and len(secret) < _SHORTEST_SECRET:
            raise ValueError(f"secret_key is too short: use at least {_SHORTEST_SECRET} random characters")
        if self.environment == "production" and not secret:
            raise ValueError("production needs a secret_key: set DAMS_SECRET_KEY to 32 or more random characters")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = os.environ.get(f"{_PREFIX}CONFIG")
        sources = (init_settings, env_settings)
        return (*sources, TomlConfigSettingsSource(settings_cls, Path(file))) if file else sources

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def rules(self) -> Rules:
        """What the clinic has decided about appointments."""
        return Rules(
            cancel_cutoff=self.cancel_cutoff,
            reminder_offsets=self.reminder_offsets,
            offer_lifetime=self.offer_lifetime,
            payment_hold=self.payment_hold,
            payment_reminders=self.payment_reminders,
        )

    @property
    def reports(self) -> Path:
        """The folder of backups."""
        return (self.reports_dir or self.data_dir / "reports").resolve()

    @property
    def database(self) -> str:
        """The database's URL; without one, an SQLite file in `data_dir`."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'dams.db'}"

    @property
    def address(self) -> str:
        """Where people find the service; without a public address, where it listens."""
        return self.public_url or f"http://{self.host}:{self.port}"

    def session_secret(self) -> str:
        """The key that signs sessions. In development it is made once and kept in `data_dir`."""
        return self.secret_key.get_secret_value() or self.kept_secret("secret_key", _SHORTEST_SECRET)

    def kept_secret(self, name: str, size: int) -> str:
        """Return the random text of `size` bytes in the file `name` of `data_dir`, made when first asked for.

        It appears whole or not at all, so processes that start together agree on it.
        """
        path = self.made_data_dir() / name
        try:
            if not path.exists():
                with NamedTemporaryFile("w", dir=self.data_dir, prefix=f".{name}-") as file:
                    file.write(secrets.token_urlsafe(size))
                    file.flush()
                    with contextlib.suppress(FileExistsError):
                        os.link(file.name, path)
            return path.read_text()
        except OSError as error:
            raise SettingsError(f"{_PREFIX}DATA_DIR: {path} can't be used: {error.strerror}.") from error

    def made_data_dir(self) -> Path:
        """Return `data_dir`; if it was not there it is made, for nobody else to look into: it holds health data."""
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"{_PREFIX}DATA_DIR: {self.data_dir} can't be made: {error.strerror}.") from error
        return self.data_dir


def load() -> Settings:
    """Read the settings; raise `SettingsError` with a sentence for everything wrong with them."""
    file = os.environ.get(f"{_PREFIX}CONFIG")
    if file and not Path(file).is_file():
        raise SettingsError(f"{_PREFIX}CONFIG names {file}, which is no file.")
    known = {_PREFIX + name.upper() for name in (*Settings.model_fields, "config")}
    unknown = sorted(name for name in os.environ if name.startswith(_PREFIX) and name not in known)
    if unknown:
        raise SettingsError(f"Unknown settings: {', '.join(unknown)}. Known are {', '.join(sorted(known))}.")
    try:
        customary: dict[str, Any] = {
            name: os.environ[variable]
            for variable, name in CUSTOMARY.items()
            if variable in os.environ and f"{_PREFIX}{name.upper()}" not in os.environ
        }
        return Settings(**customary)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is no TOML: {error}.") from error
    except UnreadableSetting as error:
        name, example = ("ENGINES", "zeebe") if '"engines"' in str(error) else ("CORES", "spiff")
        raise SettingsError(f'{_PREFIX}{name}: use JSON such as {{"appointment": "{example}"}}.') from error
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(item["loc"], item["msg"]) for item in error.errors())) from error


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    name = f"{_PREFIX}{str(location[0]).upper()}: " if location else ""
    return f"{name}{message.removeprefix('Value error, ')}."
