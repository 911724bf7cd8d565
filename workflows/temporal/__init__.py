"""Temporal behind the port: diagrams on its workflows, and workflows written as code."""
