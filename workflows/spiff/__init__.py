"""SpiffWorkflow as a second core, and workflows written in Python: see README.md beside this file."""

from workflows.spiff.context import Context, context
from workflows.spiff.outline import SUFFIX, is_outline, read_outline
from workflows.spiff.program import SpiffCore
from workflows.spiff.python import PythonProgram, PythonWorkflow

__all__ = [
    "SUFFIX",
    "Context",
    "PythonProgram",
    "PythonWorkflow",
    "SpiffCore",
    "context",
    "is_outline",
    "read_outline",
]
