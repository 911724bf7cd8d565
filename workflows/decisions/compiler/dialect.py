"""Whose dialect a `.dmn` file is written in, and what each says about versions."""

import re
from typing import Final

from workflows.decisions.compiler.source import Source
from workflows.decisions.compiler.vocabulary import CAMUNDA, ZEEBE
from workflows.diagrams.elements import MODELER, Element, attribute, child, place
from workflows.diagrams.report import Report
from workflows.expressions.dialect import Dialect

_PLATFORMS: Final = {"Camunda Platform": Dialect.CAMUNDA7, "Camunda Cloud": Dialect.CAMUNDA8}
_DAYS = re.compile(r"(\d{1,6})|P(\d{1,6})D")


def dialect_of(root: Element, report: Report) -> Dialect:
    """Return the dialect that `modeler:executionPlatform` names; a file without is Camunda 7's, as in the Modeler."""
    platform = attribute(root, "executionPlatform", MODELER)
    if platform in _PLATFORMS:
        return _PLATFORMS[platform]
    if platform is not None:
        what = f"The execution platform {platform!r} is not known."
        report.add(place(root), what, f"Use {' or '.join(_PLATFORMS)}, or remove modeler:executionPlatform.")
    return Dialect.CAMUNDA8 if next(root.iter(f"{{{ZEEBE}}}*"), None) is not None else Dialect.CAMUNDA7


def version_tag(source: Source, decision: Element) -> str | None:
    """Return the author's label of a decision's version."""
    holder = source.child(decision, "extensionElements")
    tag = None if holder is None else child(holder, "versionTag", of=ZEEBE)
    return attribute(decision, "versionTag", CAMUNDA) if tag is None else attribute(tag, "value")


def history_time_to_live(source: Source, decision: Element) -> int | None:
    """Return for how many days the history of a decision is to be kept, None if the file does not say."""
    text = attribute(decision, "historyTimeToLive", CAMUNDA)
    if text is None:
        return None
    days = _DAYS.fullmatch(text)
    if days is None:
        source.problem(decision, f"The history time to live {text!r} is no number of days.", "Write 30 or P30D.")
        return None
    return int(days[1] or days[2])
