"""What an operator can set about the engines: which of them moves which process, and how they are reached."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

EngineName = Literal["embedded", "zeebe", "temporal"]

CUSTOMARY = {
    "ZEEBE_ADDRESS": "zeebe_address",
    "TEMPORAL_ADDRESS": "temporal_address",
    "TEMPORAL_NAMESPACE": "temporal_namespace",
    "TEMPORAL_API_KEY": "temporal_api_key",
}
"""The variables that the tools of Zeebe and Temporal read too, and what they set here."""


class EngineSettings(BaseSettings):
    """A part of `app.settings.Settings`. An address is HOST:PORT."""

    engine: EngineName = "embedded"
    engines: dict[str, EngineName] = Field(default={}, description="the engine of single processes, by process id")
    cores: dict[str, Literal["dams", "spiff"]] = Field(default={}, description="what steps a process, by process id")
    zeebe_address: str = Field(default="127.0.0.1:26500", min_length=1, description="the gateway's gRPC address")
    zeebe_rest_url: str = Field(default="http://127.0.0.1:8080", description="the gateway's REST API")
    zeebe_secure: bool = Field(default=False, description="TLS to the gateway")
    zeebe_authorities: Path | None = Field(
        default=None, description="whose certificates are trusted, PEM; none: those that the system trusts"
    )
    zeebe_client_id: str = Field(default="", description="of OAuth, with the secret beside it")
    zeebe_client_secret: SecretStr = SecretStr("")
    zeebe_oauth_url: str = Field(default="", description="where tokens come from; Camunda's own for a SaaS cluster")
    zeebe_audience: str = "zeebe-api"
    zeebe_cluster_id: str = Field(default="", description="a cluster of Camunda SaaS, with its region beside it")
    zeebe_cluster_region: str = ""
    zeebe_records_address: str = Field(
        default="127.0.0.1:26600", min_length=1, description="where the broker's exporter finds us"
    )
    zeebe_records_password: SecretStr = Field(default=SecretStr(""), description="what the exporter signs in with")
    temporal_address: str = Field(default="127.0.0.1:7233", min_length=1)
    temporal_namespace: str = "default"
    temporal_tls: bool = False
    temporal_tls_certificate: Path | None = Field(default=None, description="the client's, PEM, with the key beside it")
    temporal_tls_key: Path | None = None
    temporal_api_key: SecretStr = SecretStr("")
    temporal_metrics_address: str = Field(
        default="", description="where Prometheus finds what workers count; none: nowhere"
    )

    @field_validator("zeebe_address", "zeebe_records_address", "temporal_address", "temporal_metrics_address")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if not value:  # of one that may be left out
            return value
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
            raise ValueError("use HOST:PORT, such as 127.0.0.1:26500")
        return value

    @model_validator(mode="after")
    def _belongs_together(self) -> "EngineSettings":
        secret = bool(self.zeebe_client_secret.get_secret_value())
        for given, other, names in (
            (bool(self.zeebe_client_id), secret, "zeebe_client_id and zeebe_client_secret"),
            (bool(self.zeebe_cluster_id), bool(self.zeebe_cluster_region), "zeebe_cluster_id and zeebe_cluster_region"),
            (
                self.temporal_tls_certificate is not None,
                self.temporal_tls_key is not None,
                "temporal_tls_certificate and temporal_tls_key",
            ),
        ):
            if given != other:
                raise ValueError(f"{names} go together: set both or none")
        if self.zeebe_client_id and not self.zeebe_cluster_id and not (self.zeebe_secure and self.zeebe_oauth_url):
            raise ValueError("OAuth at Zeebe's gateway needs zeebe_oauth_url, and TLS: set zeebe_secure")
        return self

    @property
    def chosen_engines(self) -> dict[str, str]:
        """The engine of each process, by process id, and of all others by "*"."""
        return {**self.engines, "*": self.engine}

    @property
    def engines_elsewhere(self) -> set[str]:
        """The engines beside the embedded one that some process may be on."""
        return set(self.chosen_engines.values()) - {"embedded"}
