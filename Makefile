# Two commands do everything: `make run` and `make test`; `make services` runs the servers of other engines beside them.
# Each sets up first, and each may be repeated.
.PHONY: run test services airflow airflow-lock check audit bench

# Commands start in half of the time if Python may keep what it has compiled.
export PYTHONDONTWRITEBYTECODE :=

PYTHON := .venv/bin/python
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/dams
AIRFLOW := $(CACHE)/airflow-3.3.2/bin/python
UV := $(CACHE)/uv-0.13.8/bin/uv
SERVICE := http://127.0.0.1:8000

run:
	@.ci/setup
	@$(PYTHON) main.py db upgrade
	@$(PYTHON) main.py seed
	@$(PYTHON) main.py deploy $(wildcard bpmn/*.bpmn bpmn/*.dmn bpmn/*.form)
	@$(PYTHON) main.py serve

test:
	@.ci/setup tests
	@$(MAKE) --no-print-directory check
	@$(PYTHON) -m pytest --numprocesses auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder

services:
	@.ci/setup services
	@$(PYTHON) -m tests.servers

# Airflow with the DAGs, beside a service that runs already. Its token for the service is made once, for a year.
airflow:
	@.ci/setup airflow
	@mkdir -p var/airflow
	@test -s var/airflow/token || (umask 077 && $(PYTHON) main.py token admin --name Airflow --days 366 \
		$(addprefix --scope ,people:read processes:read processes:run reports maintenance) >var/airflow/token)
	@$(AIRFLOW) dags/serve.py --service $(SERVICE) --token var/airflow/token

airflow-lock:
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade \
		dags/requirements.in --output-file dags/requirements.txt

check:
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/bandit --quiet --recursive --configfile pyproject.toml app dags workers workflows main.py

# Known vulnerabilities of what the service and Airflow stand on, as PyPI knows them today: it needs the network, so no
# test asks. Two reports without a fixed version are passed over: flask-cors quotes what it logs, and only at DEBUG
# (PYSEC-2024-271); PyJWT leaves the length of a key to who makes it, and dags/serve.py makes long ones (PYSEC-2025-183).
AUDIT := .venv/bin/pip-audit --progress-spinner off --strict --disable-pip \
	--ignore-vuln PYSEC-2024-271 --ignore-vuln PYSEC-2025-183

audit:
	@.ci/setup
	@$(UV) export --quiet --frozen --no-dev --output-file var/requirements.txt >/dev/null
	@$(AUDIT) --requirement var/requirements.txt
	@$(AUDIT) --requirement dags/requirements.txt

bench:
	@.ci/setup tests
	@$(PYTHON) -m tests.bench
