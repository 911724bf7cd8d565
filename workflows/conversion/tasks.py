"""What tasks do: jobs, user tasks, scripts, decisions, calls."""

from workflows.conversion.conversion import Conversion
from workflows.conversion.feel import Binding, Feel, conditional, literal, name, operation
from workflows.conversion.forms import form_file
from workflows.conversion.retries import retries_of
from workflows.conversion.words import BUSINESS_KEY, RESULT_VARIABLE, RETRY_BACKOFF, SCRIPT, SCRIPT_JOB
from workflows.conversion.writing import add, extend, remove, shared
from workflows.diagrams.elements import Element, child
from workflows.diagrams.graph import Binding as Version
from workflows.diagrams.graph import (
    CallDefinition,
    DecisionDefinition,
    JobDefinition,
    Node,
    ScriptDefinition,
    UserTaskDefinition,
)
from workflows.errors import ExpressionError
from workflows.expressions.expression import Expression, Literal
from workflows.timers import parse_instant

_PRIORITIES = range(101)


def write_job(conversion: Conversion, element: Element, job: JobDefinition) -> None:
    """An external task is a job whose type is its topic."""
    task = {"type": conversion.value(element, "topic", job.type)}
    headers = dict(job.headers)
    if job.retry_cycle is not None:
        cycle = job.retry_cycle.source.strip()
        retries = retries_of(cycle) if isinstance(job.retry_cycle, Literal) else None
        if retries is None:
            mend = "Write one pause, such as R3/PT10M."
            conversion.refuse(element, f"The retry cycle {cycle!r} has no counterpart in Camunda 8.", mend)
        else:
            task["retries"] = str(retries.attempts)
            headers[RETRY_BACKOFF] = retries.pause
    if job.priority is not None and not isinstance(job.priority, Literal):
        mend = "Write a constant priority, or none, and let workers ask for the urgent topics first."
        conversion.refuse(element, "Jobs have no priority in Camunda 8, so that nothing is computed for it.", mend)
    elif job.priority is not None:
        conversion.note(element, "Jobs have no priority there.", "Let workers ask for the urgent topics first.")
    extend(element, "taskDefinition", **task)
    write_headers(element, headers)


def write_headers(element: Element, headers: dict[str, str]) -> None:
    """Hand constants to the handler of a job."""
    if headers:
        holder = extend(element, "taskHeaders")
        for key, value in headers.items():
            add(holder, "header", key=key, value=value)


def write_user_task(conversion: Conversion, element: Element, node: Node, task: UserTaskDefinition) -> None:
    """A user task of its own kind in Camunda 8, or the form of a start event."""
    if node.type == "userTask":
        extend(element, "userTask")
        _write_people(conversion, element, task)
        _write_schedule(conversion, element, task)
    if task.form is not None:
        form_id, name_of_file = form_file(conversion, element, task.form)
        extend(element, "formDefinition", formId=form_id)
        conversion.note(element, f"Its form is in the file {name_of_file}.", "Deploy it together with the diagram.")
    elif task.form_key is not None:
        extend(element, "formDefinition", externalReference=task.form_key)


def _write_people(conversion: Conversion, element: Element, task: UserTaskDefinition) -> None:
    people = {}
    if task.assignee is not None:
        people["assignee"] = conversion.text(element, "assignee", task.assignee)
    if task.candidate_users is not None:
        people["candidateUsers"] = _names(conversion, element, "candidate users", task.candidate_users)
    if task.candidate_groups is not None:
        people["candidateGroups"] = _names(conversion, element, "candidate groups", task.candidate_groups)
    if people:
        extend(element, "assignmentDefinition", **people)


def _names(conversion: Conversion, element: Element, what: str, names: Expression) -> str:
    """Camunda 7 takes a list or text with commas for a list of names, Camunda 8 only a list."""
    if isinstance(names, Literal):
        return conversion.value(element, what, names)
    given = conversion.feel(element, what, names)
    is_text = Feel(f"{given.at(Binding.SUM)} instance of string", Binding.COMPARISON)
    listed = Feel(f'for part in split({given.text}, ",") return trim(part)', Binding.OPEN)
    return conditional(is_text, listed, given).source


def _write_schedule(conversion: Conversion, element: Element, task: UserTaskDefinition) -> None:
    times = {}
    if task.due_date is not None:
        times["dueDate"] = _instant(conversion, element, "due date", task.due_date)
    if task.follow_up_date is not None:
        times["followUpDate"] = _instant(conversion, element, "follow-up date", task.follow_up_date)
    if times:
        extend(element, "taskSchedule", **times)
    if task.priority is None:
        return
    priority = task.priority.source.strip() if isinstance(task.priority, Literal) else ""
    if priority and not (priority.isdecimal() and int(priority) in _PRIORITIES):
        conversion.refuse(element, f"The priority is {priority}.", "Camunda 8 has priorities from 0 to 100.")
    extend(element, "priorityDefinition", priority=conversion.value(element, "priority", task.priority))


def _instant(conversion: Conversion, element: Element, what: str, moment: Expression) -> str:
    """A time without a zone is UTC; Camunda 8 wants that to be said."""
    if isinstance(moment, Literal):
        try:
            return parse_instant(moment.source).isoformat()
        except ExpressionError as error:
            conversion.refuse(element, f"The {what} can't be read: {error.reason}.", "Write a date with time and zone.")
    return conversion.value(element, what, moment)


def write_script(conversion: Conversion, element: Element, script: ScriptDefinition) -> None:
    """FEEL is evaluated by the engine, Python by a handler of ours."""
    remove([child(element, "script")])
    element.attrib.pop("scriptFormat", None)
    result = script.result_variable
    if script.expression is not None:
        source = conversion.feel(element, "script", script.expression).source
        extend(element, "script", expression=source, resultVariable=result)
    elif script.script is not None:
        extend(element, "taskDefinition", type=SCRIPT_JOB)
        write_headers(element, {SCRIPT: script.script.source, **({} if result is None else {RESULT_VARIABLE: result})})


def write_decision(conversion: Conversion, element: Element, decision: DecisionDefinition) -> None:
    """A decision of a business rule task, with its result in the shape that Camunda 7 gives it."""
    result = decision.result_variable
    extend(
        element,
        "calledDecision",
        decisionId=conversion.value(element, "decision", decision.decision),
        resultVariable=result,
        **_bound(conversion, element, decision.binding, decision.version),
    )
    if decision.map_result == "collectEntries" and result is not None:
        add(shared(element, "ioMapping"), "output", source=_as_list(name(result)).source, target=result)
    elif decision.map_result != "singleEntry":
        what = "Camunda 8 gives the value of an only output without its name."
        conversion.refuse(element, what, "Map the result as singleEntry or collectEntries.")


def _as_list(value: Feel) -> Feel:
    is_list = Feel(f"{value.at(Binding.SUM)} instance of list", Binding.COMPARISON)
    is_null = operation("=", Binding.COMPARISON, value, literal(None))
    one = conditional(is_null, literal([]), Feel(f"[{value.text}]"))
    return conditional(is_list, value, one)


def write_call(conversion: Conversion, element: Element, call: CallDefinition) -> None:
    """A called process, and what it is given."""
    element.attrib.pop("calledElement", None)
    extend(
        element,
        "calledElement",
        processId=conversion.value(element, "called element", call.process),
        propagateAllChildVariables=_flag(call.all_outputs),
        propagateAllParentVariables=_flag(call.all_inputs),
        **_bound(conversion, element, call.binding, call.version),
    )
    if call.all_outputs and call.outputs:
        mend = "Name all variables, or rename those in the called process."
        conversion.refuse(element, "All variables are taken over, and some under other names.", mend)
    mapping = shared(element, "ioMapping") if call.inputs or call.outputs or call.business_key else None
    if mapping is None:
        return
    if call.business_key is not None:
        key = conversion.text(element, "business key", call.business_key)
        add(mapping, "input", source=key, target=BUSINESS_KEY)
    for given in call.inputs:
        source = conversion.feel(element, f"input {given.target}", given.source).source
        add(mapping, "input", source=source, target=given.target)
    for taken in call.outputs:
        source = conversion.feel(element, f"output {taken.target}", taken.source).source
        add(mapping, "output", source=source, target=taken.target)


def _bound(
    conversion: Conversion, element: Element, binding: Version, version: Expression | None
) -> dict[str, str | None]:
    if binding is Version.VERSION:
        mend = "Bind to latest or deployment, or give that version a tag and bind to the tag."
        conversion.refuse(element, "Camunda 8 knows no binding to a version by its number.", mend)
    tag = None if version is None else conversion.value(element, "version tag", version)
    return {"bindingType": binding.value, "versionTag": tag if binding is Version.VERSION_TAG else None}


def _flag(value: bool) -> str:
    return "true" if value else "false"
