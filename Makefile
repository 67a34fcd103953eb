# make quickstart | test | lint | test-newest | browser | clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NEWEST := .venv-newest

.PHONY: quickstart test lint test-newest browser clean

quickstart: $(READY)
	$(BIN)/valign run recipes/quickstart.yaml

test: $(READY) browser
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest $(if $(MOST_SKIPPED),--most-skipped $(MOST_SKIPPED))

# Chromium for the tests of the report page, from Debian's packages where we may install them. Without it those tests
# are skipped, and say so.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	{ test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
	echo "no Chromium, and apt-get cannot install one here: the browser tests of the report page are skipped"

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
