"""Diagrams for tests: the elements of one process, wrapped as Camunda Modeler wraps them."""

from collections.abc import Callable

import pytest

from workflows.diagrams import Graph, Problem, compile_diagram, lint
from workflows.diagrams.forms import Form
from workflows.diagrams.graph import Node

_PLATFORMS = {"camunda7": ("Camunda Platform", "7.24.0"), "camunda8": ("Camunda Cloud", "8.7.0")}
FORMS = {"patient": Form("patient")}


def wrap(elements: str, roots: str, platform: str, attributes: str) -> bytes:
    """Return a file with one process; `elements` begin in line 9."""
    name, version = _PLATFORMS[platform]
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    xmlns:modeler="http://camunda.org/schema/modeler/1.0" id="Definitions_1"
    targetNamespace="http://bpmn.io/schema/bpmn" exporter="Camunda Modeler" exporterVersion="5.40.0"
    modeler:executionPlatform="{name}" modeler:executionPlatformVersion="{version}">
  <bpmn:process id="P" name="Process" isExecutable="true" {attributes}>
{elements}
  </bpmn:process>
{roots}
</bpmn:definitions>""".encode()


@pytest.fixture
def compiled() -> Callable[..., Graph]:
    """Compile the elements of a process."""

    def compile_elements(elements: str, roots: str = "", platform: str = "camunda7", attributes: str = "") -> Graph:
        return compile_diagram(wrap(elements, roots, platform, attributes), "test.bpmn", forms=FORMS)

    return compile_elements


@pytest.fixture
def linted() -> Callable[..., tuple[Problem, ...]]:
    """Return the problems of the elements of a process."""

    def lint_elements(
        elements: str, roots: str = "", platform: str = "camunda7", attributes: str = ""
    ) -> tuple[Problem, ...]:
        return lint(wrap(elements, roots, platform, attributes), "test.bpmn", FORMS)

    return lint_elements


@pytest.fixture
def node(compiled: Callable[..., Graph]) -> Callable[..., Node]:
    """Compile one element, with the id X, between a start and an end event."""

    def compile_one(element: str, roots: str = "", platform: str = "camunda7") -> Node:
        return compiled(in_line(element), roots, platform).nodes["X"]

    return compile_one


@pytest.fixture
def node_problems(linted: Callable[..., tuple[Problem, ...]]) -> Callable[..., tuple[Problem, ...]]:
    """Return the problems of one element, with the id X, between a start and an end event."""
    return lambda element, roots="", platform="camunda7": linted(in_line(element), roots, platform)


def in_line(element: str) -> str:
    """Return the element with the id X in the middle of a small process."""
    return f"""{element}
<bpmn:startEvent id="S"/><bpmn:endEvent id="E"/>
<bpmn:sequenceFlow id="F1" sourceRef="S" targetRef="X"/><bpmn:sequenceFlow id="F2" sourceRef="X" targetRef="E"/>"""
