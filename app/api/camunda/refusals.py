"""What is refused because of what a client sent."""

from typing import Any

INVALID = "InvalidRequestException"
REST = "RestException"
"""Names of Camunda 7's exceptions, which its clients compare."""


class RestError(Exception):
    """A refusal with the status, message and type that Camunda gives; `more` are further members of the answer."""

    def __init__(self, status: int, message: str, kind: str = INVALID, **more: Any) -> None:
        self.status = status
        self.message = message
        self.kind = kind
        self.more = more
        super().__init__(message)
