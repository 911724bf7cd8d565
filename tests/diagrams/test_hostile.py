"""Files that are broken, too large, or want to read what is not theirs."""

import os
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from workflows.diagrams import Problem, compile_diagram, lint
from workflows.errors import InvalidDiagram

HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def problems_of(content: bytes) -> tuple[Problem, ...]:
    with pytest.raises(InvalidDiagram) as caught:
        compile_diagram(content, "bad.bpmn")
    assert caught.value.problems == lint(content, "bad.bpmn")
    return caught.value.problems


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no well-formed XML"),
        (b"not xml", "no well-formed XML"),
        (b"\x00\x01\x02", "no well-formed XML"),
        (HEAD.encode() + b"<process id='P\x00'/></definitions>", "no well-formed XML"),
        (b"\xff\xfe" + HEAD.encode(), "no well-formed XML"),
        (b"<html/>", "no BPMN diagram"),
        (b"<definitions/>", "no BPMN diagram"),
        (HEAD.encode() + b"<process id='P'>", "no well-formed XML"),
        (HEAD.encode() + b"</definitions>", "no process that runs"),
        (HEAD.encode() + b"<process id='P' isExecutable='false'/></definitions>", "no process that runs"),
        (f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>{HEAD}&l9;</definitions>'.encode(), "document type"),
        (b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + HEAD.encode() + b"</definitions>", "document type"),
        (HEAD.encode() + b"<process id='P' name='&undefined;'/></definitions>", "no well-formed XML"),
        (HEAD.encode() + b"<subProcess>" * 230 + b"</subProcess>" * 230 + b"</definitions>", "nested"),
        (HEAD.encode() + b"<subProcess>" * 50_000, ""),
        (HEAD.encode() + b"<task/>" * 100_001 + b"</definitions>", "100,000 elements"),
    ],
    ids=range(16),
)
def test_a_bad_file_is_refused_with_a_reason(content: bytes, words: str) -> None:
    problems = problems_of(content)
    assert len(problems) == 1
    assert words in problems[0].what
    assert problems[0].mend.endswith(".")


def test_an_external_entity_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    content = f'<!DOCTYPE x [<!ENTITY s SYSTEM "{secret.as_uri()}">]>{HEAD}<process id="P" name="&s;"/></definitions>'
    problems = problems_of(content.encode())
    assert all("hunter2" not in str(problem) for problem in problems)


def test_a_hundred_megabytes_are_refused_without_reading_them() -> None:
    content = HEAD.encode() + b" " * 100_000_000 + b"</definitions>"
    tracemalloc.start()
    problems = problems_of(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "5,000,000 bytes" in problems[0].what
    assert peak < 1_000_000


def test_the_last_line_that_can_be_named_is_named() -> None:
    text = f'{HEAD}<process id="P"><startEvent id="S"/>{{lines}}<task id="A"/></process></definitions>'
    assert [problem.line for problem in problems_of(text.replace("{lines}", "\n" * 65_000).encode())] == [65_001]
    problems = problems_of(text.replace("{lines}", "\n" * 65_001).encode())
    assert ["65,000 lines" in problem.what for problem in problems] == [True]


def test_a_malformed_file_names_the_line() -> None:
    assert problems_of(HEAD.encode() + b"\n<process>\n</task>\n</definitions>")[0].line == 3


def test_a_nested_expression_is_a_problem_and_no_crash() -> None:
    condition = "(" * 5000 + "a" + ")" * 5000
    for text in (condition, f"${{{condition}}}"):
        content = f"""{HEAD}<process id="P"><exclusiveGateway id="G" default="D"/><task id="A"/>
<sequenceFlow id="D" sourceRef="G" targetRef="A"/><sequenceFlow id="F" sourceRef="G" targetRef="A">
<conditionExpression>{text}</conditionExpression></sequenceFlow></process></definitions>"""
        assert [problem.element for problem in problems_of(content.encode())] == ["F"]


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """A web server: its address, and the paths that it was asked for."""
    paths: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()


OUTSIDE = {
    "external entity": '<!DOCTYPE x [<!ENTITY s SYSTEM "{url}">]>'
    + HEAD
    + '<process id="P">&s;</process></definitions>',
    "external parameter entity": '<!DOCTYPE x [<!ENTITY % s SYSTEM "{url}"> %s;]>' + HEAD + "</definitions>",
    "external document type": '<!DOCTYPE x SYSTEM "{url}">' + HEAD + "</definitions>",
    "public document type": '<!DOCTYPE x PUBLIC "-//X" "{url}">' + HEAD + "</definitions>",
    "inclusion": HEAD + '<include xmlns="http://www.w3.org/2001/XInclude" href="{url}"/></definitions>',
    "style sheet": '<?xml-stylesheet href="{url}"?>' + HEAD + "</definitions>",
    "schema": HEAD.replace(">", ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="u {url}">')
    + "</definitions>",
    "import": HEAD + '<import importType="http://www.w3.org/2001/XMLSchema" location="{url}"/></definitions>',
}


@pytest.mark.parametrize("text", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_nothing_is_fetched_from_the_network(text: str, asked: tuple[str, list[str]]) -> None:
    url, paths = asked
    assert problems_of(text.replace("{url}", f"{url}/x").encode())
    assert paths == []


@pytest.mark.parametrize("text", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_nothing_is_opened_on_disk(text: str, tmp_path: Path) -> None:
    """Whoever opens a pipe to read waits until somebody writes: nobody may wait."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(problems_of, text.replace("{url}", pipe.as_uri()).encode())
        deadline = time.monotonic() + 10
        while not outcome.done() and time.monotonic() < deadline:
            time.sleep(0.005)
        try:
            os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
            opened = True
        except OSError:
            opened = False
        assert outcome.result(timeout=10)
    assert not opened


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7"])
@pytest.mark.parametrize("declared", ["UTF-16", "UTF-8", "none-such"])
def test_a_document_type_can_not_hide_in_an_encoding(encoding: str, declared: str) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?><!DOCTYPE x [<!ENTITY a "b">]>{HEAD}&a;</definitions>'
    problems = problems_of(text.encode(encoding))
    assert "document type" in problems[0].what or "no well-formed XML" in problems[0].what


def test_a_diagram_in_utf_16_is_read() -> None:
    text = f'<?xml version="1.0" encoding="UTF-16"?>{HEAD}<process id="P"><startEvent id="S"/></process></definitions>'
    assert lint(text.encode("utf-16"), "wide.bpmn") == ()


def test_parameter_entities_do_not_blow_up() -> None:
    laughs = "".join(f'<!ENTITY % p{n} "{f"%p{n - 1};" * 10}">' for n in range(1, 20))
    content = f'<!DOCTYPE x [<!ENTITY % p0 "ha">{laughs} %p19;]>{HEAD}</definitions>'
    assert swift(content.encode())


def swift(content: bytes) -> tuple[Problem, ...]:
    """Return the problems of a file that has to be answered within seconds; squares would take minutes."""
    began = time.process_time()
    problems = lint(content, "large.bpmn")
    assert time.process_time() - began < 15
    return problems


def test_fifty_thousand_unknown_elements_are_counted_in_seconds() -> None:
    elements = "".join(f'<magic{n} id="x{n}"/>\n' for n in range(50_000))
    problems = swift(f'{HEAD}<process id="P"><startEvent id="S"/>{elements}</process></definitions>'.encode())
    assert len(problems) == 501
    assert "49,500 more problems" in problems[-1].what


def test_attributes_without_end_are_refused() -> None:
    attributes = " ".join(f'a{n}=""' for n in range(300_000))
    problems = swift(f'{HEAD}<process id="P" {attributes}/></definitions>'.encode())
    assert ["more than 100 attributes" in problem.what for problem in problems] == [True]


LARGE = {
    "lost tasks": lambda n: f'<task id="n{n}"/>',
    "compensation": lambda n: (
        f'<task id="n{n}"/><boundaryEvent id="b{n}" attachedToRef="n{n}"><compensateEventDefinition/></boundaryEvent>'
        f'<task id="h{n}" isForCompensation="true"/><association id="a{n}" sourceRef="b{n}" targetRef="h{n}"/>'
    ),
    "links": lambda n: f'<intermediateThrowEvent id="n{n}"><linkEventDefinition name="L"/></intermediateThrowEvent>',
    "doubled ids": lambda _: '<task id="n"/>',
    "flows to nowhere": lambda n: f'<sequenceFlow id="n{n}" sourceRef="S" targetRef="Q"/>',
}


@pytest.mark.parametrize("element", LARGE.values(), ids=LARGE.keys())
def test_a_file_of_many_elements_is_answered_in_seconds(element: Callable[[int], str]) -> None:
    elements = "".join(map(element, range(10_000)))
    assert swift(f'{HEAD}<process id="P"><startEvent id="S"/>{elements}</process></definitions>'.encode())


@pytest.mark.parametrize(
    "element",
    [
        '<task id="t" name="{long}"/>',
        '<task id="{long}"/>',
        '<task id="t" colour="{long}"/>',
        '<callActivity id="t"><loop{long}/></callActivity>',
        '<standardLoopCharacteristics id="t" loopMaximum="{long}"/>',
        '<userTask id="t" startQuantity="{long}"/>',
        '<sequenceFlow id="t" sourceRef="S" targetRef="S"><conditionExpression>${{long} +}</conditionExpression>'
        "</sequenceFlow>",
    ],
)
def test_a_problem_does_not_repeat_a_long_text(element: str) -> None:
    elements = element.replace("{long}", "x" * 30_000)
    problems = swift(f'{HEAD}<process id="P"><startEvent id="S"/>{elements}</process></definitions>'.encode())
    assert problems
    assert all(len(str(problem)) < 2_000 for problem in problems)
    assert all(problem.mend.endswith(".") for problem in problems)
