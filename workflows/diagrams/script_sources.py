"""Python scripts of a diagram, checked when it is deployed."""

from workflows.diagrams.compilation import Compilation
from workflows.diagrams.elements import Element
from workflows.errors import ExpressionError
from workflows.scripts import Script, compile_script


def python_script(compilation: Compilation, node: Element, source: str) -> Script | None:
    """Return the checked script; what no script may have goes to the report."""
    try:
        return compile_script(source)
    except ExpressionError as error:
        mend = "Correct it; see the README of workflows/scripts for what a script may use."
        compilation.problem(node, f"The script can't run: {error.reason.rstrip('.')}.", mend)
        return None
