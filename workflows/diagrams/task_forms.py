"""The forms of user tasks and start events."""

from workflows.diagrams.compilation import Compilation
from workflows.diagrams.elements import CAMUNDA, ZEEBE, Element, attribute, extension, local, text_of
from workflows.diagrams.forms.formdata import read_form_data
from workflows.diagrams.forms.formjs import read_form
from workflows.diagrams.forms.model import Form
from workflows.diagrams.report import Report

_EMBEDDED = "camunda-forms:bpmn:"
_PINNED = ("version", "versionTag")


def camunda7_form(compilation: Compilation, node: Element) -> tuple[Form | None, str | None]:
    """Return the form of a node, and its form key: a page of the author's own."""
    form_data = extension(node, "formData", of=CAMUNDA)
    form_ref, form_key = attribute(node, "formRef", CAMUNDA), attribute(node, "formKey", CAMUNDA)
    if sum(given is not None for given in (form_data, form_ref, form_key)) > 1:
        compilation.problem(
            node, f"The {local(node)} has more than one form.", "Keep one of formData, formRef, formKey."
        )
    if attribute(node, "formRefBinding", CAMUNDA) in _PINNED:
        what = "The form is bound to one of its versions."
        compilation.problem(
            node, what, "Bind it to deployment or latest: a diagram keeps the form it is deployed with."
        )
    if form_data is not None:
        return read_form_data(form_data, node.get("id", ""), compilation.report), None
    if form_ref is not None:
        return _referred(compilation, node, form_ref), None
    return None, _checked_key(compilation, node, form_key)


def camunda8_form(compilation: Compilation, node: Element) -> tuple[Form | None, str | None]:
    """Return the form of a node, and its form key: a page of the author's own."""
    definition = extension(node, "formDefinition", of=ZEEBE)
    if definition is None:
        return None, None
    if attribute(definition, "bindingType") in _PINNED:
        what = "The form is bound to one of its versions."
        mend = "Bind it to deployment or latest: a diagram keeps the form it is deployed with."
        compilation.problem(definition, what, mend)
    form_id, form_key = attribute(definition, "formId"), attribute(definition, "formKey")
    if form_id is not None:
        return _referred(compilation, definition, form_id), None
    if form_key is not None and form_key.startswith(_EMBEDDED):
        return _embedded(compilation, definition, form_key.removeprefix(_EMBEDDED)), None
    key = form_key or attribute(definition, "externalReference")
    return None, _checked_key(compilation, definition, key)


def _referred(compilation: Compilation, element: Element, form_id: str) -> Form | None:
    form = compilation.forms.get(form_id)
    if form is None:
        what = f"The form {form_id!r} does not exist."
        compilation.problem(element, what, f"Deploy a .form file with the id {form_id!r} together with the diagram.")
    return form


def _checked_key(compilation: Compilation, element: Element, form_key: str | None) -> str | None:
    if form_key is None:
        return None
    if form_key.startswith(("embedded:", "camunda-forms:", "=")) or "{" in form_key:
        what = f"The form key {form_key!r} leads to a form of another application."
        compilation.problem(element, what, "Use formData, or refer to a .form file by its id.")
    return form_key


def _embedded(compilation: Compilation, definition: Element, name: str) -> Form | None:
    """Return a form whose JSON stands in the diagram itself; it is read once, however many tasks show it."""
    element = compilation.form_elements.get(name)
    if element is None:
        what = f"The diagram has no user task form {name!r}."
        compilation.problem(definition, what, "Refer to a .form file by its id.")
        return None
    if name not in compilation.embedded:
        compilation.embedded[name] = _embedded_form(compilation, element)
    return compilation.embedded[name]


def _embedded_form(compilation: Compilation, element: Element) -> Form:
    report = Report(compilation.report.file)
    form = read_form(text_of(element).strip().encode(), report)
    for problem in report.problems:
        compilation.problem(element, problem.what, problem.mend)
    return form
