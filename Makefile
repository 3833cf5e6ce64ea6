# Every target sets up what it needs first; `make up` and `make test` are the two to know.
.DEFAULT_GOAL := help
RUNS ?= 10000
JOBS ?= 2
PLATFORM ?= examples/mvlbim/platform.yaml
BIN := .venv/bin

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing: Debian packages, .venv, locked Python packages
	@scripts/setup

up: setup ## bring the example platform up on this machine and print its addresses
	@$(BIN)/groundplan up $(PLATFORM)

down: setup ## stop it; its data stays
	@$(BIN)/groundplan down $(PLATFORM)

status: setup ## regions, parts, health and addresses
	@$(BIN)/groundplan status $(PLATFORM)

test: setup ## fast tests: no real processes, under three minutes
	$(BIN)/pytest -q -n auto -m "not stories and not faults"

check: setup ## format, lint, types, imports and tidiness
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/test_tidy.py

stories: setup browser ## the platform with its real parts; JOBS= tells that many files side by side
	$(BIN)/pytest -v -rs -n $(JOBS) --dist loadfile -m stories

faults: setup ## the stories in which something breaks
	$(BIN)/pytest -v -n $(JOBS) --dist loadfile -m faults

fuzz: setup ## 10,000 damaged platform files (RUNS=): findings or success, never a traceback
	GROUNDPLAN_RUNS=$(RUNS) $(BIN)/pytest -q tests/checks/test_damaged_files.py

bench: setup ## measure the figures of the README's table
	@for script in $$(grep -l __main__ benchmarks/*.py); do $(BIN)/python $$script || exit; done

docs: setup ## write what the docs generate from the code
	$(BIN)/groundplan schema >docs/platform.schema.json

browser: # what the stories of page load need, and nothing else
	@scripts/install-browser

lock: ## resolve the Python packages again (make lock ARGS=--upgrade)
	scripts/lock $(ARGS)

clean: ## remove caches; .venv and the platforms' data stay
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.PHONY: help setup up down status test check stories faults fuzz bench docs browser lock clean
