"""Changing the XML of a diagram: words of Camunda 8 in, words of Camunda 7 out, each in its place."""

from collections.abc import Iterable

from lxml import etree

from workflows.conversion.conversion import zeebe
from workflows.diagrams.elements import BPMN, CAMUNDA, MODELER, XSI, ZEEBE, Element, child, children, namespace

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_PLATFORM = "Camunda Cloud"
_PLATFORM_VERSION = "8.6.0"


def extend(element: Element, name: str, /, **attributes: str | None) -> Element:
    """Add an extension element of Camunda 8, with the attributes that are not None."""
    holder = child(element, "extensionElements")
    if holder is None:
        holder = etree.Element(f"{{{BPMN}}}extensionElements")
        element.insert(sum(1 for _ in children(element, "documentation")), holder)
    return add(holder, name, **attributes)


def shared(element: Element, name: str) -> Element:
    """Return the extension element of this name, added if need be."""
    holder = child(element, "extensionElements")
    found = None if holder is None else child(holder, name, of=ZEEBE)
    return extend(element, name) if found is None else found


def add(parent: Element, name: str, /, **attributes: str | None) -> Element:
    """Add an element of Camunda 8 inside another."""
    given = {key: value for key, value in attributes.items() if value is not None}
    return etree.SubElement(parent, zeebe(name), given)


def remove(elements: Iterable[Element | None]) -> None:
    """Take elements out of the file."""
    for element in elements:
        parent = None if element is None else element.getparent()
        if parent is not None and element is not None:
            parent.remove(element)


def write_feel(element: Element, source: str) -> None:
    """Let an expression element hold FEEL, and nothing else."""
    element.attrib.pop("language", None)
    element.attrib.pop("evaluatesToTypeRef", None)
    element.set(f"{{{XSI}}}type", "bpmn:tFormalExpression")
    element.text = source


def without_camunda7(root: Element) -> None:
    """Take all words of Camunda 7 out, and the extension elements that held nothing else."""
    for element in list(root.iter("*")):
        for name in [name for name in element.attrib if str(name).startswith(f"{{{CAMUNDA}}}")]:
            del element.attrib[name]
    remove(element for element in list(root.iter(f"{{{CAMUNDA}}}*")))
    remove(holder for holder in list(root.iter(f"{{{BPMN}}}extensionElements")) if not len(holder))


def platformed(root: Element) -> Element:
    """Return the root with the prefixes that Camunda 8 uses, and the platform that the Modeler asks for."""
    prefixes = {prefix: uri for prefix, uri in root.nsmap.items() if uri != CAMUNDA}
    for prefix, uri in (("bpmn", BPMN), ("zeebe", ZEEBE), ("modeler", MODELER), ("xsi", XSI)):
        if prefixes.get(prefix) != uri:
            prefixes[prefix] = uri
    found = etree.Element(root.tag, dict(root.attrib), nsmap=prefixes)
    found.extend(list(root))
    found.set(f"{{{MODELER}}}executionPlatform", _PLATFORM)
    found.set(f"{{{MODELER}}}executionPlatformVersion", _PLATFORM_VERSION)
    etree.cleanup_namespaces(found, keep_ns_prefixes=[prefix for prefix in prefixes if prefix])
    return found


def serialised(root: Element) -> bytes:
    """Return the file, indented as the Modeler does it."""
    etree.indent(root, "  ")
    return (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        + etree.tostring(root, encoding="UTF-8", xml_declaration=False)
        + b"\n"
    )


def is_bpmn(element: Element) -> bool:
    """Whether an element is one of BPMN itself."""
    return namespace(element) == BPMN
