"""Whose dialect a diagram is written in."""

from workflows.diagrams.elements import CAMUNDA, MODELER, ZEEBE, Element, attribute, namespace, place
from workflows.diagrams.report import Report
from workflows.expressions.dialect import Dialect

_PLATFORMS = {"Camunda Platform": Dialect.CAMUNDA7, "Camunda Cloud": Dialect.CAMUNDA8}
_NAMESPACES = {CAMUNDA: Dialect.CAMUNDA7, ZEEBE: Dialect.CAMUNDA8}
_NAMES = {Dialect.CAMUNDA7: "Camunda 7", Dialect.CAMUNDA8: "Camunda 8"}


def dialect_of(root: Element, report: Report) -> Dialect:
    """Return the dialect that `modeler:executionPlatform` names, or else the one whose extensions are used.

    Extensions of the other dialect in the same file go to `report`. A diagram without any is a Camunda 7 diagram.
    """
    used = _extensions_used(root)
    platform = root.get(f"{{{MODELER}}}executionPlatform")
    if platform is not None and platform not in _PLATFORMS:
        what = f"The execution platform {platform!r} is not known."
        report.add(place(root), what, f"Use {' or '.join(_PLATFORMS)}, or remove modeler:executionPlatform.")
    _check_language(root, report)
    dialect = _PLATFORMS[platform] if platform in _PLATFORMS else next(iter(used), Dialect.CAMUNDA7)
    for other, element in used.items():
        if other is not dialect:
            what = f"This is written for {_NAMES[other]}, but the diagram is a {_NAMES[dialect]} one."
            report.add(place(element), what, "Draw the whole diagram for one platform.")
    return dialect


def _check_language(root: Element, report: Report) -> None:
    """Note a language for the expressions of the whole file: each platform has its own, XPath is what BPMN presumes."""
    language = attribute(root, "expressionLanguage")
    if language is not None and "xpath" not in language.lower():
        what = f"The diagram sets the language of all its expressions to {language!r}."
        report.add(place(root), what, "Remove expressionLanguage, and set language on the expressions that need it.")


def _extensions_used(root: Element) -> dict[Dialect, Element]:
    """Return the first element of each dialect's vocabulary, or with an attribute of it, in the order of the file."""
    used: dict[Dialect, Element] = {}
    for element in root.iter("*"):
        names = [namespace(element), *(str(name)[1:].partition("}")[0] for name in element.attrib if "}" in str(name))]
        for name in names:
            if name in _NAMESPACES:
                used.setdefault(_NAMESPACES[name], element)
    return used
