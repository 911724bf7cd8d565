"""Diagrams and decisions that try to read files, ask other hosts, or grow without end when they are read."""

from io import BytesIO

import pytest

from tests.house import House
from tests.security.belongings import csrf_of, routes
from tests.visitor import Visitor

UPLOADS = {"/desk/definitions/deployments/new", "/engine-rest/deployment/create", "/v2/deployments"}
"""Where files are taken."""

_GROWING = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
ENTITIES = {
    "a file": ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "&e;"),
    "another host": ('<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1:9/x.dtd"> %e;]>', ""),
    "many": (f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{_GROWING}]>', "&j;"),
}
SHAPES = {
    "evil.bpmn": '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="x">'
    '<process id="Evil" isExecutable="true"><documentation>{0}</documentation><startEvent id="s"/></process>'
    "</definitions>",
    "evil.dmn": '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">'
    '<decision id="Evil" name="{0}"><literalExpression id="l"><text>1{0}</text></literalExpression></decision>'
    "</definitions>",
}


@pytest.mark.parametrize("kind", ENTITIES)
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("address", sorted(UPLOADS))
def test_no_upload_reads_files_or_asks_other_hosts(
    house: House, visitors: dict[str, Visitor], kind: str, name: str, address: str
) -> None:
    head, entity = ENTITIES[kind]
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{SHAPES[name].format(entity)}'.encode()
    before = len(house.engine.definitions())
    administrator = visitors["admin"]
    files = {"files": (BytesIO(body), name), "upload": (BytesIO(body), name), "deployment-name": "evil"}
    answer = administrator.client.post(address, data=files, headers=csrf_of(administrator))
    assert answer.status_code in {400, 422}, answer.text
    assert "root:x:" not in answer.text
    assert "a" * 1000 not in answer.text
    assert len(house.engine.definitions()) == before


def test_files_are_taken_at_these_addresses(house: House) -> None:
    assert {rule.rule for _, rule, _ in routes(house, "POST")} >= UPLOADS


@pytest.mark.parametrize("address", sorted(UPLOADS))
def test_an_upload_has_an_end(visitors: dict[str, Visitor], address: str) -> None:
    body, kind = b" " * (6 * 1024 * 1024), "multipart/form-data; boundary=boundary"
    headers = csrf_of(visitors["admin"])
    answer = visitors["admin"].client.post(address, data=body, content_type=kind, headers=headers)
    assert answer.status_code == 413
