"""External tasks: what workers in any language fetch, keep and answer for, and what operators see of them.

A worker that finds nothing waits for it here without holding a thread (`app.web.parking`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app.api.camunda.asking import Asked, asked, in_body, in_query
from app.api.camunda.marks import reads, runs
from app.api.camunda.refusals import REST, RestError
from app.api.camunda.times import written, written_if
from app.api.engine_rest import values
from app.web.identity import the_user
from app.web.parking import again_when
from app.web.services import services
from workflows.errors import NotFound
from workflows.external_tasks import ExternalTask, ExternalTaskOrder, ExternalTaskQuery, FetchOrder, Topic
from workflows.values import Variables

blueprint = Blueprint("engine_rest_external_tasks", __name__, url_prefix="/engine-rest/external-task")

_LONGEST_WAIT = 1_800_000
_LONGEST_LOCK = 10 * 366 * 86_400_000
"""Milliseconds."""

_MOST_TASKS = 1000
"""In one answer; who asks for more gets the others with the next request."""

_LOOK_AGAIN = timedelta(seconds=5)
"""How often a waiting worker looks for tasks that are free again by themselves, as a lock or a pause has ended."""

_ORDERS = {
    "id": ExternalTaskOrder.ID,
    "lockExpirationTime": ExternalTaskOrder.LOCKED_UNTIL,
    "processInstanceId": ExternalTaskOrder.ID,
    "processDefinitionId": ExternalTaskOrder.DEFINITION_ID,
    "processDefinitionKey": ExternalTaskOrder.PROCESS_ID,
    "taskPriority": ExternalTaskOrder.PRIORITY,
    "createTime": ExternalTaskOrder.CREATED,
}


@blueprint.post("/fetchAndLock")
@runs
def fetch_and_lock() -> ResponseReturnValue:
    """Lock tasks for a worker; without any, answer when there are some, or `asyncResponseTimeout` is over."""
    body = in_body()
    worker = _worker(body)
    wait = body.number("asyncResponseTimeout", 0) or 0
    if wait > _LONGEST_WAIT:
        raise RestError(
            400, f"The asynchronous response timeout cannot be set to a value greater than {_LONGEST_WAIT} milliseconds"
        )
    most = body.number("maxTasks")
    if most is None:
        raise RestError(400, "maxTasks is missing.")
    wishes = body.objects("topics")
    topics = [_topic(wish) for wish in wishes if not wish.texts("tenantIdIn")]
    order = _fetch_order(body)
    tasks = services().engine.fetch_and_lock(worker, topics, min(most, _MOST_TASKS), order) if most else []
    if tasks or not (wait and topics and most):
        return jsonify([_fetched(task, wishes) for task in tasks])
    return again_when(
        {f"job:{topic.name}" for topic in topics},
        within=timedelta(milliseconds=wait),
        otherwise=jsonify([]),
        alike=_alike(topics),
        every=_LOOK_AGAIN,
    )


@blueprint.post("/<task_id>/complete")
@runs
def complete(task_id: str) -> ResponseReturnValue:
    """Complete a task."""
    body = in_body()
    with _existing(task_id):
        services().engine.complete_external(task_id, _worker(body), *_both_variables(body))
    return _done()


@blueprint.post("/<task_id>/failure")
@runs
def fail(task_id: str) -> ResponseReturnValue:
    """Record a failed attempt."""
    body = in_body()
    pause = body.number("retryTimeout")
    variables, local_variables = _both_variables(body)
    with _existing(task_id):
        services().engine.fail_external(
            task_id,
            _worker(body),
            body.text("errorMessage") or "",
            body.text("errorDetails"),
            retries=body.number("retries"),
            pause=None if pause is None else timedelta(milliseconds=min(pause, _LONGEST_LOCK)),
            variables=variables,
            local_variables=local_variables,
        )
    return _done()


@blueprint.post("/<task_id>/bpmnError")
@runs
def throw_error(task_id: str) -> ResponseReturnValue:
    """End a task with a BPMN error."""
    body = in_body()
    worker, code, message = _worker(body), body.required("errorCode"), body.text("errorMessage") or ""
    variables = values.written(body.members.get("variables"))
    with _existing(task_id):
        services().engine.throw_external_error(task_id, worker, code, message, variables)
    return _done()


@blueprint.post("/<task_id>/extendLock")
@runs
def extend_lock(task_id: str) -> ResponseReturnValue:
    """Lock a task for longer."""
    body = in_body()
    worker, lock = _worker(body), _duration(body, "newDuration")
    with _existing(task_id):
        services().engine.extend_lock(task_id, worker, lock)
    return _done()


@blueprint.post("/<task_id>/lock")
@runs
def lock_one(task_id: str) -> ResponseReturnValue:
    """Lock one task."""
    body = in_body()
    worker, lock = _worker(body), _duration(body, "lockDuration")
    with _existing(task_id):
        services().engine.lock_external(task_id, worker, lock)
    return _done()


@blueprint.post("/<task_id>/unlock")
@runs
def unlock(task_id: str) -> ResponseReturnValue:
    """Offer a task again."""
    with _existing(task_id):
        services().engine.unlock_external(task_id, by=the_user().id)
    return _done()


@blueprint.put("/<task_id>/retries")
@runs
def set_retries(task_id: str) -> ResponseReturnValue:
    """Say how many attempts a task has left."""
    retries = _number(in_body(), "retries")
    with _existing(task_id):
        services().engine.set_external_retries(task_id, retries, by=the_user().id)
    return _done()


@blueprint.put("/retries")
@runs
def set_retries_of_all() -> ResponseReturnValue:
    """Say how many attempts several tasks have left."""
    body = in_body()
    retries = _number(body, "retries")
    for task_id in dict.fromkeys(body.texts("externalTaskIds")):
        with _existing(task_id):
            services().engine.set_external_retries(task_id, retries, by=the_user().id)
    return _done()


@blueprint.put("/<task_id>/priority")
@runs
def set_priority(task_id: str) -> ResponseReturnValue:
    """Give a task another priority."""
    priority = _number(in_body(), "priority", least=-(2**31))
    with _existing(task_id):
        services().engine.set_external_priority(task_id, priority, by=the_user().id)
    return _done()


@blueprint.route("", methods=["GET", "POST"])
@reads
def listing() -> ResponseReturnValue:
    """List tasks."""
    wish = asked()
    order, descending = wish.order(_ORDERS, ExternalTaskOrder.CREATED, descending=False)
    first, most = wish.page()
    query = replace(_query(wish), order=order, descending=descending, offset=first, limit=most)
    return jsonify([_shown(task) for task in services().engine.external_tasks(query)])


@blueprint.route("/count", methods=["GET", "POST"])
@reads
def count() -> ResponseReturnValue:
    """Count tasks."""
    return jsonify({"count": services().engine.count_external_tasks(_query(asked()))})


@blueprint.get("/topic-names")
@reads
def topic_names() -> ResponseReturnValue:
    """List the topics that have tasks."""
    query = in_query()
    locked, unlocked = query.flag("withLockedTasks"), query.flag("withUnlockedTasks")
    wanted = ExternalTaskQuery(
        locked=None if locked == unlocked else locked, retries_left=query.flag("withRetriesLeft") or None
    )
    return jsonify(services().engine.topics(wanted))


@blueprint.get("/<task_id>")
@reads
def one(task_id: str) -> ResponseReturnValue:
    """Return a task."""
    with _existing(task_id):
        return jsonify(_shown(services().engine.external_task(task_id)))


@blueprint.get("/<task_id>/errorDetails")
@reads
def error_details(task_id: str) -> ResponseReturnValue:
    """Return what was told in detail of the last failure."""
    with _existing(task_id):
        details = services().engine.external_task(task_id).error_details
    return _done() if details is None else Response(details, mimetype="text/plain")


@contextmanager
def _existing(task_id: str) -> Iterator[None]:
    """Tell of a task that is not there, or not any more, as Camunda does."""
    try:
        yield
    except NotFound as error:
        raise RestError(404, f"External task with id {task_id} does not exist", REST) from error


def _done() -> Response:
    return Response(status=204)


def _worker(body: Asked) -> str:
    worker = body.text("workerId")
    if not worker:
        raise RestError(400, "workerId is null", "NullValueException")
    return worker


def _number(body: Asked, name: str, *, least: int = 0) -> int:
    number = body.number(name, least=least)
    if number is None:
        raise RestError(400, f"{name} is missing.")
    return number


def _duration(body: Asked, name: str) -> timedelta:
    """Return a span given in milliseconds."""
    milliseconds = body.number(name)
    if not milliseconds:
        raise RestError(400, f"{name} is not greater than 0")
    if milliseconds > _LONGEST_LOCK:
        raise RestError(400, f"{name} is greater than {_LONGEST_LOCK}: no lock is that long.")
    return timedelta(milliseconds=milliseconds)


def _both_variables(body: Asked) -> tuple[Variables, Variables]:
    members = body.members
    return values.written(members.get("variables")), values.written(members.get("localVariables"), "localVariables")


def _fetch_order(body: Asked) -> FetchOrder:
    """Tasks come by priority if that is asked for, or nothing is."""
    by_priority, orders = body.flag("usePriority"), {"createTime": ExternalTaskOrder.CREATED}
    order, newest_first = body.order(orders, ExternalTaskOrder.PRIORITY, descending=False)
    return FetchOrder(by_priority=by_priority or order is not ExternalTaskOrder.CREATED, newest_first=newest_first)


def _topic(wish: Asked) -> Topic:
    process_id, definition_id = wish.text("processDefinitionKey"), wish.text("processDefinitionId")
    return Topic(
        name=wish.required("topicName"),
        lock=_duration(wish, "lockDuration"),
        variables=wish.texts("variables") if wish.has("variables") else None,
        local_variables=wish.flag("localVariables"),
        business_key=wish.text("businessKey"),
        definition_ids=(*wish.texts("processDefinitionIdIn"), *([definition_id] if definition_id else [])),
        process_ids=(*wish.texts("processDefinitionKeyIn"), *([process_id] if process_id else [])),
        version_tag=wish.text("processDefinitionVersionTag"),
        process_variables=wish.object("processVariables").members,
    )


def _alike(topics: list[Topic]) -> str:
    """Return what is the same for workers who would find the same."""
    return repr([replace(topic, lock=timedelta(), variables=None, local_variables=False) for topic in topics])


def _query(wish: Asked) -> ExternalTaskQuery:
    wish.refuse("tenantIdIn", "variables", "processVariables")
    locked, free = wish.flag("locked"), wish.flag("notLocked")
    left, none_left = wish.flag("withRetriesLeft"), wish.flag("noRetriesLeft")
    active, suspended = wish.flag("active"), wish.flag("suspended")
    return ExternalTaskQuery(
        ids=_listed(wish, "externalTaskId", "externalTaskIdIn"),
        topic=wish.text("topicName"),
        worker=wish.text("workerId"),
        locked=True if locked else False if free else None,
        retries_left=True if left else False if none_left else None,
        locked_before=wish.time("lockExpirationBefore"),
        locked_after=wish.time("lockExpirationAfter"),
        element_ids=_listed(wish, "activityId", "activityIdIn"),
        instance_ids=_listed(wish, "processInstanceId", "processInstanceIdIn") or _listed(wish, "executionId"),
        definition_id=wish.text("processDefinitionId"),
        process_id=wish.text("processDefinitionKey"),
        suspended=True if suspended else False if active else None,
        priority_from=wish.number("priorityHigherThanOrEquals", least=-(2**31)),
        priority_to=wish.number("priorityLowerThanOrEquals", least=-(2**31)),
    )


def _listed(wish: Asked, one_name: str, several: str = "") -> tuple[str, ...]:
    single = wish.text(one_name)
    return (single,) if single else wish.texts(several)


def _shown(task: ExternalTask) -> dict[str, Any]:
    return {
        "activityId": task.element_id,
        "activityInstanceId": task.activity_id,
        "errorMessage": task.error_message,
        "executionId": task.instance_id,
        "id": task.id,
        "lockExpirationTime": written_if(task.locked_until),
        "createTime": written(task.created_at),
        "processDefinitionId": task.definition_id,
        "processDefinitionKey": task.process_id,
        "processDefinitionVersionTag": task.version_tag,
        "processInstanceId": task.instance_id,
        "retries": task.retries,
        "suspended": task.suspended,
        "workerId": task.worker,
        "topicName": task.topic,
        "tenantId": None,
        "priority": task.priority,
        "businessKey": task.business_key,
    }


def _fetched(task: ExternalTask, wishes: tuple[Asked, ...]) -> Mapping[str, Any]:
    """Return a task for the worker that has it now, as it asked for it with its topic."""
    wish = next(wish for wish in reversed(wishes) if wish.text("topicName") == task.topic)
    variables = values.read(task.variables, deserialize=wish.flag("deserializeValues"))
    shown = {**_shown(task), "errorDetails": task.error_details, "variables": variables}
    return {**shown, "extensionProperties": task.properties} if wish.flag("includeExtensionProperties") else shown
