"""What decisions and business knowledge models require: references that lead somewhere, and no circles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows.decisions.compiler.source import Source
from workflows.diagrams.elements import Element, attribute, local

_KINDS = {
    "requiredDecision": "decision",
    "requiredInput": "inputData",
    "requiredKnowledge": "businessKnowledgeModel",
}


@dataclass(frozen=True, slots=True)
class Requirements:
    """The elements that one element requires, each once, in the order of the file."""

    decisions: tuple[Element, ...] = ()
    inputs: tuple[Element, ...] = ()
    knowledge: tuple[Element, ...] = ()

    def ids(self) -> list[str]:
        """Return the ids of the decisions and models, which may require further ones."""
        return ids((*self.decisions, *self.knowledge))


def ids(elements: Sequence[Element]) -> list[str]:
    """Return the ids of elements."""
    return [attribute(element, "id") or "" for element in elements]


def requirements_of(source: Source, element: Element, elements: Mapping[str, Element]) -> Requirements:
    """Return what `element` requires, of the file's `elements` by id."""
    found: dict[str, dict[str, Element]] = {kind: {} for kind in _KINDS.values()}
    for requirement in source.children(element, "informationRequirement", "knowledgeRequirement"):
        references = list(source.children(requirement, *_KINDS))
        if not references:
            source.problem(requirement, f"The {local(requirement)} leads nowhere.", "Remove it, or connect it.")
        for reference in references:
            target = _target(source, reference, elements)
            if target is not None:
                found[local(target)][attribute(target, "id") or ""] = target
    return Requirements(*(tuple(kind.values()) for kind in found.values()))


def _target(source: Source, reference: Element, elements: Mapping[str, Element]) -> Element | None:
    kind = _KINDS[local(reference)]
    href = attribute(reference, "href") or ""
    target = elements.get(href.rpartition("#")[2])
    if target is not None and local(target) == kind:
        return target
    mend = f"Connect it to one in this file: other files' elements can't be required, only a {kind} beside it."
    source.problem(reference, f"The {local(reference)} {href!r} leads to no {kind}.", mend)
    return None


def check_circles(source: Source, required: Mapping[str, Sequence[str]], elements: Mapping[str, Element]) -> None:
    """Note each circle of requirements, at one of its elements."""
    done: set[str] = set()
    for start in required:
        path: list[str] = []
        on_path: set[str] = set()
        pending = [(start, False)]
        while pending:
            id_, leaving = pending.pop()
            if leaving:
                path.pop()
                on_path.discard(id_)
                done.add(id_)
            elif id_ in on_path:
                circle = " requires ".join([*path[path.index(id_) :], id_])
                source.problem(elements[id_], f"It requires itself: {circle}.", "Remove one of the requirements.")
            elif id_ not in done:
                path.append(id_)
                on_path.add(id_)
                pending.append((id_, True))
                pending.extend((next_, False) for next_ in required.get(id_, ()))
