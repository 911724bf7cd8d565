"""Reads XML that may come from anyone: no entities, no document type, no network, no bottomless files."""

from io import BytesIO

from lxml import etree

from workflows.diagrams.elements import Element
from workflows.diagrams.limits import MAX_ATTRIBUTES, MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, MAX_LINES
from workflows.diagrams.report import Place, Report

_SAVE = "Save it anew with Camunda Modeler."


def read_xml(content: bytes, report: Report) -> Element | None:
    """Return the root element, or None after noting in `report` why the file can't be read."""
    if len(content) > MAX_BYTES:
        report.add(Place(), f"The file has more than {MAX_BYTES:,} bytes.", "Split the diagram into called processes.")
        return None
    if content.count(b"\n") > MAX_LINES:
        report.add(Place(), f"The file has more than {MAX_LINES:,} lines.", "Split the diagram into called processes.")
        return None
    if not _is_plain(content, report):
        return None
    try:
        return etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as error:
        report.add(Place(error.lineno or 0), f"The file is no well-formed XML: {_reason(error)}.", _SAVE)
    return None


def _is_plain(content: bytes, report: Report) -> bool:
    """Look at the file piece by piece, without building a tree: its nesting, its size, no document type."""
    depth = count = 0
    try:
        for event, element in etree.iterparse(
            BytesIO(content), events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False
        ):
            if event == "end":
                depth -= 1
                element.clear()
                continue
            depth, count = depth + 1, count + 1
            fault = _fault(element, depth, count)
            if fault is not None:
                report.add(Place(element.sourceline or 0), *fault)
                return False
    except etree.XMLSyntaxError as error:
        report.add(Place(error.lineno or 0), f"The file is no well-formed XML: {_reason(error)}.", _SAVE)
        return False
    return True


def _fault(element: Element, depth: int, count: int) -> tuple[str, str] | None:
    if count == 1 and element.getroottree().docinfo.internalDTD is not None:
        return "The file has a document type definition.", "Remove <!DOCTYPE ...>: a diagram needs none."
    if depth > MAX_DEPTH:
        return f"Elements are nested more than {MAX_DEPTH} deep.", "Move inner sub-processes to called processes."
    if len(element.attrib) > MAX_ATTRIBUTES:
        return f"An element has more than {MAX_ATTRIBUTES} attributes.", _SAVE
    if count > MAX_ELEMENTS:
        return f"The file has more than {MAX_ELEMENTS:,} elements.", "Split the diagram into called processes."
    return None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )


def _reason(error: etree.XMLSyntaxError) -> str:
    return str(error.msg or "it is empty").rstrip(".")
