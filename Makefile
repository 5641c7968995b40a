# Two commands set everything up on a machine with only Python 3.11+, make and pip:
#   make demo    installs, and draws the workflows of a bundled backend
#   make test    installs, and runs every check
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help demo test conformance conformance-table bench-definitions test-versions lint types contracts unit format docs screenshots bench-speed bench-accuracy bench-noir bench-precision bench-pycg bench-geometry bench-report bench-printing clean

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

demo: $(VENV)/.installed ## Install, then draw the workflows of the bundled backend
	@$(BIN)/undercurrent scan fixtures/lead_enrichment/app
	@$(BIN)/undercurrent diagram fixtures/lead_enrichment/app --title "Lead enrichment" -o build/lead_enrichment.html

test: lint types contracts unit ## Install, then run every check

lint: $(VENV)/.installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-for-tests
	$(BIN)/pyright --pythonpath $(BIN)/python

contracts: $(VENV)/.installed-for-tests
	$(BIN)/lint-imports --no-cache

unit: $(VENV)/.installed-for-tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

conformance: $(VENV)/.installed-for-tests ## Run the bundled backends through all their scenarios
	CONFORMANCE=all $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests/conformance tests/equivalence

conformance-table: $(VENV)/.installed-for-tests ## Run `conformance`, and write the table of docs/conformance.md
	CONFORMANCE=all $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests/conformance --conformance-table

bench-definitions: $(VENV)/.installed-for-tests ## Export the first workflows of real backends to every form, and check them
	$(BIN)/python -m benchmarks.definitions

test-versions: ## Run the unit tests on each of Python 3.11 to 3.14 that is installed
	@for version in 3.11 3.12 3.13 3.14; do \
		python$$version -c "" >/dev/null 2>&1 || { echo "Python $$version: not installed, skipped"; continue; }; \
		echo "Python $$version"; \
		$(MAKE) --no-print-directory unit PYTHON=python$$version VENV=$(VENV)-$$version || exit 1; \
	done

format: $(VENV)/.installed-for-tests ## Rewrite the code as the formatter wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.installed-for-tests ## Write the generated parts of README.md and docs/ again
	$(BIN)/python docs/generate.py

screenshots: $(VENV)/.installed-for-tests ## Take the pictures of docs/report.md again, in an installed Chromium
	$(BIN)/python docs/screenshots.py

bench-speed: $(VENV)/.installed ## Fetch real backends at pinned commits (or take FOLDERS), measure speed
	$(BIN)/python -m benchmarks.speed $(FOLDERS)

bench-accuracy: $(VENV)/.installed ## Fetch real backends at pinned commits, scan and score them
	$(BIN)/python -m benchmarks.accuracy

bench-precision: $(VENV)/.installed ## Scan real backends, score a sample of their hops by verdicts of readers
	$(BIN)/python -m benchmarks.precision

bench-geometry: $(VENV)/.installed ## Check that nothing overlaps in any view of four real backends
	$(BIN)/python -m benchmarks.geometry

bench-report: $(VENV)/.installed-for-tests ## Measure how long the reports of two large backends take to write and to open
	$(BIN)/python -m benchmarks.report

bench-printing: $(VENV)/.installed-for-tests ## Print views of four real backends, measure their text and look for what is cut
	$(BIN)/python -m benchmarks.printing

bench-noir: $(VENV)/.installed ## Fetch OWASP noir at a pinned commit, compare endpoints with its Python fixtures
	$(BIN)/python -m benchmarks.noir

bench-pycg: $(VENV)/.installed ## Fetch PyCG at its pinned commit, score the resolver on its micro-benchmark
	$(BIN)/python -m benchmarks.pycg

clean: ## Remove what was made
	rm -rf $(VENV) $(VENV)-3.* build dist .pytest_cache .ruff_cache .coverage

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-for-tests: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.installed
