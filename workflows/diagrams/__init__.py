"""Diagrams and forms in, process graphs out; see README.md beside this file."""

from workflows.diagrams.compiler import compile_diagram, lint
from workflows.diagrams.forms.formjs import compile_form
from workflows.diagrams.graph import Graph
from workflows.diagrams.problems import Problem

__all__ = ["Graph", "Problem", "compile_diagram", "compile_form", "lint"]
