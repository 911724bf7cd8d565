"""What holds when everything is finished: what was acknowledged has happened, and nothing has happened twice."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row

from tests.crash.handlers import effect
from tests.crash.handling import mishandled
from tests.crash.hearing import misheard
from tests.crash.histories import disorder
from tests.crash.journal import Story
from tests.crash.records import Records, Rows
from workflows.embedded.tables import (
    definition,
    delivery,
    incident,
    job,
    message,
    operation,
    start_subscription,
    state_record,
    subscription,
    timer,
    user_task,
    variable_change,
)

_TRANSACTIONAL = {
    "record", "reserve", "settle", "book", "count", "think", "log", "toll", "soon", "later", "work",
}  # fmt: skip
_PLAIN = {"notify", "escalate", "consult", "greet", "tell", "stumble", "break_down", "note"}
_TICKS = 20


def violations_at_end(connection: Connection, story: Story) -> list[str]:
    """Compare the database, in which nothing runs any more, with what the victims wrote down."""
    records = Records(connection)
    checks = (
        _work_left(records),
        _starts(records, story),
        _cancellations(records, story),
        _completions(records, story),
        _messages(records, story),
        _exchanges(records),
        _calls(records),
        _transactional_effects(records),
        _plain_effects(records, story),
        _resolutions(records, story),
        _deployments(records, story),
        misheard(records, story),
        mishandled(records, story),
        disorder(records.instances, records.activities),
    )
    return [violation for check in checks for violation in check]


def _work_left(records: Records) -> Iterator[str]:
    for row in records.instances.values():
        if row.ended_at is None:
            running = [each.element_id for each in records.activities[row.id] if each.outcome == "running"]
            yield f"{row.process_id} {row.id} has not ended: it is {row.status} in {running}"
    for table in (job, timer, subscription, delivery, state_record):
        for row in records.rows(table):
            yield f"a row of {table.name} is left: {row}"
    for row in records.rows(user_task):
        if row.outcome is None:
            yield f"the user task {row.element_id} of {row.instance_id} is open"
    for row in records.rows(incident):
        if row.resolved_at is None:
            yield f"an incident is open: {row}"


def _starts(records: Records, story: Story) -> Iterator[str]:
    """Every acknowledged start made one instance, every other one at most one, and nobody else made any."""
    found = Counter(row.started_by for row in records.instances.values() if row.parent_id is None and row.started_by)
    for token, times in found.items():
        if times > 1 or token not in story.intended:
            yield f"the start {token} made {times} instances"
    for facts in story.commands("start", acknowledged=True):
        row = records.instances.get(facts["instance"])
        if row is None or (row.started_by, row.business_key) != (facts["token"], facts["key"]):
            yield f"the acknowledged start {facts} is not there: {row}"
    by_itself = {"check", "walk_in", "tick", "advice", "bell"}
    for row in records.instances.values():
        if row.started_by is None and row.process_id not in by_itself:
            yield f"nobody started {row}"
    if len(records.of_process("tick")) != _TICKS or any(
        row.process_id == "tick" for row in records.rows(start_subscription)
    ):
        yield f"the timer started {len(records.of_process('tick'))} instances, not {_TICKS}"


def _cancellations(records: Records, story: Story) -> Iterator[str]:
    cancelled = Counter((row.instance_id, row.done_by) for row in records.rows(operation) if row.action == "cancel")
    for facts in story.commands("cancel", acknowledged=True):
        status = records.instances[facts["instance"]].status
        if status != "cancelled" or cancelled[facts["instance"], facts["token"]] != 1:
            yield f"the acknowledged cancellation {facts} left the instance {status}"
    given = {(facts["instance"], facts["token"]) for facts in story.commands("cancel")}
    for (instance_id, token), times in cancelled.items():
        if token is not None and ((instance_id, token) not in given or times > 1):
            yield f"the cancellation {token} of {instance_id} was done {times} times, or by nobody"


def _completions(records: Records, story: Story) -> Iterator[str]:
    """A task was completed once, by somebody who said so, with their answer; or withdrawn, and nobody was told else."""
    given = {facts["token"]: facts for facts in story.commands("complete")}
    tasks = {f"{row.instance_id}:{row.number}": row for row in records.rows(user_task)}
    completed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for task_id, row in tasks.items():
        if row.outcome == "completed":
            completed[row.instance_id, f"answer_{row.element_id}"].append(row.ended_by)
            if row.ended_by not in given or given[row.ended_by]["task"] != task_id:
                yield f"the user task {task_id} was completed by {row.ended_by}, who did not say so"
    answers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in records.rows(variable_change):
        if row.name.startswith("answer_"):
            answers[row.instance_id, row.name].append(row.value)
    for place in completed.keys() | answers.keys():
        if sorted(completed[place]) != sorted(answers[place]):
            yield f"{place} was given {answers[place]}, and completed by {completed[place]}"
    for facts in story.commands("complete", acknowledged=True):
        row = tasks[facts["task"]]
        if (row.outcome, row.ended_by) != ("completed", facts["token"]):
            yield f"the acknowledged completion {facts} is lost: {row}"


def _messages(records: Records, story: Story) -> Iterator[str]:
    """A message that was sent several times under one id has taken effect once."""
    sent = Counter((row.instance_id, row.value) for row in records.rows(variable_change) if row.name == "sent")
    for (instance_id, key), times in sent.items():
        if times != 1 or records.instances[instance_id].business_key != key:
            yield f"instance {instance_id} was sent {key} {times} times"
    arrived = Counter(row.business_key for row in records.of_process("walk_in"))
    published = {facts["key"] for facts in story.commands("publish") if facts["name"] == "arrived"}
    for key in arrived.keys() - published:
        yield f"nobody sent the message that started {key}"
    for facts in story.commands("publish", acknowledged=True):
        if facts["name"] == "arrived" and arrived[facts["key"]] != 1:
            yield f"the message of {facts} started {arrived[facts['key']]} instances"
    for key, times in arrived.items():
        if times > 1:
            yield f"the message {key} started {times} instances"
    paid = {row.business_key: row for row in records.of_process("payment")}
    for row in records.rows(message):
        if row.name == "paid" and row.instance_id is None and row.correlation_key in paid:
            yield f"the message {row} was kept, and {paid[row.correlation_key]} waited for it"


def _exchanges(records: Records) -> Iterator[str]:
    """An inquiry asked once, and was replied to once."""
    advice = Counter(row.business_key for row in records.of_process("advice"))
    inquiries = Counter(row.business_key for row in records.of_process("inquiry"))
    if advice != inquiries:
        yield f"inquiries and advice do not match: {inquiries - advice} {advice - inquiries}"
    kept = [row for row in records.rows(message) if row.name in {"question", "reply"} and row.instance_id is None]
    if kept:
        yield f"messages between instances were not delivered: {kept}"


def _calls(records: Records) -> Iterator[str]:
    """A call that was completed started one instance, a withdrawn one at most one."""
    called: dict[str, Rows] = defaultdict(list)
    for row in records.of_process("check"):
        called[row.parent_id].append(row)
    for row in records.of_process("referral"):
        outcomes = [each.outcome for each in records.activities[row.id] if each.element_id == "call"]
        statuses = [each.status for each in called.pop(row.id, [])]
        if (outcomes == ["completed"] and statuses != ["completed"]) or len(statuses) > 1:
            yield f"the call of {row.id} was {outcomes}, what it called {statuses}"
    if called:
        yield f"instances were called by nobody: {called}"


def _transactional_effects(records: Records) -> Iterator[str]:
    """Each completed service task has taken effect once, each cancelled one not at all."""
    rows = records.rows(effect)
    for key, times in Counter(row.job_key for row in rows).items():
        if times != 1:
            yield f"the job {key} took effect {times} times"
    found = Counter((row.instance_id, row.element_id) for row in rows)
    expected = _completed(records, _TRANSACTIONAL)
    if found != expected:
        yield f"effects without completed tasks: {found - expected}; tasks without effect: {expected - found}"


def _completed(records: Records, elements: set[str]) -> "Counter[tuple[str, str]]":
    # A multi-instance activity has an activity of its own around its runs, which has no job.
    return Counter(
        (row.instance_id, row.element_id)
        for rows in records.activities.values()
        for row in rows
        if row.element_id in elements and row.outcome == "completed" and not _is_loop(row, rows)
    )


def _is_loop(row: Row[Any], rows: Rows) -> bool:
    return any(each.parent == row.number and each.element_id == row.element_id for each in rows)


def _plain_effects(records: Records, story: Story) -> Iterator[str]:
    """A completed service task was tried at least once, always under one key, and one attempt's answer was taken."""
    keys: dict[tuple[str, str], set[str]] = defaultdict(set)
    answers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for key, attempts in story.attempts.items():
        for attempt in attempts:
            keys[attempt["instance"], attempt["element"]].add(key)
            answers[attempt["instance"], attempt["element"]].add(attempt["answer"])
    for place, found in keys.items():
        if len(found) != 1:
            yield f"the service task {place} had the keys {found}"
    for place in _completed(records, _PLAIN) - Counter(keys.keys()):
        yield f"the service task {place} was completed, and nobody has tried"
    for row in records.rows(variable_change):
        taken = row.name.startswith("said_") and records.instances[row.instance_id].process_id != "referral"
        if taken and row.value not in answers[row.instance_id, row.name.removeprefix("said_")]:
            yield f"instance {row.instance_id} holds an answer of nobody: {row.name}={row.value}"


def _resolutions(records: Records, story: Story) -> Iterator[str]:
    """An instance of `shaky` has one incident, resolved once."""
    incidents = Counter(row.instance_id for row in records.rows(incident))
    expected = Counter(row.id for row in records.of_process("shaky"))
    if incidents != expected:
        yield f"incidents that should not be: {incidents - expected}; missing ones: {expected - incidents}"
    resolved = Counter(row.instance_id for row in records.rows(operation) if row.action == "resolve")
    if resolved != expected:
        yield f"incidents were not resolved once each: {resolved - expected} {expected - resolved}"
    by = {row.done_by for row in records.rows(operation) if row.action == "resolve"}
    for facts in story.commands("resolve", acknowledged=True):
        if facts["token"] not in by:
            yield f"the acknowledged resolution {facts} is lost"


def _deployments(records: Records, story: Story) -> Iterator[str]:
    """Every acknowledged deployment is there, once; versions have no gaps."""
    definitions = records.rows(definition)
    versions: dict[str, list[int]] = defaultdict(list)
    for row in definitions:
        versions[row.process_id].append(row.version)
    for process_id, found in versions.items():
        if sorted(found) != list(range(1, len(found) + 1)) or (process_id != "changing" and len(found) > 1):
            yield f"the versions of {process_id} are {sorted(found)}"
    names = Counter(row.name for row in definitions if row.process_id == "changing")
    for name, times in names.items():
        if times != 1 or name not in story.intended:
            yield f"the version {name} was deployed {times} times"
    ids = {row.id: row.name for row in definitions}
    for facts in story.commands("deploy", acknowledged=True):
        if ids.get(facts["definition"]) != facts["token"]:
            yield f"the acknowledged deployment {facts} is lost"
