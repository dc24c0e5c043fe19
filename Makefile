# The two commands of the README: `make run` and `make test`. Everything goes into .venv, nothing outside.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
JOBS ?=
REQUIRE_PEERS ?= 0
export REQUIRE_PEERS

.PHONY: run test lint typecheck selftest bench bench-dtls peers clean wheel
.DEFAULT_GOAL := run

run: $(VENV)/.installed
	@$(BIN)/lwm2m-conformance run $(if $(JOBS),--jobs $(JOBS)) $(ARGS)

test: $(VENV)/.developer
	@PYTHON="$(BIN)/python" $(BIN)/python tests/everything.py

lint: $(VENV)/.developer
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports --no-cache

typecheck: $(VENV)/.developer
	@$(BIN)/mypy

selftest: $(VENV)/.installed
	@$(BIN)/lwm2m-conformance selftest --full

bench: $(VENV)/.installed
	@$(BIN)/python bench/exchange.py
	@$(BIN)/python bench/device_run.py $(ARGS)

bench-dtls: $(VENV)/.developer
	@$(BIN)/python bench/dtls_engine.py

wheel: $(VENV)/.developer
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null && ls dist/*.whl

clean:
	@rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

# `python3 -m venv` exists but cannot work where Debian's python3-venv is absent: ensurepip tells.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "python3-venv is missing: apt-get install python3-venv" >&2; exit 1; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing the suite into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.developer: $(VENV)/.installed
	@echo "installing the developer tools into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

-include fixtures/peers.mk
