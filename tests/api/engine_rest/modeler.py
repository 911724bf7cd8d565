"""Camunda Modeler's own requests: what its deploy tool sends, byte for byte, over a real connection."""

import base64
import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

_BOUNDARY = "----formdata-undici-031526748921"
_TIMEOUT_SECONDS = 60.0
"""The Modeler itself waits for five; a busy machine of tests gets more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with the JSON beside it."""

    status: int
    body: Any
    content_type: str


@dataclass(frozen=True, slots=True)
class Modeler:
    """The Modeler with the address of a service, and Basic credentials if it was given some."""

    host: str
    port: int
    username: str = ""
    password: str = ""

    def get(self, path: str) -> Answer:
        """Read."""
        return self._send("GET", path)

    def deploy(self, name: str, files: dict[str, bytes]) -> Answer:
        """Press Deploy: the diagram is the first of the files, the others are attached."""
        parts = [
            _field("deployment-name", name),
            _field("deployment-source", "Camunda Modeler"),
            _field("enable-duplicate-filtering", "true"),
        ]
        kinds = ["text/xml", *["application/octet-stream"] * (len(files) - 1)]
        parts += [_file(each, content, kind) for (each, content), kind in zip(files.items(), kinds, strict=True)]
        body = b"".join(parts) + f"--{_BOUNDARY}--\r\n\r\n".encode()
        return self._send("POST", "/engine-rest/deployment/create", body, f"multipart/form-data; boundary={_BOUNDARY}")

    def start(self, definition_id: str, business_key: str | None = None, variables: Any = None) -> Answer:
        """Press Start."""
        body = json.dumps({"businessKey": business_key, "variables": variables}).encode()
        return self._send("POST", f"/engine-rest/process-definition/{definition_id}/start", body, "application/json")

    def _send(self, method: str, path: str, body: bytes | None = None, kind: str | None = None) -> Answer:
        headers = {"Accept": "application/json", "Origin": "file://"}
        if kind is not None:
            headers["Content-Type"] = kind
        if self.password:
            pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        connection = HTTPConnection(self.host, self.port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            return Answer(answer.status, json.loads(content or b"null"), answer.headers.get("Content-Type", ""))
        finally:
            connection.close()


def _field(name: str, value: str) -> bytes:
    return f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def _file(name: str, content: bytes, kind: str) -> bytes:
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
    return f"{head}Content-Type: {kind}\r\n\r\n".encode() + content + b"\r\n"
