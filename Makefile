# make quickstart | test | lint | test-newest | clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NEWEST := .venv-newest

.PHONY: quickstart test lint test-newest clean

quickstart: $(READY)
	$(BIN)/valign run recipes/quickstart.yaml

test: $(READY)
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest $(if $(MOST_SKIPPED),--most-skipped $(MOST_SKIPPED))

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy

$(READY): pyproject.toml constraints.txt
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -c constraints.txt torch
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[dev]'
	touch $(READY)

# The suite against the newest versions that pyproject.toml admits, in an environment of its own, after what differs
# from constraints.txt.
test-newest:
	test -d $(NEWEST) || $(PYTHON) -m venv $(NEWEST)
	$(NEWEST)/bin/python -m pip install -q --upgrade --upgrade-strategy eager -e '.[dev]'
	$(NEWEST)/bin/python -m pip freeze --exclude-editable | diff constraints.txt - | grep '^>' || true
	$(NEWEST)/bin/pytest

clean:
	rm -rf $(VENV) $(NEWEST) runs
