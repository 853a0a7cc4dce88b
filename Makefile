# Everything a person or a machine does with Evenhand starts here. Needs Python 3.11+ and make.
PORT ?= 8000
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
export UV_SYSTEM_CERTS := 1

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test test-fuzz test-browser test-postgres bench check audit format lock clean

help:  ## This list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

# uv is quick; where it cannot be had, pip installs the same hashed files.
.venv/.uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Evenhand needs Python 3.11 or newer; choose one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check uv==$(UV_VERSION) || true
	@touch $@

# Compiled here once: else each first start does it, and where bytecode is not written, every start.
define install
	@echo "Installing $(1)"
	@if [ -x $(BIN)/uv ]; then $(BIN)/uv pip install -q --compile-bytecode --require-hashes -r $(1) --python $(BIN)/python; \
	else $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r $(1); fi
	@touch $@
endef

.venv/.run: requirements.txt .venv/.uv
	$(call install,requirements.txt)
.venv/.test: requirements-test.txt .venv/.run
	$(call install,requirements-test.txt)
.venv/.dev: requirements-dev.txt .venv/.test
	$(call install,requirements-dev.txt)

demo: .venv/.run  ## Install, seed once and serve the demo organisation (PORT=8000)
	@$(BIN)/python -m config.demo --port $(PORT)

demo-reset: .venv/.run  ## Throw the demo data away; the next `make demo` makes it anew
	@$(BIN)/python -m config.demo --reset

test: .venv/.test  ## The whole suite that needs nothing but Python (SQLite)
	$(BIN)/pytest -m "not e2e and not fuzz" -n auto

# Each of twelve parts for so many seconds; FUZZ_SEED=… has an earlier run again.
FUZZ_SECONDS ?= 60
test-fuzz: .venv/.test  ## Random requests and files for a bounded time (FUZZ_SECONDS=60 for each part)
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/pytest -m fuzz -s

test-browser: .venv/.dev  ## Journeys of each role in Debian's chromium
	$(BIN)/pytest -m e2e -n 2 --dist loadfile

test-postgres: .venv/.test  ## The suite on PostgreSQL: a server of its own, or TEST_DATABASE_URL
	.ci/with-postgres $(BIN)/pytest -m "not e2e and not fuzz" -n auto

# 100,000 or 1,000,000 as well: make bench INTERACTIONS=1000000
INTERACTIONS ?= 10000
bench: .venv/.test  ## Build a company and measure every main page in it (SQLite, or TEST_DATABASE_URL)
	$(BIN)/python -m tests.bench --interactions $(INTERACTIONS)

check: .venv/.dev  ## Lint, formatting, types, import contract, migrations, deployment settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python -m config.check
	.ci/with-postgres $(BIN)/python -m config.migration_check

audit: .venv/.dev  ## Known holes in what we depend on, and secrets in what we publish
	$(BIN)/python -m config.audit

format: .venv/.dev  ## Put Python and templates into house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djhtml --tabwidth 2 templates

lock: .venv/.uv  ## Pin every dependency anew from pyproject.toml
	$(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 --extra test pyproject.toml -o requirements-test.txt
	$(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 --extra dev pyproject.toml -o requirements-dev.txt

clean:  ## Remove what was built; the demo database in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache staticfiles test-results
