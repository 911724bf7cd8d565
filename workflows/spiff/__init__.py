"""SpiffWorkflow as a second core: see README.md beside this file."""

from workflows.spiff.program import SpiffCore

__all__ = ["SpiffCore"]
