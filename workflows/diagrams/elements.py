"""Small questions to XML elements, in the vocabulary of BPMN: names, attributes, texts, places."""

from collections.abc import Iterator

from lxml import etree

from workflows.diagrams.report import Place

Element = etree._Element

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
MODELER = "http://camunda.org/schema/modeler/1.0"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
PREFIXES = {BPMN: "bpmn", CAMUNDA: "camunda", ZEEBE: "zeebe", MODELER: "modeler", XSI: "xsi"}

_TRUE = frozenset({"true", "1"})


def namespace(element: Element) -> str:
    """Return the namespace of an element; the empty string without one."""
    return etree.QName(element).namespace or ""


def local(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return etree.QName(element).localname


def shown(qualified: str) -> str:
    """Return a `{namespace}name` as its author knows it, with the usual prefix."""
    name = etree.QName(qualified)
    prefix = PREFIXES.get(name.namespace or "", "")
    return f"{prefix}:{name.localname}" if prefix else name.localname


def place(element: Element) -> Place:
    """Return where an element stands: its own line, and the nearest element of BPMN (or of DMN, in a file of that)
    around it that has an id."""
    line = element.sourceline or 0
    model = namespace(element.getroottree().getroot())
    part = ""
    for around in (element, *element.iterancestors()):
        if namespace(around) == model and around.get("id"):
            return Place(line, around.get("id", ""), around.get("name", ""), part)
        if local(around) == "formField":
            part = f"Form field {around.get('id', '')!r}"
    return Place(line, part=part)


def children(element: Element, *names: str, of: str = BPMN) -> Iterator[Element]:
    """Yield the direct children of these names; all elements of the namespace without names."""
    for child in element.iterchildren("*"):
        if namespace(child) == of and (not names or local(child) in names):
            yield child


def child(element: Element, *names: str, of: str = BPMN) -> Element | None:
    """Return the first direct child of these names."""
    return next(children(element, *names, of=of), None)


def extensions(element: Element, *names: str, of: str) -> Iterator[Element]:
    """Yield the extension elements of these names."""
    for holder in children(element, "extensionElements"):
        yield from children(holder, *names, of=of)


def extension(element: Element, *names: str, of: str) -> Element | None:
    """Return the first extension element of these names."""
    return next(extensions(element, *names, of=of), None)


def attribute(element: Element, name: str, of: str = "") -> str | None:
    """Return an attribute's text without white space around it; None when it is not there or blank."""
    text = (element.get(f"{{{of}}}{name}" if of else name) or "").strip()
    return text or None


def flag(element: Element, name: str, of: str = "", *, default: bool = False) -> bool:
    """Return a boolean attribute."""
    text = attribute(element, name, of)
    return default if text is None else text.lower() in _TRUE


def text_of(element: Element | None) -> str:
    """Return the text inside an element, comments left out."""
    return "" if element is None else "".join(element.xpath("text()"))
