"""From what the clinic refuses to the error that diagrams catch."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.clinic.errors import Conflict, InvalidInput
from workflows.errors import BpmnError

REFUSED = "REFUSED"


@contextmanager
def told() -> Iterator[None]:
    """Throw the error REFUSED for what the clinic does not allow; its text is for the person who asked for it."""
    try:
        yield
    except InvalidInput as error:
        raise BpmnError(REFUSED, error.message) from error
    except Conflict as error:
        raise BpmnError(REFUSED, str(error)) from error
