"""What commands of the adapter have in common."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pyzeebe.proto import gateway_pb2 as messages

from workflows.conversion.words import ERROR_CODE, ERROR_MESSAGE
from workflows.errors import BpmnError, Conflict, NotFound
from workflows.values import JsonValue


def as_text(variables: Mapping[str, JsonValue]) -> str:
    """Return variables as the broker takes them."""
    return json.dumps(variables, ensure_ascii=False)


def thrown(job: int, element: int, error: BpmnError) -> tuple[messages.SetVariablesRequest, messages.ThrowErrorRequest]:
    """Return how an error leaves a job, which is that of the element instance `element`.

    What is thrown with it stays in the event that catches it; so variables that the process is to see are set before.
    """
    brought = {**error.variables, ERROR_CODE: error.code, ERROR_MESSAGE: error.message}
    return (
        messages.SetVariablesRequest(elementInstanceKey=element, variables=as_text(error.variables)),
        messages.ThrowErrorRequest(
            jobKey=job, errorCode=error.code, errorMessage=error.message, variables=as_text(brought)
        ),
    )


@contextmanager
def conflict_if_gone(conflict: str) -> Iterator[None]:
    """What the broker does not find was there before: somebody else, or time, was faster."""
    try:
        yield
    except NotFound as error:
        raise Conflict(conflict) from error
