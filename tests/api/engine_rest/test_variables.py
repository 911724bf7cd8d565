"""Typed variables, both ways, at all their addresses."""

import base64
import io
import json
from typing import Any

import pytest

from tests.api.engine_rest.test_lists import ROOT, ok, put
from tests.api.program import Program
from tests.house import House
from workflows.values import JsonValue

Case = tuple[dict[str, Any], JsonValue, tuple[str, Any]]
"""What a client sends, what the engine keeps, and the type and value that are read."""


@pytest.fixture(scope="module")
def variables(client: Program, asked: str) -> str:
    """The address of the variables of an instance."""
    started = ok(client.post(f"{ROOT}/process-definition/{asked}/start"))
    return f"{ROOT}/process-instance/{started['id']}/variables"


@pytest.mark.parametrize(
    "case",
    [
        ({"value": 1}, 1, ("Integer", 1)),
        ({"value": 2**31}, 2**31, ("Long", 2**31)),
        ({"value": "12", "type": "long"}, 12, ("Integer", 12)),
        ({"value": 3.0, "type": "Integer"}, 3, ("Integer", 3)),
        ({"value": 0.5}, 0.5, ("Double", 0.5)),
        ({"value": 2, "type": "double"}, 2.0, ("Double", 2.0)),
        ({"value": True, "type": None}, True, ("Boolean", True)),
        ({"value": "True", "type": "boolean"}, True, ("Boolean", True)),
        ({"value": "text", "type": "STRING", "valueInfo": None}, "text", ("String", "text")),
        ({"value": None, "type": "String"}, None, ("Null", None)),
        ({"value": None}, None, ("Null", None)),
        ({"type": "Null"}, None, ("Null", None)),
        ({"value": '{"a": [1]}', "type": "json"}, {"a": [1]}, ("Object", {"a": [1]})),
        ({"value": {"a": 1}}, {"a": 1}, ("Object", {"a": 1})),
        (
            {"value": "[1]", "type": "Object", "valueInfo": {"serializationDataFormat": "application/json"}},
            [1],
            ("Object", [1]),
        ),
        (
            {"value": "2026-01-01T10:00:00.000+0100", "type": "Date"},
            "2026-01-01T09:00:00.000+00:00",
            ("Date", "2026-01-01T09:00:00.000+0000"),
        ),
        ({"value": "<a/>", "type": "Xml"}, "<a/>", ("String", "<a/>")),
    ],
)
def test_values_of_each_type(house: House, client: Program, variables: str, case: Case) -> None:
    sent, kept, shown = case
    put(client, f"{variables}/value", sent)
    instance = variables.split("/")[3]
    value = house.engine.variables(instance)["value"]
    assert (value, type(value)) == (kept, type(kept))
    read = ok(client.get(f"{variables}/value"))
    assert (read["type"], read["value"]) == shown
    assert ok(client.get(variables))["value"] == read
    assert client.get(f"{variables}/value/data").status_code == 200


def test_lists_and_objects_are_json_text_where_nothing_is_deserialized(client: Program, variables: str) -> None:
    put(client, f"{variables}/plan", {"value": {"a": [1, "ä"]}})
    read = ok(client.get(f"{variables}/plan", deserializeValue="false"))
    assert (read["type"], json.loads(read["value"])) == ("Json", {"a": [1, "ä"]})
    assert ok(client.get(variables, deserializeValues="False"))["plan"] == read


def test_files_go_in_and_come_out(client: Program, variables: str) -> None:
    content = bytes(range(256))
    info = {"filename": "scan.bin", "mimeType": "image/x-scan", "encoding": "utf-8"}
    put(
        client,
        f"{variables}/scan",
        {"type": "File", "value": base64.b64encode(content).decode(), "valueInfo": info},
    )
    read = ok(client.get(f"{variables}/scan"))
    assert (read["type"], read["value"], read["valueInfo"]["filename"]) == ("File", None, "scan.bin")
    execution = variables.replace("process-instance", "execution").replace("variables", "localVariables")
    for address in (variables, execution):
        raw = client.get(f"{address}/scan/data")
        assert (raw.data, raw.mimetype) == (content, "image/x-scan")
        assert "scan.bin" in raw.headers["Content-Disposition"]
    form = {"data": (io.BytesIO(b"later"), "later.txt", "text/plain"), "valueType": "File"}
    uploaded = client.client.post(f"{variables}/scan/data", data=form, headers=client.headers)
    assert uploaded.status_code == 204
    assert client.get(f"{variables}/scan/data").data == b"later"
    put(client, f"{variables}/blob", {"type": "Bytes", "value": base64.b64encode(b"\0\1").decode()})
    assert ok(client.get(f"{variables}/blob"))["type"] == "Bytes"
    assert client.get(f"{variables}/blob/data").data == b"\0\1"


def test_the_variables_of_a_task(client: Program, asked: str) -> None:
    instance = ok(client.post(f"{ROOT}/process-definition/{asked}/start", {"variables": {"a": {"value": 1}}}))["id"]
    (task,) = ok(client.get(f"{ROOT}/task", processInstanceId=instance))
    path = f"{ROOT}/task/{task['id']}"
    put(client, f"{path}/variables/a", {"value": 2})
    change = {"modifications": {"b": {"value": "here"}}, "deletions": []}
    assert client.post(f"{path}/localVariables", change).status_code == 204
    seen = ok(client.get(f"{path}/variables"))
    assert {name: each["value"] for name, each in seen.items()} == {"a": 2, "b": "here"}
    assert ok(client.get(f"{ROOT}/process-instance/{instance}/variables")).keys() == {"a"}
