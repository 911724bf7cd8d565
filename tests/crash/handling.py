"""What operators did by hand: what was acknowledged is in the audit once, with all that it brings about."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from tests.crash.journal import Story
from tests.crash.records import Records, Rows
from workflows.embedded.tables import operation

_ACTIONS = ("suspend", "resume", "modify", "set_variables", "migrate")


def mishandled(records: Records, story: Story) -> Iterator[str]:
    """Find operations that are lost, doubled, invented or half done."""
    audit: dict[str, Rows] = defaultdict(list)
    for row in sorted(records.rows(operation), key=lambda row: int(row.id)):
        if row.action in _ACTIONS:
            audit[row.instance_id].append(row)
    for action in _ACTIONS:
        yield from _audited(audit, story, action)
    yield from _values(records, audit, "modify", "sent_back")
    yield from _values(records, audit, "set_variables", "noted")
    yield from _sent_back(records, audit)
    yield from _migrated(records, audit, story)
    for instance_id, rows in audit.items():
        yield from _held(records, instance_id, [row for row in rows if row.action in {"suspend", "resume"}])


def _audited(audit: dict[str, Rows], story: Story, action: str) -> Iterator[str]:
    done = Counter((row.instance_id, row.done_by) for rows in audit.values() for row in rows if row.action == action)
    given = {(facts["instance"], facts["token"]) for facts in story.commands(action)}
    for which, times in done.items():
        if times > 1 or which not in given:
            yield f"the operation {action} {which} was done {times} times, or by nobody"
    for facts in story.commands(action, acknowledged=True):
        if done[facts["instance"], facts["token"]] != 1:
            yield f"the acknowledged operation {facts} is lost"


def _values(records: Records, audit: dict[str, Rows], action: str, name: str) -> Iterator[str]:
    """An operation and the variable that it sets are there together, in the same order."""
    written = records.values(name)
    for instance_id in audit.keys() | written.keys():
        expected = [row.done_by for row in audit.get(instance_id, ()) if row.action == action]
        if written.get(instance_id, []) != expected:
            yield f"{action} of {instance_id} was done by {expected}, and {name} was {written.get(instance_id)}"


def _sent_back(records: Records, audit: dict[str, Rows]) -> Iterator[str]:
    """Each time an errand is sent back it is delivered once less and fetched once more."""
    for row in records.of_process("errand"):
        times = sum(1 for each in audit.get(row.id, ()) if each.action == "modify")
        places = Counter((each.element_id, each.outcome) for each in records.activities[row.id])
        found = (places["fetch", "completed"], places["deliver", "cancelled"], places["deliver", "completed"])
        if found != (times + 1, times, 1):
            yield f"the errand {row.id} was sent back {times} times: {dict(places)}"


def _migrated(records: Records, audit: dict[str, Rows], story: Story) -> Iterator[str]:
    """An instance has the definition that it was migrated to last."""
    for instance_id, rows in audit.items():
        migrations = [row.done_by for row in rows if row.action == "migrate"]
        if migrations and migrations[-1] in story.intended:
            wanted = story.intended[migrations[-1]]["definition"]
            found = records.instances[instance_id].definition_id
            if found != wanted:
                yield f"the instance {instance_id} was migrated to {wanted} and has the definition {found}"


def _held(records: Records, instance_id: str, rows: Rows) -> Iterator[str]:
    """Suspended and resumed by turns; in between nothing begins and nothing is completed."""
    actions = [row.action for row in rows]
    if any(one == other for one, other in pairwise(actions)) or actions[:1] == ["resume"]:
        yield f"the instance {instance_id} was suspended and resumed like this: {actions}"
    for one, other in pairwise(rows):
        if one.action != "suspend":
            continue
        for each in records.activities[instance_id]:
            ended = each.ended_at if each.outcome == "completed" else None
            for moment in (each.started_at, ended):
                if moment is not None and one.done_at < moment < other.done_at:
                    yield f"{each.element_id} of {instance_id} moved at {moment}, while it was suspended"
