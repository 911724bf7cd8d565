"""What a diagram has to keep to so that it can run: small rules over the finished graph, each with its advice."""

from workflows.diagrams.rules.validate import validate

__all__ = ["validate"]
