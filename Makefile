# Two commands for newcomers: `make run` and `make test`. Python 3.11 or newer is all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
LOAD ?= --quick

.PHONY: run test lint fix bench clean help

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

run: $(VENV)/.serves ## install what serving needs, start with a demo, print the address and a decision
	$(BIN)/inspection serve --demo --port $(PORT)

test: $(VENV)/.tests lint ## install everything, check style, types and arrows, run the whole suite
	$(BIN)/pytest

lint: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

fix: $(VENV)/.tests ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.tests ## the product's own speed and memory here, and what the service bears (LOAD= for all of it: an hour)
	$(BIN)/python tests/bench/serving.py
	$(BIN)/python tests/bench/service_load.py $(LOAD)

clean: ## forget the environment
	rm -rf $(VENV)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

# the marks remember what is installed, so that a second `make` starts at once
$(VENV)/.serves: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/.tests: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable '.[dev,train]'
	touch $@ $(VENV)/.serves
