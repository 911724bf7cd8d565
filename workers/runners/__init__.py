"""One runner for each transport that brings jobs: who calls the handlers."""
