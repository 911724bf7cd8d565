"""Goes through every element and attribute of a file, and notes each word that has no meaning where it stands."""

from lxml import etree

from workflows.diagrams import vocabulary
from workflows.diagrams.compilation import Compilation
from workflows.diagrams.elements import BPMN, CAMUNDA, ZEEBE, Element, local, namespace, place, shown
from workflows.diagrams.outline import is_executable
from workflows.diagrams.report import Report
from workflows.diagrams.wording import with_article

_UNKNOWN_TOOL = "Remove it: it belongs to another tool, and nothing here acts on it."


def check_vocabulary(compilation: Compilation) -> None:
    """Note every element and attribute of the file that is neither compiled nor harmless."""
    _check_bpmn(compilation.root, compilation.report)


def _check_bpmn(element: Element, report: Report) -> None:
    _check_attributes(element, local(element), report)
    for inner in element.iterchildren("*"):
        if namespace(inner) == BPMN:
            _check_bpmn_child(element, inner, report)
        elif local(element) == "extensionElements":
            _check_extension(element.getparent(), inner, report)
        elif namespace(inner) not in vocabulary.HARMLESS_NAMESPACES:
            _refuse(inner, f"{shown(str(inner.tag))} has no meaning inside {_words(element)}.", _UNKNOWN_TOOL, report)


def _check_bpmn_child(element: Element, inner: Element, report: Report) -> None:
    name = local(inner)
    if name in vocabulary.DRAWING or (name == "process" and not is_executable(inner)):
        return
    if vocabulary.may_contain(local(element), name):
        _check_bpmn(inner, report)
        return
    mend = vocabulary.REFUSED_ELEMENTS.get(f"bpmn:{name}", "Remove it, or move it to where it belongs.")
    _refuse(inner, f"{name} has no meaning inside {_words(element)}.", mend, report)


def _check_extension(owner: Element | None, element: Element, report: Report) -> None:
    name = shown(str(element.tag))
    if owner is None or namespace(element) in vocabulary.HARMLESS_NAMESPACES:
        return
    if name in vocabulary.REFUSED_ELEMENTS:
        _refuse(element, f"{name} can't run here.", vocabulary.REFUSED_ELEMENTS[name], report)
    elif namespace(element) not in {CAMUNDA, ZEEBE}:
        _refuse(element, f"{name} is no word of BPMN or Camunda.", _UNKNOWN_TOOL, report)
    elif not vocabulary.may_extend(local(owner), name):
        places, mend = vocabulary.REFUSED_PLACES.get(name, (frozenset(), ""))
        mend = mend if local(owner) in places else "Remove it."
        _refuse(element, f"{name} has no meaning on {_words(owner)}.", mend, report)
    else:
        _check_inside(element, name, report)


def _check_inside(element: Element, name: str, report: Report) -> None:
    _check_attributes(element, name, report)
    for inner in element.iterchildren("*"):
        inner_name = shown(str(inner.tag))
        if inner_name in vocabulary.EXTENSION_CHILDREN.get(name, frozenset()):
            _check_inside(inner, inner_name, report)
        else:
            mend = vocabulary.REFUSED_ELEMENTS.get(inner_name, "Remove it.")
            _refuse(inner, f"{inner_name} has no meaning inside {name}.", mend, report)


def _check_attributes(element: Element, name: str, report: Report) -> None:
    for qualified in element.attrib:
        if (etree.QName(str(qualified)).namespace or "") in vocabulary.HARMLESS_NAMESPACES:
            continue
        attribute = shown(str(qualified))
        if vocabulary.may_have(name, attribute):
            continue
        mend = vocabulary.REFUSED_ATTRIBUTES.get(attribute) or vocabulary.REFUSED_ATTRIBUTES.get(f"{name} {attribute}")
        what = f"The attribute {attribute} has no meaning on {_words(element)}."
        if mend is not None:
            what = f"The attribute {attribute} can't be honoured here."
        _refuse(element, what, mend or "Remove it, or correct its name.", report)


def _words(element: Element) -> str:
    name = local(element) if namespace(element) == BPMN else shown(str(element.tag))
    return with_article(name)


def _refuse(element: Element, what: str, mend: str, report: Report) -> None:
    report.add(place(element), what, mend)
