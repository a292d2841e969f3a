# Every target makes .venv where it is missing. PYTHON says which Python makes it: `make test PYTHON=python3.13`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# A stamp is older than these when something has to be installed again.
NEEDS := pyproject.toml constraints.txt
BENCH ?= first-paint sessions explorer reading speed

.PHONY: help run test install lint format docs bench clean

help:  ## Say what each target does
	@sed -n 's/^\([a-z]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run: $(VENV)/.anomalens  ## Start the dashboard on http://localhost:8501
	$(BIN)/anomalens --host localhost --port 8501

install: $(VENV)/.anomalens  ## Put the project into .venv

test: $(VENV)/.anomalens-dev  ## Run the tests on all cores; TEST="-k word" or a path narrows them, TEST="-n 0" takes one
	sh .ci/debian chromium postgresql
	$(BIN)/python -m pytest -n auto --durations 10 $(TEST)

lint: $(VENV)/.anomalens-dev  ## Check style, types, the direction of the imports, the containers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	if [ -x $(BIN)/hadolint ]; then $(BIN)/hadolint Dockerfile; fi

format: $(VENV)/.anomalens-dev  ## Put the code into the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.anomalens  ## Write what is registered into the tables of assets/docs
	$(BIN)/python -m core.reference

bench: $(VENV)/.anomalens-bench  ## Run the benchmarks; BENCH="sessions" takes one, OUT=folder writes JSON files
	sh .ci/debian chromium
	set -e; $(if $(OUT),mkdir -p $(OUT);) for name in $(BENCH); do \
	    $(BIN)/anomalens bench $$name $(if $(OUT),--json > $(OUT)/$$name.json); done

clean:  ## Remove what the targets above made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	sh .ci/venv $(PYTHON) $(VENV)

$(VENV)/.anomalens: $(BIN)/python $(NEEDS)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[formats]'
	touch $@

$(VENV)/.anomalens-dev: $(BIN)/python $(NEEDS)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@ $(VENV)/.anomalens

$(VENV)/.anomalens-bench: $(BIN)/python $(NEEDS)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[bench]'
	touch $@ $(VENV)/.anomalens
