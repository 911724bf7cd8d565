# Two commands do everything: `make run` and `make test`; `make services` runs the servers of other engines beside them.
# Each sets up first, and each may be repeated.
.PHONY: run test services check bench

PYTHON := .venv/bin/python

run:
	@.ci/setup
	@$(PYTHON) main.py db upgrade
	@$(PYTHON) main.py seed
	@$(PYTHON) main.py deploy $(wildcard bpmn/*.bpmn bpmn/*.dmn bpmn/*.form)
	@$(PYTHON) main.py serve

test:
	@.ci/setup tests
	@$(MAKE) --no-print-directory check
	@$(PYTHON) -m pytest

services:
	@.ci/setup services
	@$(PYTHON) -m tests.servers

check:
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports

bench:
	@.ci/setup tests
	@$(PYTHON) -m tests.bench
