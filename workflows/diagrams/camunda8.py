"""What the extension elements of Camunda 8 say about tasks."""

from workflows.diagrams.compilation import Compilation
from workflows.diagrams.composed import VariableValue
from workflows.diagrams.elements import ZEEBE, Element, attribute, child, children, extension, flag
from workflows.diagrams.graph import (
    Binding,
    CallDefinition,
    DataMapping,
    DecisionDefinition,
    JobDefinition,
    ScriptDefinition,
    UserTaskDefinition,
)
from workflows.diagrams.mappings import Mappings, targets
from workflows.diagrams.task_forms import camunda8_form
from workflows.expressions.expression import Expression, Literal

_CONNECTOR_PREFIX = "io.camunda"
_BINDINGS = {"latest": Binding.LATEST, "deployment": Binding.DEPLOYMENT, "versionTag": Binding.VERSION_TAG}


def job(compilation: Compilation, node: Element) -> JobDefinition | None:
    """Return the job of a task or throw event."""
    definition = extension(node, "taskDefinition", of=ZEEBE)
    if definition is None:
        return None
    job_type = compilation.attribute(definition, "type")
    if job_type is None:
        compilation.problem(definition, "The task definition has no type.", "Name the job type that does its work.")
    elif job_type.source.startswith(_CONNECTOR_PREFIX):
        what = f"{job_type.source!r} is a connector, which needs Camunda's own runtime."
        compilation.problem(definition, what, "Name the job type of a handler instead.")
    return JobDefinition(
        type=job_type or Literal(""),
        retries=_retries(compilation, definition),
        priority=_job_priority(compilation, node),
        headers=headers(node),
    )


def _retries(compilation: Compilation, definition: Element) -> Expression | None:
    retries = compilation.attribute(definition, "retries")
    if not isinstance(retries, Literal):
        return retries
    text = str(retries.value)
    if not text.isdecimal():
        compilation.problem(definition, f"The retries are {text!r}.", "Write a whole number from 0, or FEEL.")
        return None
    return Literal(int(text))


def _job_priority(compilation: Compilation, node: Element) -> Expression | None:
    for around in (node, *node.iterancestors()):
        definition = extension(around, "jobPriorityDefinition", of=ZEEBE)
        if definition is not None:
            return compilation.attribute(definition, "priority")
    return None


def headers(node: Element) -> dict[str, str]:
    """Return the constants that a task hands to its handler."""
    holder = extension(node, "taskHeaders", of=ZEEBE)
    found = () if holder is None else children(holder, "header", of=ZEEBE)
    return {attribute(header, "key") or "": header.get("value") or "" for header in found}


def user_task(compilation: Compilation, node: Element) -> UserTaskDefinition:
    """Return who a user task is for, and its form."""
    form, form_key = camunda8_form(compilation, node)

    def of(name: str, attribute_name: str) -> Expression | None:
        element = extension(node, name, of=ZEEBE)
        return None if element is None else compilation.attribute(element, attribute_name)

    return UserTaskDefinition(
        form=form,
        form_key=form_key,
        assignee=of("assignmentDefinition", "assignee"),
        candidate_users=of("assignmentDefinition", "candidateUsers"),
        candidate_groups=of("assignmentDefinition", "candidateGroups"),
        due_date=of("taskSchedule", "dueDate"),
        follow_up_date=of("taskSchedule", "followUpDate"),
        priority=of("priorityDefinition", "priority"),
    )


def script(compilation: Compilation, node: Element) -> ScriptDefinition | None:
    """Return the FEEL script of a script task; None when a job does the work."""
    element = extension(node, "script", of=ZEEBE)
    if element is None:
        if child(node, "script") is not None:
            what = "The script stands where Camunda 8 does not read it."
            compilation.problem(node, what, "Write FEEL as the task's zeebe:script, or give it a task definition.")
        return None
    expression, result_variable = attribute(element, "expression"), attribute(element, "resultVariable")
    if expression is None or result_variable is None:
        mend = "Write a FEEL expression and the name of the variable for its result."
        compilation.problem(element, "The script has no expression or no result variable.", mend)
        return None
    return ScriptDefinition(compilation.feel(element, "script", expression), result_variable=result_variable)


def decision(compilation: Compilation, node: Element) -> DecisionDefinition | None:
    """Return the decision of a business rule task; None when a job does the work."""
    element = extension(node, "calledDecision", of=ZEEBE)
    if element is None:
        return None
    decision_id = compilation.attribute(element, "decisionId")
    result_variable = attribute(element, "resultVariable")
    if decision_id is None or result_variable is None:
        mend = "Name the decision and the variable for its result."
        compilation.problem(element, "The called decision has no id or no result variable.", mend)
        return None
    binding, version = binding_of(compilation, element)
    return DecisionDefinition(decision_id, result_variable, binding, version)


def call(compilation: Compilation, node: Element, mappings: Mappings) -> CallDefinition | None:
    """Return the process that a call activity calls, and what it hands over."""
    element = extension(node, "calledElement", of=ZEEBE)
    process = None if element is None else compilation.attribute(element, "processId")
    if element is None or process is None:
        return None
    given = targets(mappings.inputs)
    all_inputs = flag(element, "propagateAllParentVariables", default=True)
    binding, version = binding_of(compilation, element)
    return CallDefinition(
        process=process,
        binding=binding,
        version=version,
        business_key=compilation.attribute(element, "businessId"),
        inputs=() if all_inputs else tuple(DataMapping(name, VariableValue(name)) for name in given),
        all_inputs=all_inputs,
        all_outputs=flag(element, "propagateAllChildVariables", default=True) or bool(mappings.outputs),
    )


def binding_of(compilation: Compilation, element: Element) -> tuple[Binding, Expression | None]:
    """Return which version of a called process or decision is meant."""
    text = attribute(element, "bindingType") or "latest"
    tag = compilation.attribute(element, "versionTag")
    if text not in _BINDINGS:
        mend = f"Use one of {', '.join(_BINDINGS)}."
        compilation.problem(element, f"The binding {text!r} is not known.", mend)
    if text == "versionTag" and tag is None:
        compilation.problem(element, "The version tag is missing.", "Set versionTag, or bind to latest.")
    return _BINDINGS.get(text, Binding.LATEST), tag if text == "versionTag" else None
