"""The vocabulary of DMN 1.5 and of Camunda's extensions: what may stand where, so that nothing is passed over.

Elements and attributes of other namespaces are drawing, or notes of other tools, and say nothing about the result.
"""

from dataclasses import dataclass
from typing import Final

from workflows.diagrams.elements import Element, local, namespace, place
from workflows.diagrams.report import Report

CAMUNDA: Final = "http://camunda.org/schema/1.0/dmn"
ZEEBE: Final = "http://camunda.org/schema/zeebe/1.0"

NAMESPACES: Final = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}

LOGIC: Final = ("literalExpression", "decisionTable", "context", "list", "relation", "invocation")

_OWN_ATTRIBUTES: Final = {
    (CAMUNDA, "definitions"): {"diagramRelationId"},
    (CAMUNDA, "decision"): {"versionTag", "historyTimeToLive"},
    (CAMUNDA, "input"): {"inputVariable"},
}
_PREFIXES: Final = {CAMUNDA: "camunda", ZEEBE: "zeebe"}


@dataclass(frozen=True, slots=True)
class _Shape:
    attributes: frozenset[str]
    children: frozenset[str]


def _shape(attributes: str = "", children: str = "") -> _Shape:
    return _Shape(
        frozenset(["id", "label", *attributes.split()]),
        frozenset(["description", "extensionElements", *children.split()]),
    )


_BOXED = " ".join(LOGIC)
_ITEM = _shape("name typeRef")
_TEXT = _shape("typeRef expressionLanguage", "text")
_TESTS = _shape("expressionLanguage", "text")
_REFERENCE = _shape("href")

_SHAPES: Final[dict[str, _Shape]] = {
    "definitions": _shape(
        "name namespace expressionLanguage typeLanguage exporter exporterVersion",
        "decision inputData businessKnowledgeModel knowledgeSource textAnnotation association group elementCollection"
        " performanceIndicator organizationUnit",
    ),
    "decision": _shape(
        "name",
        "question allowedAnswers variable informationRequirement knowledgeRequirement authorityRequirement"
        " supportedObjective impactedPerformanceIndicator decisionMaker decisionOwner usingProcess usingTask " + _BOXED,
    ),
    "inputData": _shape("name", "variable"),
    "businessKnowledgeModel": _shape("name", "variable encapsulatedLogic knowledgeRequirement authorityRequirement"),
    "encapsulatedLogic": _shape("kind", "formalParameter " + _BOXED),
    "variable": _ITEM,
    "formalParameter": _ITEM,
    "parameter": _ITEM,
    "column": _ITEM,
    "informationRequirement": _shape("", "requiredDecision requiredInput"),
    "knowledgeRequirement": _shape("", "requiredKnowledge"),
    "requiredDecision": _REFERENCE,
    "requiredInput": _REFERENCE,
    "requiredKnowledge": _REFERENCE,
    "decisionTable": _shape("hitPolicy aggregation preferredOrientation outputLabel", "input output annotation rule"),
    "input": _shape("", "inputExpression inputValues"),
    "output": _shape("name typeRef", "outputValues defaultOutputEntry"),
    "annotation": _shape("name"),
    "rule": _shape("", "inputEntry outputEntry annotationEntry"),
    "annotationEntry": _shape("", "text"),
    "inputExpression": _TEXT,
    "inputValues": _TESTS,
    "inputEntry": _TESTS,
    "outputEntry": _TEXT,
    "outputValues": _TESTS,
    "defaultOutputEntry": _TEXT,
    "literalExpression": _TEXT,
    "text": _shape(),
    "description": _shape(),
    "context": _shape("typeRef", "contextEntry"),
    "contextEntry": _shape("", "variable " + _BOXED),
    "list": _shape("typeRef", _BOXED),
    "relation": _shape("typeRef", "column row"),
    "row": _shape("", _BOXED),
    "invocation": _shape("typeRef", "binding literalExpression"),
    "binding": _shape("", "parameter " + _BOXED),
}

# What is read once below its parent: of a second one nobody could say what it means.
_ONCE: Final = frozenset(
    [
        "variable",
        "encapsulatedLogic",
        "requiredDecision",
        "requiredInput",
        "requiredKnowledge",
        "inputExpression",
        "inputValues",
        "outputValues",
        "defaultOutputEntry",
        "parameter",
        "text",
    ]
)

# What only explains the model to its readers: neither it nor anything inside changes a result.
_NOTES: Final = frozenset(
    [
        "question",
        "allowedAnswers",
        "knowledgeSource",
        "authorityRequirement",
        "supportedObjective",
        "impactedPerformanceIndicator",
        "decisionMaker",
        "decisionOwner",
        "usingProcess",
        "usingTask",
        "performanceIndicator",
        "organizationUnit",
        "elementCollection",
        "textAnnotation",
        "association",
        "group",
    ]
)

REFUSED: Final = {
    "import": "Put all decisions into this file.",
    "itemDefinition": "Remove it, and give columns and variables one of the built-in types.",
    "decisionService": "Remove it, and call its output decision by id.",
    "importedValues": "Write the values into this file.",
    "functionDefinition": "Draw the function as a business knowledge model.",
    "conditional": "Write it as a literal expression: if ... then ... else ...",
    "for": "Write it as a literal expression: for ... in ... return ...",
    "every": "Write it as a literal expression: every ... in ... satisfies ...",
    "some": "Write it as a literal expression: some ... in ... satisfies ...",
    "filter": "Write it as a literal expression: items[condition]",
}


def check_vocabulary(root: Element, report: Report) -> None:
    """Note every element and attribute below `root` that is not known where it stands."""
    model = namespace(root)
    pending = [root]
    while pending:
        element = pending.pop()
        _check_attributes(element, model, report)
        if local(element) == "extensionElements":
            _check_extensions(element, report)
            continue
        seen: set[str] = set()
        for child in element.iterchildren("*"):
            if namespace(child) == model and local(child) not in _NOTES:
                if _check_place(child, element, seen, report):
                    pending.append(child)
            elif namespace(child) in _PREFIXES:
                _unknown(child, f"{_PREFIXES[namespace(child)]}:{local(child)}", report)


def _check_place(child: Element, parent: Element, seen: set[str], report: Report) -> bool:
    name = local(child)
    if name in seen & _ONCE:
        report.add(place(child), f"The {local(parent)} has more than one {name}.", "Remove all but one.")
    seen.add(name)
    if name in REFUSED:
        report.add(place(child), f"The element {name} is not supported.", REFUSED[name])
        return False
    if name not in _SHAPES[local(parent)].children:
        mend = f"Remove it; below {local(parent)} only what DMN 1.5 has there is read."
        report.add(place(child), f"The element {name} is not known below {local(parent)}.", mend)
        return False
    return True


def _check_attributes(element: Element, model: str, report: Report) -> None:
    name = local(element)
    shape = _SHAPES.get(name, _shape())
    for qualified in element.attrib:
        space, _, attribute = str(qualified).rpartition("}")
        space = space.removeprefix("{")
        if space in ("", model):
            known = attribute in shape.attributes
        else:
            known = space not in _PREFIXES or attribute in _OWN_ATTRIBUTES.get((space, name), ())
        if not known:
            shown = f"{_PREFIXES[space]}:{attribute}" if space in _PREFIXES else attribute
            report.add(place(element), f"The attribute {shown} of {name} is not known.", "Remove it.")


def _check_extensions(holder: Element, report: Report) -> None:
    for extension in holder.iterchildren("*"):
        space = namespace(extension)
        parent = holder.getparent()
        tag_of_decision = (
            space == ZEEBE and local(extension) == "versionTag" and parent is not None and local(parent) == "decision"
        )
        if space in _PREFIXES and not tag_of_decision:
            _unknown(extension, f"{_PREFIXES[space]}:{local(extension)}", report)


def _unknown(element: Element, shown: str, report: Report) -> None:
    report.add(place(element), f"The extension {shown} is not known here.", "Remove it.")
