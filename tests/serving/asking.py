"""Many requests at a time without a thread for each: plain HTTP over asyncio's streams."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

Asking = dict[str, Any]


async def ask(port: int, path: str, headers: Mapping[str, str] | None = None) -> Asking:
    """Ask for a path, and return the JSON that is answered, however long that takes."""
    async with opened(port, path, headers) as reader:
        return dict(json.loads(await reader.read()))


@asynccontextmanager
async def opened(port: int, path: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[asyncio.StreamReader]:
    """Ask for a path with HTTP/1.0, so that the body ends with the connection, and give what is read after the head."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        lines = [f"GET {path} HTTP/1.0", "Host: x", *(f"{name}: {value}" for name, value in (headers or {}).items())]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert " 200 " in head.splitlines()[0], head
        yield reader
    finally:
        writer.close()
        await writer.wait_closed()


def say(sentence: str) -> None:
    """Print what was measured."""
    sys.stdout.write(f"{sentence}\n")
