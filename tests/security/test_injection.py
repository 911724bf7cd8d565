"""Texts that try to become SQL, markup, or the address of another site or file: everywhere, in every parameter."""

import inspect
import json
import re
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote_plus, urlsplit

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.clinic.models import Role
from tests.house import PASSWORD, House
from tests.security.belongings import MARKUP, RAW, Belongings, address_of, routes
from tests.visitor import Visitor

_READ = re.compile(r"""args\.(?:get|getlist)\(\s*["'](\w+)["']|args\[["'](\w+)["']\]""")
_WORD = re.compile(r"""["']([a-z][A-Za-z_]{2,30})["']""")
_TOKEN = re.compile(r'name="dams:csrf" value="[^"]*"')
_EVERYWHERE = ("next", "page", "search")
WHO = {Role.ADMINISTRATOR: "admin", Role.DOCTOR: "doctor", Role.PATIENT: "owner"}
TRUE, FALSE = "x' OR '1'='1", "x' OR '1'='2"
BPMN_JS = Path(__file__).parents[2] / "node_modules" / "bpmn-js" / "package.json"
FORBIDDEN = ("sqlite3", "psycopg", "syntax error", "Traceback", "root:x:")


def parameters(app: Flask, rule: Rule) -> list[str]:
    """Return the names of the parameters that a view, or what stands beside it, reads from its query."""
    view = inspect.unwrap(app.view_functions[rule.endpoint])
    module = sys.modules.get(view.__module__)
    source = inspect.getsource(module) if module is not None and view.__module__.startswith("app.") else ""
    read = {name for pair in _READ.findall(source) for name in pair if name}
    documented = {field for field in _WORD.findall(source) if field in _documented(app)}
    return sorted(read | documented)


def _documented(app: Flask) -> set[str]:
    """Return the names of all query parameters of the OpenAPI document."""
    known = app.extensions.get("tests_documented")
    if known is None:
        document = app.test_client().get("/api/v1/openapi.json").json or {}
        operations = [each for path in document["paths"].values() for each in path.values() if isinstance(each, dict)]
        known = {
            parameter["name"]
            for operation in operations
            for parameter in operation.get("parameters", [])
            if isinstance(parameter, dict) and parameter.get("in") == "query"
        }
        app.extensions["tests_documented"] = known
    return set(known)


def pages(house: House) -> Iterator[tuple[str, Rule]]:
    """Give everything that is read, and who reads it."""
    for _, rule, roles in routes(house, "GET"):
        if rule.endpoint == "static" or rule.rule.startswith("/healthz"):
            continue
        yield next((name for role, name in WHO.items() if role in roles), "admin"), rule


def ask(visitor: Visitor, address: str, query: Mapping[str, str] | None = None) -> TestResponse:
    """Open an address, whole, without following where it leads."""
    return visitor.client.get(address, query_string=query or {}, buffered=True)


def told(answer: TestResponse, *payloads: str) -> tuple[int, str]:
    """Return the status and the text of an answer, without what echoes the payloads and what is new each time."""
    text = unescape(unquote_plus(_TOKEN.sub("", answer.text))).replace("\\u0027", "'")
    for payload in payloads:
        text = text.replace(payload, "")
    return answer.status_code, text


def test_no_parameter_of_a_query_becomes_sql(house: House, theirs: Belongings, visitors: dict[str, Visitor]) -> None:
    wrong, tried = [], 0
    for who, rule in pages(house):
        address = address_of(rule, theirs.ids)
        for names in (_EVERYWHERE, *((name,) for name in parameters(house.app, rule))):
            right, other = (partial(ask, visitors[who], address, dict.fromkeys(names, text)) for text in (TRUE, FALSE))
            status, text = told(right(), TRUE, FALSE)
            tried += 1
            if status >= 500 and status not in {502, 503}:
                wrong.append((rule.rule, names, str(status)))
            if any(word in text for word in FORBIDDEN):
                wrong.append((rule.rule, names, "it told something"))
            # what goes on beside it may change a page once, but not each time
            if all(told(right(), TRUE, FALSE) != told(other(), TRUE, FALSE) for _ in range(5)):
                wrong.append((rule.rule, names, "the answer depends on it"))
    print(f"{tried} queries")  # noqa: T201 -- it is to be read
    assert wrong == []


@pytest.mark.parametrize(
    "payload", ["' OR 1=1--", "..%2f..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/%2e%2e/etc/passwd"]
)
def test_no_part_of_an_address_becomes_sql_or_another_file(
    house: House, visitors: dict[str, Visitor], payload: str
) -> None:
    wrong = []
    for who, rule in pages(house):
        for name in rule.arguments:
            converter = rule._converters[name]
            if type(converter).__name__ in {"IntegerConverter", "UUIDConverter", "AnyConverter"}:
                continue
            address = address_of(rule, {name: "PAYLOAD"}).replace("PAYLOAD", payload)
            answer = ask(visitors[who], address)
            if answer.status_code not in {301, 302, 303, 308, 400, 401, 403, 404, 405, 422, 502, 503}:
                wrong.append((address, str(answer.status_code)))
            if any(word in answer.text for word in FORBIDDEN):
                wrong.append((address, "it told something"))
    assert wrong == []


FOLDERS = {
    "/static": ("site.css", "services.py"),
    "/desk/libraries/bpmn-js/{version}": ("package.json", ".package-lock.json"),
    "/api/docs": ("swagger-ui.css", "__init__.py"),
}
"""Where files of folders are served: one that is there for everybody, and one beside the folder that is for nobody."""

UPWARDS = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "%252e%252e%252f", "x/../../", "/"]


@pytest.mark.parametrize("folder", sorted(FOLDERS))
def test_no_file_beside_a_folder_is_served(visitors: dict[str, Visitor], folder: str) -> None:
    there, beside = FOLDERS[folder]
    address = folder.format(version=json.loads(BPMN_JS.read_bytes())["version"]) if "{" in folder else folder
    with visitors["owner"].client.get(f"{address}/{there}") as served:
        assert served.status_code == 200
    for upwards in UPWARDS:
        for file in (beside, "../" + beside, "etc/passwd"):
            with visitors["owner"].client.get(f"{address}/{upwards}{file}") as answer:
                assert answer.status_code in {404, 308}, (upwards, file)


def test_no_text_becomes_markup(house: House, theirs: Belongings, visitors: dict[str, Visitor]) -> None:
    seen, wrong = 0, []
    nothing: dict[str, str] = {}
    for _, rule, roles in routes(house, "GET"):
        if rule.endpoint == "static":
            continue
        address = address_of(rule, theirs.ids)
        for who in (name for role, name in WHO.items() if role in roles):
            for query in (nothing, dict.fromkeys((*_EVERYWHERE, *parameters(house.app, rule)), MARKUP)):
                answer = ask(visitors[who], address, query)
                if answer.mimetype not in {"text/html", "image/svg+xml", "application/xhtml+xml"}:
                    continue
                seen += "onerror=alert" in answer.text
                if RAW in answer.text:
                    wrong.append((who, rule.rule, bool(query)))
    print(f"{seen} pages showed the markup as text")  # noqa: T201 -- it is to be read
    assert wrong == []
    assert seen > 20


def test_no_error_makes_markup_of_an_address(visitors: dict[str, Visitor]) -> None:
    for address in (f"/{MARKUP}", f"/tasks/{MARKUP}", f"/login?next={MARKUP}", f"/oauth/authorize?client_id={MARKUP}"):
        assert RAW not in visitors["owner"].open(address).response.text


AWAY = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "\\/evil.example",
    "https:evil.example",
    "\t//evil.example",
]


@pytest.mark.parametrize("away", AWAY)
def test_no_parameter_sends_the_browser_to_another_site(
    house: House, theirs: Belongings, visitors: dict[str, Visitor], away: str
) -> None:
    username = house.add_patient()
    entered = {"username": username, "password": PASSWORD}
    visitor = Visitor(house.app)
    page = visitor.open("/login?next=" + quote(away, safe=""))
    signed_in = visitor.submit(page, entered, follow=False)
    assert (signed_in.status, signed_in.response.location) == (303, "/dashboard")
    assert visitor.client.get("/login", query_string={"next": away}).location == "/dashboard"
    if away not in AWAY[:2]:
        return  # the walk takes the plain ones; what is special about the others is how the page to sign in reads them
    for who, rule in pages(house):
        address = address_of(rule, theirs.ids)
        query = dict.fromkeys((*_EVERYWHERE, *parameters(house.app, rule)), away)
        with visitors[who].client.get(address, query_string=query) as answer:
            assert urlsplit(answer.headers.get("Location", "")).netloc in {"", "localhost"}, (
                rule.rule,
                answer.location,
            )
