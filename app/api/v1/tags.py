"""Entity tags: whether what a program has read is still as it was."""

from hashlib import sha256
from typing import Any

from flask import Response, abort, jsonify, request
from marshmallow import Schema

_CHANGED = "This was changed since you read it. Read it again, and decide anew."


def tagged(response: Response) -> Response:
    """Give what is read its tag; answer 304 to who has it already."""
    if response.status_code == 200:  # noqa: PLR2004 -- OK
        tag = _tag(response)
        response.set_etag(tag)
        if request.if_none_match.contains_weak(tag):
            response.status_code = 304
            response.set_data(b"")
    return response


def expect(schema: type[Schema], thing: Any) -> None:
    """Refuse with 412 if the request names another state than that of `thing`, as it is read.

    A change calls it with what it is about to change, in its transaction.
    """
    if request.if_match and not request.if_match.contains(_tag(jsonify(schema().dump(thing)))):
        abort(412, _CHANGED)


def _tag(response: Response) -> str:
    return sha256(response.get_data()).hexdigest()
