# One command a task. Each makes what it needs, from Python 3.10+ alone, and does nothing twice.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: run test lint clean

run: $(VENV)/.run  ## check the sample bodies
	@$(BIN)/router-schema check examples/bodies.jsonl || test $$? -eq 1  # 1: some of the samples are broken on purpose

test: $(VENV)/.test  ## the whole suite, with coverage
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage report

lint: $(VENV)/.lint  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf .venv* build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*

$(VENV)/.pip:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	touch $@

$(VENV)/.run: setup.cfg $(VENV)/.pip
	$(BIN)/python -m pip install --quiet --editable ".[fast,cli]"
	touch $@

$(VENV)/.test: setup.cfg pyproject.toml $(VENV)/.pip
	$(BIN)/python -m pip install --quiet --editable ".[all]" --group test
	touch $@

$(VENV)/.lint: setup.cfg pyproject.toml $(VENV)/.test
	$(BIN)/python -m pip install --quiet --group lint
	touch $@
