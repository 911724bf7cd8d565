"""The clinic's diagrams, run with doubles for their handlers."""

from pathlib import Path

BPMN = Path(__file__).parents[2] / "bpmn"
