# The one list of habits: `make` alone prints it.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
DATA ?= data
VENV := .venv
BIN := $(VENV)/bin
FRONTEND := endpoint/prossima/web/frontend
STATIC := endpoint/prossima/web/static
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help serve test check bench docs lock browser clean

help: ## list these commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)$$/  make \1|\2/' | column -t -s '|'

serve: $(VENV)/.run $(STATIC)/.built ## set up, publish kb/ and serve it (HOST, PORT, DATA)
	@exec $(BIN)/prossima serve kb/pavia kb/torino kb/bologna --host '$(HOST)' --port '$(PORT)' --data '$(DATA)'

test: $(VENV)/.dev $(STATIC)/.built browser ## set up and run the tests (ARGS="-k name" to choose)
	@$(BIN)/python -m pytest -n auto --dist loadfile -m "not alone" $(ARGS) || [ $$? = 5 ]
	@$(BIN)/python -m pytest -m alone $(ARGS) || [ $$? = 5 ]

check: $(VENV)/.dev ## lint and types
	$(BIN)/ruff check endpoint tests benchmarks
	$(BIN)/ruff format --check endpoint tests benchmarks
	$(BIN)/mypy

bench: $(VENV)/.dev ## run the benchmarks, write their tables
	$(BIN)/python -m benchmarks

docs: $(VENV)/.dev $(STATIC)/.built browser ## redo what the documentation shows of the running thing
	$(BIN)/python docs/make.py

lock: $(VENV)/.run ## resolve the dependencies again, write the lock files
	$(PIP) install uv
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --extra build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --extra test --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	cd $(FRONTEND) && PATH="$(CURDIR)/$(BIN):$$PATH" npm install --package-lock-only --ignore-scripts

browser: # browser tests drive Debian's Chromium: installed where apt and root allow it
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  { apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium; } >/dev/null 2>&1; } || \
	  echo "No Chromium here and no way to install it: the browser tests will be left out."

clean: ## remove the environment and what was built (never the releases)
	rm -rf $(VENV) $(STATIC) build dist .pytest_cache .mypy_cache .ruff_cache

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing Prossima in $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing what the tests need ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(STATIC)/.built: $(wildcard $(FRONTEND)/*.json $(FRONTEND)/*.mjs $(FRONTEND)/src/* endpoint/prossima/web/templates/* \
  ontology/*.ttl ontology/schemes/*.ttl shapes/*.ttl) endpoint/prossima/web/diagrams.py endpoint/prossima/web/constraints.py | $(VENV)/.run
	@echo "Building the pages' styles, scripts and diagrams ..."
	@cd $(FRONTEND) && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --silent && \
	  PATH="$(CURDIR)/$(BIN):$$PATH" node build.mjs
	@touch $@
