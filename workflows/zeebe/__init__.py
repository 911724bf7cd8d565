"""Zeebe, the broker of Camunda 8, behind the port; see README.md beside this file."""

from workflows.zeebe.connection import Connection, OAuth
from workflows.zeebe.endpoint import RecordsEndpoint
from workflows.zeebe.engine import ZeebeEngine
from workflows.zeebe.gateway import Gateway
from workflows.zeebe.translation import Translation

__all__ = ["Connection", "Gateway", "OAuth", "RecordsEndpoint", "Translation", "ZeebeEngine"]
