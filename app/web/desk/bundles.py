"""Files that were uploaded, within the page that asks whether to go on: a browser sends no file twice by itself."""

import json
import zlib
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Sequence

from workflows.engine import Resource

_PIECE = 200_000
"""The length of one hidden field: Flask refuses those beyond half a megabyte."""


def pack(resources: Sequence[Resource]) -> list[str]:
    """Return the files as texts for hidden fields."""
    files = [(resource.name, b64encode(resource.content).decode()) for resource in resources]
    text = b64encode(zlib.compress(json.dumps(files).encode())).decode()
    return [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]


def unpack(pieces: Sequence[str], *, most_bytes: int) -> list[Resource]:
    """Return the files; raise `ValueError` for texts that `pack` has not made, or for more than `most_bytes`."""
    try:
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(b64decode("".join(pieces), validate=True), 2 * most_bytes)
        if not unpacking.eof:
            raise ValueError("The files are too large, or cut off.")
        return [Resource(str(name), b64decode(content, validate=True)) for name, content in json.loads(text)]
    except (Error, zlib.error, TypeError) as error:
        raise ValueError("These are no packed files.") from error
