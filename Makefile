# Every target sets up what it needs, once. On a new machine nothing but Python 3.11 and make is needed
# (and Go for `lab` and `e2e`).
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
RUN := .venv/.run
DEV := .venv/.dev
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help preview check test e2e bench lab fix lock golden

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

preview: $(RUN) ## The dev environment's plan and verdict: no account, no engine, no network
	@$(BIN)/tradectl preview dev

check: $(DEV) ## Formatting, lint, types, import directions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

test: $(DEV) ## The tests that need nothing but Python
	$(PYTEST) -n 2

e2e: $(DEV) ## The real Pulumi engine against simulated clouds, and the full sweeps (needs Go, or pulumi)
	$(PYTEST) -m 'e2e or slow'

bench: $(DEV) ## Ratios and growth, measured in one run
	@$(BIN)/python -m bench

lab: $(RUN) ## Find or build the real engine (minutes once, then seconds)
	@$(BIN)/tradectl lab build

fix: $(DEV) ## Format, and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: $(DEV) ## Write the generated files anew: schema, policy pages, golden inventories
	$(BIN)/python -m config.schema --write
	$(BIN)/python -m policies.docs --write
	$(PYTEST) -q tests/golden tests/report --update-golden

lock: $(DEV) ## Resolve the dependencies anew and pin them with hashes
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
	  --extra aws --extra ops --extra lab --group build -o locks/run.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
	  --all-extras --group build --group dev -c locks/run.txt -o locks/dev.txt pyproject.toml

$(RUN): locks/run.txt pyproject.toml bootstrap.py
	@$(PYTHON) bootstrap.py .venv locks/run.txt
	@touch $@

$(DEV): locks/dev.txt $(RUN)
	@$(PYTHON) bootstrap.py .venv locks/dev.txt
	@touch $@
