"""Signals and decisions: who had to hear a signal has heard it once, and decisions were taken by their table."""

from collections import Counter
from collections.abc import Iterator

from tests.crash.journal import Story
from tests.crash.records import Records

_URGENT = 5


def misheard(records: Records, story: Story) -> Iterator[str]:
    """Find signals that came twice, from nobody, or not at all, and decisions that nobody would have taken."""
    yield from _rung(records, story)
    yield from _alarmed(records, story)
    yield from _decided(records, story)


def _rung(records: Records, story: Story) -> Iterator[str]:
    """An acknowledged signal has started one instance at its start event, every other one at most one."""
    heard = records.values("alarm")
    started = Counter(token for row in records.of_process("bell") for token in heard.get(row.id, ["nothing"]))
    for token, times in started.items():
        if times > 1 or token not in story.intended:
            yield f"the signal {token} has started {times} instances"
    for facts in story.commands("ring", acknowledged=True):
        if started[facts["token"]] != 1:
            yield f"the acknowledged signal {facts} has started {started[facts['token']]} instances"


def _alarmed(records: Records, story: Story) -> Iterator[str]:
    """A guard hears each signal at most once, and each that was sent while it surely waited."""
    heard = records.values("alarm")
    begun = {facts["instance"]: facts["line"] for facts in story.commands("start", acknowledged=True)}
    left: dict[str, int] = {}
    for facts in story.commands("complete"):
        left.setdefault(str(facts["task"]).partition(":")[0], facts["line"])
    late = any("Delivery" in error for error in story.errors)  # it was tried again later, when nobody waited any more
    for row in records.of_process("guard"):
        tokens = heard.get(row.id, [])
        alarms = sum(1 for each in records.activities[row.id] if each.element_id == "alarm")
        if len(set(tokens)) != len(tokens) or len(tokens) != alarms or not set(tokens) <= story.intended.keys():
            yield f"the guard {row.id} was alarmed {alarms} times, by {tokens}"
        if late or row.id not in begun or row.id not in left:
            continue
        for facts in story.commands("ring", acknowledged=True):
            asked = story.intended[facts["token"]]["line"]
            if begun[row.id] < asked and facts["line"] < left[row.id] and facts["token"] not in tokens:
                yield f"the guard {row.id} waited, and has not heard the signal {facts}"


def _decided(records: Records, story: Story) -> Iterator[str]:
    pains = {facts["token"]: facts.get("pain") for facts in story.commands("start")}
    for row in records.of_process("triage"):
        pain = pains.get(row.started_by)
        expected = "soon" if pain is not None and pain >= _URGENT else "later"
        went = [each.element_id for each in records.activities[row.id] if each.element_id in {"soon", "later"}]
        if row.status == "completed" and ((row.variables or {}).get("when"), went) != (expected, [expected]):
            yield f"the triage {row.id} of pain {pain} decided {row.variables}, and went to {went}"
