"""What a process says about itself, and the skeleton around its elements."""

from copy import deepcopy

from lxml import etree

from workflows.conversion.conversion import Conversion
from workflows.conversion.feel import Binding, Feel, call, chain, exclusive
from workflows.conversion.mappings import has_mapping
from workflows.conversion.writing import add, extend, remove, shared, write_feel
from workflows.diagrams.compilation import bare
from workflows.diagrams.elements import BPMN, CAMUNDA, Element, attribute, child, children, local, text_of
from workflows.diagrams.events import KINDS
from workflows.diagrams.graph import Body, Node, Process
from workflows.diagrams.mappings import properties_of

_FOR_PEOPLE = "Let those who start processes decide who may."
_NEVER_ENDING = "History goes by the settings of the engine."


def write_process(conversion: Conversion, element: Element, process: Process) -> None:
    """Write what a process says about itself, and note what Camunda 8 has no words for."""
    if local(element) != "process":
        mend = "Draw it as a process with one task."
        conversion.refuse(element, "Camunda 8 has no global tasks.", mend)
        return
    if process.version_tag is not None:
        extend(element, "versionTag", value=process.version_tag)
    if process.candidate_starters or process.candidate_starter_groups:
        conversion.note(element, "Everybody may start it there: candidate starters are not known.", _FOR_PEOPLE)
    if not process.startable:
        conversion.note(element, "It is offered to everybody there: tasklists show all processes.", _FOR_PEOPLE)
    if process.history_time_to_live is not None:
        days = f"{process.history_time_to_live} days"
        conversion.note(element, f"That its history is kept for {days} is not said there.", _NEVER_ENDING)


def write_data(conversion: Conversion, element: Element, body: Body) -> None:
    """Data objects are variables of their process or sub-process, null until something writes them."""
    for name in body.data_objects:
        if local(element) == "process":
            for start in (conversion.elements[found] for found in (*body.entries, *body.event_starts)):
                add(shared(start, "ioMapping"), "output", source=f"={name}", target=name)
        elif not has_mapping(element, "input"):
            add(shared(element, "ioMapping"), "input", source="=null", target=name)


def write_properties(element: Element, node: Node) -> None:
    """Extension properties stay what they are; those of a job are headers already."""
    if node.job is None and properties_of(element):
        holder = extend(element, "properties")
        for name, value in properties_of(element).items():
            add(holder, "property", name=name, value=value)


def write_flows(conversion: Conversion, element: Element, node: Node) -> None:
    """Write the conditions of the outgoing flows, and repeat in the element which flows touch it."""
    before: list[Feel] = []
    for flow in node.outgoing:
        drawn = conversion.elements.get(flow.id)
        condition = None if drawn is None else child(drawn, "conditionExpression")
        if condition is None or flow.condition is None:
            continue
        own = conversion.feel(condition, "condition", flow.condition)
        written = _only(own, before) if node.type == "exclusiveGateway" else own
        write_feel(condition, written.source)
        before.append(own)
    remove(list(children(element, "incoming", "outgoing")))
    place = sum(1 for _ in children(element, "documentation", "extensionElements", "auditing", "monitoring"))
    touching = [("incoming", flow) for flow in node.incoming] + [("outgoing", flow) for flow in node.outgoing]
    for kind, flow in touching:
        if flow.id in conversion.elements:
            repeated = etree.Element(f"{{{BPMN}}}{kind}")
            repeated.text = flow.id
            element.insert(place, repeated)
            place += 1


def _only(condition: Feel, before: list[Feel]) -> Feel:
    """Let a condition hold only where none before it does: brokers try them in an order of their own."""
    others = [other for other in before if not exclusive(condition, other)]
    if not others:
        return condition
    either = others[0] if len(others) == 1 else chain("or", Binding.OR, *others)
    return chain("and", Binding.AND, call("not", either), condition)


def inline_definitions(root: Element, elements: dict[str, Element]) -> None:
    """Put event definitions that stand at the top of the file where events refer to them."""
    used = []
    for reference in list(root.iter(f"{{{BPMN}}}eventDefinitionRef")):
        found = elements[bare(text_of(reference))]
        used.append(found)
        copy = deepcopy(found)
        copy.attrib.pop("id", None)
        copy.tail = reference.tail
        parent = reference.getparent()
        if parent is not None:
            parent.replace(reference, copy)
    remove(used)
    remove(list(children(root, *KINDS)))


def write_initiator(conversion: Conversion, element: Element) -> None:
    """Whoever starts an instance says who it was."""
    initiator = attribute(element, "initiator", CAMUNDA)
    if initiator is not None:
        mend = f"Give the variable {initiator} to each instance that is started."
        conversion.note(element, f"The engine does not set the initiator's variable {initiator} there.", mend)
