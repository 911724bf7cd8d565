"""Both Camunda vocabularies, as Camunda publishes them for its Modeler: every word is known here."""

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workflows.diagrams import vocabulary
from workflows.diagrams.outline import FLOW_NODES

CACHE = Path.home() / ".cache" / "dams" / "moddle"
PACKAGES = {
    "camunda": ("camunda-bpmn-moddle@8.0.1", "package/resources/camunda.json"),
    "zeebe": ("zeebe-bpmn-moddle@2.0.0", "package/resources/zeebe.json"),
    "bpmn": ("bpmn-moddle@10.3.1", "package/resources/bpmn/json/bpmn.json"),
}
UNUSED = {
    "camunda:InputOutput": {"inputOutput", "connectorId"},
    "zeebe:IoMapping": {"ioMapping"},
}
"""Attributes of the published files that name no attribute of a diagram."""


def published(prefix: str) -> list[dict[str, Any]]:
    """Return the types of a vocabulary, fetched once from the npm registry; without npm only CI fails."""
    package, resource = PACKAGES[prefix]
    archive = CACHE / (package.replace("@", "-") + ".tgz")
    if not archive.exists():
        command = ["npm", "pack", "--silent", "--pack-destination", str(CACHE), package]
        if shutil.which("npm") is None and not os.environ.get("CI"):
            pytest.skip(f"npm is missing, which fetches {package}; with npm: {' '.join(command)}")
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    with tarfile.open(archive) as files:
        found = files.extractfile(resource)
        assert found is not None
        types: list[dict[str, Any]] = json.load(found)["types"]
    return types


@pytest.fixture(scope="module")
def concrete() -> dict[str, set[str]]:
    """For each BPMN type the local names of the elements that are of it."""
    types = {type_["name"]: type_ for type_ in published("bpmn")}
    elements: dict[str, set[str]] = {name: set() for name in types}
    for name, type_ in types.items():
        if type_.get("isAbstract"):
            continue
        todo = [name]
        while todo:
            ancestor = todo.pop()
            elements[ancestor].add(name[0].lower() + name[1:])
            todo += [parent.partition(":")[2] or parent for parent in types[ancestor].get("superClass", [])]
    return elements


def extended(prefix: str, name: str, types: dict[str, dict[str, Any]], concrete: dict[str, set[str]]) -> set[str]:
    """Return the BPMN elements that an extending type, and so its attributes, belong to."""
    found: set[str] = set()
    for parent in types[name].get("extends", []):
        namespace, _, parent_name = parent.partition(":")
        if namespace == "bpmn":
            found |= concrete[parent_name]
        else:
            found |= extended(prefix, parent_name, types, concrete)
    for other, type_ in types.items():
        if f"{prefix}:{name}" in type_.get("superClass", []) and other != name:
            found |= extended(prefix, other, types, concrete)
    return found


def attributes(prefix: str, concrete: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Yield each attribute with the BPMN element that it may stand on."""
    types = {type_["name"]: type_ for type_ in published(prefix)}
    for name, type_ in types.items():
        for element in extended(prefix, name, types, concrete):
            for property_ in type_.get("properties", []):
                if property_.get("isAttr"):
                    yield element, f"{prefix}:{property_['name'].partition(':')[2] or property_['name']}"


def extension_elements(prefix: str, concrete: dict[str, set[str]]) -> Iterator[tuple[str, set[str]]]:
    """Yield each extension element with the BPMN elements that it may extend."""
    types = {type_["name"]: type_ for type_ in published(prefix)}
    for name, type_ in types.items():
        elements: set[str] = set()
        for place in type_.get("meta", {}).get("allowedIn", []):
            namespace, _, owner = place.partition(":")
            if namespace == "bpmn":
                elements |= concrete[owner]
            elif namespace == prefix:
                elements |= extended(prefix, owner, types, concrete)
        yield name, elements


RUNNING = FLOW_NODES | {
    "process",
    "definitions",
    "error",
    "signalEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "conditionalEventDefinition",
    "messageEventDefinition",
    "multiInstanceLoopCharacteristics",
}
"""The elements that say how a process runs."""


@pytest.mark.parametrize("prefix", ["camunda", "zeebe"])
def test_every_attribute_on_a_bpmn_element_is_known_or_refused_with_advice(
    prefix: str, concrete: dict[str, set[str]]
) -> None:
    unknown = {
        f"{attribute} on {element}"
        for element, attribute in attributes(prefix, concrete)
        if element in RUNNING
        and not vocabulary.may_have(element, attribute)
        and attribute not in vocabulary.REFUSED_ATTRIBUTES
    }
    assert unknown == set()


@pytest.mark.parametrize("prefix", ["camunda", "zeebe"])
def test_every_extension_element_is_known_or_refused_with_advice(prefix: str, concrete: dict[str, set[str]]) -> None:
    unknown = set()
    nested = {word for words in vocabulary.EXTENSION_CHILDREN.values() for word in words}
    for name, elements in extension_elements(prefix, concrete):
        word = f"{prefix}:{name[0].lower()}{name[1:]}"
        if word in vocabulary.REFUSED_ELEMENTS or word in nested:
            continue
        refused, _ = vocabulary.REFUSED_PLACES.get(word, (frozenset(), ""))
        places = elements & RUNNING - refused
        unknown |= {f"{word} on {element}" for element in places if not vocabulary.may_extend(element, word)}
    assert unknown == set()


@pytest.mark.parametrize("prefix", ["camunda", "zeebe"])
def test_every_attribute_of_an_extension_element_is_known_or_refused_with_advice(prefix: str) -> None:
    types = {type_["name"]: type_ for type_ in published(prefix)}
    unknown = set()
    for name in types:
        word = f"{prefix}:{name[0].lower()}{name[1:]}"
        if word not in vocabulary.EXTENSION_ATTRIBUTES:
            continue
        for attribute in own_attributes(prefix, name, types) - UNUSED.get(f"{prefix}:{name}", set()):
            known = vocabulary.may_have(word, attribute)
            if not known and f"{word} {attribute}" not in vocabulary.REFUSED_ATTRIBUTES:
                unknown.add(f"{attribute} on {word}")
    assert unknown == set()


def own_attributes(prefix: str, name: str, types: dict[str, dict[str, Any]]) -> set[str]:
    """Return the attributes of an extension element, inherited and mixed in ones included."""
    type_ = types[name]
    found = {property_["name"] for property_ in type_.get("properties", []) if property_.get("isAttr")}
    for parent in type_.get("superClass", []):
        parent_name = parent.partition(":")[2] or parent
        if parent_name in types:
            found |= own_attributes(prefix, parent_name, types)
    for other in types.values():
        if f"{prefix}:{name}" in other.get("extends", []):
            found |= {property_["name"] for property_ in other.get("properties", []) if property_.get("isAttr")}
    return found


def test_every_element_of_bpmn_is_known_or_refused_with_advice(concrete: dict[str, set[str]]) -> None:
    known = set(vocabulary.DRAWING) | {word.partition(":")[2] for word in vocabulary.REFUSED_ELEMENTS}
    known |= {child for children in vocabulary.CHILDREN.values() for child in children}
    structural = {
        "dataAssociation",
        "itemAwareElement",
        "definitions",
        "extensionElements",
        "formalExpression",
        "expression",
        "dataInput",
        "relationship",
    }
    inside_drawings = {
        "lane", "participant", "participantMultiplicity", "participantAssociation", "messageFlow", "categoryValue",
        "messageFlowAssociation", "conversation", "subConversation", "callConversation", "conversationLink",
        "conversationAssociation", "correlationKey", "correlationPropertyRetrievalExpression", "operation",
        "correlationPropertyBinding", "resourceParameter", "extensionDefinition", "extensionAttributeDefinition",
    }  # fmt: skip
    inside_refused = {"inputOutputBinding", "resourceAssignmentExpression", "resourceParameterBinding"}
    types = {"inputOutputSpecification": "ioSpecification"}
    roots = {types.get(name, name) for names in concrete.values() for name in names}
    assert roots - known - structural - inside_drawings - inside_refused == set()


NO_ATTRIBUTES = {
    "valueRef on extensionElements",
    "extensionAttributeDefinition on extensionElements",
    "script on globalScriptTask",
}
"""What bpmn-moddle models as attributes, and BPMN's own schema does not."""


def test_every_bpmn_attribute_of_a_running_element_is_known() -> None:
    types = {type_["name"]: type_ for type_ in published("bpmn")}
    names = {"InputOutputSpecification": "ioSpecification"}
    unknown = set()
    for name, type_ in types.items():
        element = names.get(name, name[0].lower() + name[1:])
        if type_.get("isAbstract") or element not in vocabulary.ATTRIBUTES:
            continue
        for attribute in bpmn_attributes(name, types):
            if not vocabulary.may_have(element, attribute):
                unknown.add(f"{attribute} on {element}")
    assert unknown == NO_ATTRIBUTES


def bpmn_attributes(name: str, types: dict[str, dict[str, Any]]) -> set[str]:
    """Return the attributes of a BPMN element, inherited ones included."""
    found = {property_["name"] for property_ in types[name].get("properties", []) if property_.get("isAttr")}
    for parent in types[name].get("superClass", []):
        if parent in types:
            found |= bpmn_attributes(parent, types)
    return found
