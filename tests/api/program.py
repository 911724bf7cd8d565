"""A program: sends JSON with its token, gets JSON."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse


class Program:
    """A client without cookies."""

    def __init__(self, app: Flask, token: str | None = None) -> None:
        self.client = app.test_client(use_cookies=False)
        self.headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    def send(self, method: str, address: str, body: Mapping[str, Any] | None = None, **headers: str) -> TestResponse:
        """Send a request with more headers, whose names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(
            address, method=method, json=None if body is None else dict(body), headers=self.headers | named
        )

    def get(self, address: str, **query: str | int) -> TestResponse:
        """Read."""
        return self.client.get(address, query_string=query, headers=self.headers)

    def post(self, address: str, body: Mapping[str, Any] | None = None) -> TestResponse:
        """Send a JSON object."""
        return self.client.post(address, json=dict(body or {}), headers=self.headers)

    def patch(self, address: str, body: Mapping[str, Any], **query: str) -> TestResponse:
        """Change something that is there."""
        return self.client.patch(address, json=dict(body), query_string=query, headers=self.headers)

    def delete(self, address: str, **query: str) -> TestResponse:
        """Take away."""
        return self.client.delete(address, query_string=query, headers=self.headers)
