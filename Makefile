# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-online bench verify-advisories lint clean

demo: $(STAMP)
	$(BIN)/numlock fix --case examples/hifi-gan.txt

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q

test-online: $(STAMP)
	$(BIN)/pytest -q -m online

bench: $(STAMP)
	$(BIN)/python -m bench

# IDS="0042 torch": only these; RECORD=1: write what was shown into the advisories.
verify-advisories: $(STAMP)
	$(BIN)/python -m bench.advisories $(if $(RECORD),--record) $(IDS)

clean:
	rm -rf $(VENV)

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(STAMP)
