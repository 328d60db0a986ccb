# What a person runs. Every target sets up what it needs; nothing is installed outside .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INPUTS := pyproject.toml clients/python/pyproject.toml constraints.txt
DEMO_LAKE ?= demo-lake
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help demo serve test test-faults test-quick test-browser test-failed check bench docs constraints wheels clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.core  ## make a demo lake and serve it; prints one URL that logs in
	$(BIN)/footfall demo --lake $(DEMO_LAKE)

serve: $(VENV)/.core  ## serve your lake (FOOTFALL_LAKE, the nearest footfall.toml, or ./footfall)
	$(BIN)/footfall serve

test: $(VENV)/.dev  ## all tests but those of the next two
	$(BIN)/python -m pytest -n 2 -m "not npm" --ignore=tests/faults

test-faults: $(VENV)/.dev  ## kills, full disks, cut connections, hostile requests
	$(BIN)/python -m pytest -n 2 tests/faults

test-quick: $(VENV)/.dev  ## all but the long and the browser tests
	$(BIN)/python -m pytest -n 2 -m "not slow and not browser"

test-browser: $(VENV)/.dev  ## other people's JavaScript clients send, in Chromium and in Node
	$(BIN)/python -m pytest -n 2 -m npm tests/clients/javascript

test-failed: $(VENV)/.dev  ## what failed in the run before, one test after the other
	$(BIN)/python -m pytest --last-failed --last-failed-no-failures none tests

check: $(VENV)/.dev  ## format, lint, types, layers
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/python tests/check_browser_code.py

bench: $(VENV)/.dev  ## benchmarks beside their peers; ARGS="logs --log FILE" chooses
	$(BIN)/python -m benchmarks $(ARGS)

docs: $(VENV)/.docs  ## the documentation as HTML in docs/_build
	$(BIN)/python -m sphinx --fail-on-warning --quiet -b html docs docs/_build

constraints: $(VENV)/.dev  ## pin the newest versions of everything into constraints.txt
	$(BIN)/uv pip compile pyproject.toml --universal --upgrade --python-version 3.11 \
	  --all-extras --group dev --group docs --only-binary :all: \
	  --no-header --no-annotate --no-emit-index-url --quiet --output-file constraints.txt

wheels: $(VENV)/.dev  ## show that Linux, macOS and Windows can install without a compiler
	for platform in linux macos windows; do \
	  $(BIN)/uv pip compile pyproject.toml --all-extras --constraint constraints.txt --quiet \
	    --python-version 3.11 --python-platform $$platform --only-binary :all: \
	    --no-header --output-file $(VENV)/wheels-$$platform.txt || exit 1; \
	  echo "$$platform: $$(grep -c == $(VENV)/wheels-$$platform.txt) wheels"; \
	done

clean:  ## remove what was built, the demo lake too
	rm -rf $(VENV) $(DEMO_LAKE) build dist docs/_build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Footfall needs Python 3.11 or newer; name one with: make PYTHON=python3.12 demo"; exit 1; }
	@echo "Installing into $(VENV), about a minute"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --upgrade pip

$(VENV)/.core: $(VENV)/bin/python $(INPUTS)
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python $(INPUTS)
	$(PIP) --editable '.[all]' --editable clients/python --group dev
	@touch $@ $(VENV)/.core

$(VENV)/.docs: $(VENV)/.dev
	$(PIP) --group docs
	@touch $@
