"""What the attributes and extension elements of Camunda 7 say about tasks."""

from workflows.diagrams.compilation import Compilation, bare
from workflows.diagrams.composed import VariableValue
from workflows.diagrams.elements import CAMUNDA, Element, attribute, child, extension, extensions, flag, local, text_of
from workflows.diagrams.graph import (
    Binding,
    CallDefinition,
    DataMapping,
    DecisionDefinition,
    JobDefinition,
    ScriptDefinition,
    UserTaskDefinition,
)
from workflows.diagrams.mappings import properties_of
from workflows.diagrams.script_sources import python_script
from workflows.diagrams.task_forms import camunda7_form
from workflows.diagrams.timer_texts import check_retry_cycle
from workflows.expressions.expression import Expression, Literal

_EXTERNAL = "Make it an external task (type external and a topic), whose handler does the work."
_BINDINGS = {"latest": Binding.LATEST, "deployment": Binding.DEPLOYMENT, "version": Binding.VERSION}
_DECISION_RESULTS = ("singleEntry", "singleResult", "collectEntries", "resultList")


def job(compilation: Compilation, node: Element, declared: Element | None = None) -> JobDefinition | None:
    """Return the external task of `node`; `declared` is the message event definition that names its topic."""
    element = node if declared is None else declared
    task_type = attribute(element, "type", CAMUNDA)
    topic = compilation.attribute(element, "topic", CAMUNDA)
    if task_type is None and topic is None:
        return None
    if task_type != "external":
        what = f"The task has the type {task_type!r}." if task_type else "The topic has no effect without a type."
        compilation.problem(element, what, _EXTERNAL)
    if attribute(element, "resultVariable", CAMUNDA) is not None:
        what = "The result variable has no effect on an external task."
        compilation.problem(element, what, "Remove it: the handler's answer names its variables.")
    if topic is None:
        compilation.problem(element, "The external task has no topic.", "Name the job type that does its work.")
    return JobDefinition(
        type=topic or Literal(""),
        priority=compilation.attribute(element, "taskPriority", CAMUNDA) or process_priority(compilation, node),
        headers=properties_of(node),
        retry_cycle=retry_cycle(compilation, node),
    )


def process_priority(compilation: Compilation, node: Element) -> Expression | None:
    """Return the priority that the process gives to all its external tasks."""
    process = next((around for around in node.iterancestors() if local(around) == "process"), None)
    return None if process is None else compilation.attribute(process, "taskPriority", CAMUNDA)


def retry_cycle(compilation: Compilation, node: Element) -> Expression | None:
    """Return when a failed job is tried again."""
    element = extension(node, "failedJobRetryTimeCycle", of=CAMUNDA)
    if element is None:
        return None
    cycle = compilation.optional(element, "retry cycle", text_of(element))
    if isinstance(cycle, Literal):
        check_retry_cycle(compilation, element, text_of(element).strip())
    return cycle


def user_task(compilation: Compilation, node: Element) -> UserTaskDefinition:
    """Return who a user task is for, and its form."""
    form, form_key = camunda7_form(compilation, node)
    return UserTaskDefinition(
        form=form,
        form_key=form_key,
        assignee=compilation.attribute(node, "assignee", CAMUNDA),
        candidate_users=compilation.attribute(node, "candidateUsers", CAMUNDA),
        candidate_groups=compilation.attribute(node, "candidateGroups", CAMUNDA),
        due_date=compilation.attribute(node, "dueDate", CAMUNDA),
        follow_up_date=compilation.attribute(node, "followUpDate", CAMUNDA),
        priority=compilation.attribute(node, "priority", CAMUNDA),
    )


def script(compilation: Compilation, node: Element) -> ScriptDefinition | None:
    """Return the script of a script task: Python or FEEL."""
    source = text_of(child(node, "script"))
    script_format = (attribute(node, "scriptFormat") or attribute(node, "scriptLanguage") or "").lower()
    result_variable = attribute(node, "resultVariable", CAMUNDA)
    if not source.strip():
        compilation.problem(node, "The script task has no script.", "Write one, in python or feel.")
        return None
    if script_format == "python":
        compiled = python_script(compilation, node, source)
        return ScriptDefinition(script=compiled, result_variable=result_variable)
    if "feel" in script_format:
        if result_variable is None:
            mend = "Name the variable that receives it."
            compilation.problem(node, "The result of the FEEL script goes to no variable.", mend)
        return ScriptDefinition(compilation.feel(node, "script", source), result_variable=result_variable)
    what = f"A script in {script_format!r} can't run here." if script_format else "The script has no format."
    compilation.problem(node, what, "Write it in python or feel, or make it a service task.")
    return None


def decision(compilation: Compilation, node: Element) -> DecisionDefinition | None:
    """Return the decision of a business rule task."""
    decision_ref = compilation.attribute(node, "decisionRef", CAMUNDA)
    if decision_ref is None:
        return None
    result = attribute(node, "mapDecisionResult", CAMUNDA)
    if result is not None and result not in _DECISION_RESULTS:
        mend = f"Use one of {', '.join(_DECISION_RESULTS)}."
        compilation.problem(node, f"The decision result is mapped by {result!r}.", mend)
    result_variable = attribute(node, "resultVariable", CAMUNDA)
    if result_variable is None:
        compilation.problem(node, "The decision's result goes to no variable.", "Name the result variable.")
    binding, version = _binding(compilation, node, "decisionRef")
    return DecisionDefinition(decision_ref, result_variable, binding, version, map_result=result)


def call(compilation: Compilation, node: Element) -> CallDefinition | None:
    """Return the process that a call activity calls, and what it hands over."""
    called = attribute(node, "calledElement")
    if called is None:
        return None
    text = called if "{" in called else bare(called)
    binding, version = _binding(compilation, node, "calledElement")
    given, taken = list(extensions(node, "in", of=CAMUNDA)), list(extensions(node, "out", of=CAMUNDA))
    return CallDefinition(
        process=compilation.value(node, "called element", text),
        binding=binding,
        version=version,
        business_key=next(filter(None, (compilation.attribute(element, "businessKey") for element in given)), None),
        inputs=_copies(compilation, given),
        outputs=_copies(compilation, taken),
        all_inputs=any(attribute(element, "variables") == "all" for element in given),
        all_outputs=any(attribute(element, "variables") == "all" for element in taken),
    )


def _copies(compilation: Compilation, elements: list[Element]) -> tuple[DataMapping, ...]:
    mappings = []
    for element in elements:
        if flag(element, "local"):
            what = "Only local variables are meant to be copied."
            compilation.problem(element, what, "Remove local, and name the variables one by one.")
        source, target = attribute(element, "source"), attribute(element, "target")
        value = VariableValue(source) if source else compilation.attribute(element, "sourceExpression")
        if value is not None and target is not None:
            mappings.append(DataMapping(target, value))
        elif attribute(element, "variables") != "all" and attribute(element, "businessKey") is None:
            what = "The mapping names no source or no target."
            compilation.problem(element, what, "Name both, or write variables all.")
    return tuple(mappings)


def _binding(compilation: Compilation, node: Element, name: str) -> tuple[Binding, Expression | None]:
    text = attribute(node, f"{name}Binding", CAMUNDA) or "latest"
    version = compilation.attribute(node, f"{name}Version", CAMUNDA)
    tag = compilation.attribute(node, f"{name}VersionTag", CAMUNDA)
    if text == "versionTag":
        if tag is None:
            compilation.problem(node, "The version tag is missing.", f"Set {name}VersionTag, or bind to latest.")
        return Binding.VERSION_TAG, tag
    if text not in _BINDINGS:
        mend = f"Use one of {', '.join(_BINDINGS)}, versionTag."
        compilation.problem(node, f"The binding {text!r} is not known.", mend)
    if text == "version" and version is None:
        compilation.problem(node, "The version is missing.", f"Set {name}Version, or bind to latest.")
    return _BINDINGS.get(text, Binding.LATEST), version if text == "version" else None
