# One command per task. Each installs what it needs, with only Python 3.11+, and repeats nothing.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
SECONDS ?= 60
PIP = -m pip install -qq
PARALLEL = -n auto --maxprocesses 8 --dist worksteal
SOURCES = setup.cfg setup.py pyproject.toml $(wildcard router_schema/_native/*)

.PHONY: run test coverage lint docs gateway bench bench-guard fuzz fuzz-native coverage-native mutate thorough oldest package wheel clean

run: $(VENV)/.run  ## check a file of sample bodies
	@$(BIN)/router-schema check examples/bodies.jsonl || test $$? -eq 1  # 1: some of the samples are broken on purpose
	@echo "\nSome of these samples are broken on purpose. Next: type along with docs/tutorial.md."

test: $(VENV)/.test  ## the whole suite, on every core
	$(BIN)/python -m pytest $(PARALLEL)

coverage: $(VENV)/.test  ## the same under coverage; fails unless tests reach every line and branch
	$(BIN)/python -m pytest $(PARALLEL) --cov

lint: $(VENV)/.lint  ## style, layers and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/basedpyright --pythonpath $(BIN)/python
	$(BIN)/python tools/check_snippets.py

docs: $(VENV)/.docs  ## the documentation, into docs/_build/html; every warning is an error
	@$(BIN)/sphinx-build -q -E -W --keep-going -n -b html docs docs/_build/html
	@echo "The pages are in docs/_build/html; open docs/_build/html/index.html in a browser."

gateway: $(VENV)/.gateway  ## the example gateway on port 8000, with its own upstream; ARGS=--help says more
	@$(BIN)/python -m examples.gateway $(ARGS)

bench: .venv-bench/.done  ## measure against the peers: BENCH="--quick", BENCH="--plot DIR", ...
	.venv-bench/bin/python -m benchmarks $(BENCH)

bench-guard: $(VENV)/.test  ## count instructions against the baseline of this Python
	$(BIN)/python -m benchmarks.guard

fuzz: .venv-fuzz/.done  ## each target for SECONDS
	for target in $$(.venv-fuzz/bin/python -m fuzz --list); do \
		.venv-fuzz/bin/python -m fuzz $$target --seconds $(SECONDS) || exit 1; \
	done

fuzz-native: $(VENV)/.test  ## the C sources under sanitizers, each target for SECONDS; needs clang
	PYTHON=$(BIN)/python fuzz/native/run $(SECONDS)

coverage-native: $(VENV)/.coverage-native  ## the lines of the C sources that no test runs; needs gcc
	$(BIN)/python tools/coverage_native.py $(TESTS)

mutate: $(VENV)/.mutate  ## change the code, one place at a time, and see whether a test fails: MUTATE="--minutes 30", ...
	$(BIN)/python tools/mutate.py $(MUTATE)

thorough: $(VENV)/.test  ## the property tests with 20,000 examples each
	$(BIN)/python -m pytest -q --hypothesis-profile=thorough tests/test_properties.py tests/test_openai.py

oldest: .venv-oldest/.done  ## what depends on other packages, on the oldest versions that setup.cfg allows
	.venv-oldest/bin/python -m pytest -q -W default $(PARALLEL) tests/test_cases.py tests/test_differential.py tests/test_json_schema.py \
		tests/test_properties.py tests/converter tests/engines tests/rules tests/logs

package: $(VENV)/.package  ## build sdist and wheels, with the native engine and without, and inspect them
	$(BIN)/python tools/package.py

wheel:  ## after package: each wheel, alone in a clean environment, runs the README
	rm -rf $(VENV)-wheel
	$(PYTHON) -m venv $(VENV)-wheel
	$(VENV)-wheel/bin/python tools/try_wheels.py

clean:
	rm -rf .venv* .mutate .fuzz-corpus build dist *.egg-info router_schema/*.so .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*

$(VENV)/.pip:
	@echo "Creating $(VENV) (only the first time)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(PIP) --upgrade "pip>=25.1"
	@touch $@

$(VENV)/.run: $(SOURCES) $(VENV)/.pip
	@echo "Building and installing router-schema into $(VENV)"
	@$(BIN)/python $(PIP) --editable ".[cli]"
	@touch $@

$(VENV)/.test: $(SOURCES) $(VENV)/.pip
	$(BIN)/python $(PIP) --editable ".[all]" --group test --group integration
	touch $@

$(VENV)/.gateway: $(SOURCES) $(VENV)/.pip
	@echo "Installing the gateway's libraries into $(VENV)"
	@$(BIN)/python $(PIP) --editable . --group gateway
	@touch $@

$(VENV)/.lint: $(VENV)/.test
	$(BIN)/python $(PIP) --group lint
	touch $@

$(VENV)/.coverage-native: $(VENV)/.test
	$(BIN)/python $(PIP) --group coverage-native
	touch $@

$(VENV)/.mutate: $(VENV)/.test
	$(BIN)/python $(PIP) --group mutate
	touch $@

$(VENV)/.docs: $(SOURCES) $(VENV)/.pip
	@echo "Installing Sphinx into $(VENV)"
	@$(BIN)/python $(PIP) --editable ".[all]" --group docs
	@touch $@

$(VENV)/.package: $(VENV)/.test
	$(BIN)/python $(PIP) --group package
	touch $@

.venv-bench/.done: $(SOURCES) benchmarks/requirements.txt
	$(MAKE) .venv-bench/.pip VENV=.venv-bench
	.venv-bench/bin/python $(PIP) --requirement benchmarks/requirements.txt --editable .
	touch $@

.venv-fuzz/.done: $(SOURCES)
	$(MAKE) .venv-fuzz/.pip VENV=.venv-fuzz
	.venv-fuzz/bin/python $(PIP) --editable . --group fuzz
	touch $@

.venv-oldest/.done: $(SOURCES)
	$(MAKE) .venv-oldest/.pip VENV=.venv-oldest
	sed -n 's/^ *\([a-z]*\)>=\([0-9.]*\)$$/\1==\2.*/p' setup.cfg > .venv-oldest/constraints
	.venv-oldest/bin/python $(PIP) --editable ".[cli]" --group test --constraint .venv-oldest/constraints
	touch $@
