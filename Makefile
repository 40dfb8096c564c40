# `make demo` and `make test` need Debian (or anything with apt), Python 3.11 or later, and make. All else they set up.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
STAMPS := $(VENV)/.stamps
BUILT := service/adapters/gazetteer.sqlite

# Names hold what they stand for, so that a changed pin installs again and an unchanged one never does.
digest = $(firstword $(shell cat $(1) 2>/dev/null | sha256sum))
RUNTIME := $(STAMPS)/runtime-$(call digest,.ci/requirements.txt)
DEV := $(STAMPS)/dev-$(call digest,.ci/requirements-dev.txt)
BENCH := $(STAMPS)/bench-$(call digest,.ci/requirements-bench.txt)
PACKAGE := $(STAMPS)/package-$(call digest,pyproject.toml .ci/build_gazetteer.py config/places.yaml)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(RUNTIME) $(PACKAGE) $(BUILT) ## the whole service on three days of fictional news; needs no network, Ctrl-C ends it
	@exec $(BIN)/tocsin demo

.PHONY: run
run: $(RUNTIME) $(PACKAGE) $(BUILT) ## the service itself: pages, clock and workers in one process
	@exec $(BIN)/tocsin run

.PHONY: test
test: $(DEV) $(PACKAGE) $(BUILT) ## every test; installs PostgreSQL, Postfix and Chromium where it may
	@.ci/apt
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -m 'not bench' --ignore=tests/bench

.PHONY: check
check: $(DEV) $(PACKAGE) $(BUILT) ## format, lint, types and the plan of the house
	@$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy --no-error-summary & types=$$!
	$(BIN)/lint-imports >$(STAMPS)/imports.txt 2>&1 || { cat $(STAMPS)/imports.txt; wait $$types || true; exit 1; }
	wait $$types
	echo 'check: fine'

.PHONY: bench
bench: $(DEV) $(PACKAGE) $(BUILT) $(BENCH) ## measurements
	@$(BIN)/python -m pytest -m bench -n 0 -s

.PHONY: lock
lock: $(DEV) ## pin all dependencies again, with hashes
	@common=(--universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 --quiet)
	[ -x $(BIN)/uv ] || $(PIP) install uv
	$(BIN)/uv pip compile pyproject.toml --group build "$${common[@]}" -o .ci/requirements.txt
	$(BIN)/uv pip compile pyproject.toml --group dev "$${common[@]}" -c .ci/requirements.txt -o .ci/requirements-dev.txt
	$(BIN)/uv pip compile --group bench "$${common[@]}" -c .ci/requirements-dev.txt -o .ci/requirements-bench.txt

.PHONY: clean
clean: ## remove what the targets above made; data/ stays
	@rm -rf $(VENV) .demo dist $(BUILT) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
	  echo 'Tocsin needs Python 3.11 or later: make PYTHON=/path/to/python3.11 …' >&2; exit 1; }
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/apt python3-venv
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || {
	  echo 'This Python cannot make virtual environments: sudo apt-get install python3-venv' >&2; exit 1; }
	rm -rf $(VENV)
	echo 'Setting up .venv: a minute or two, once.'
	$(PYTHON) -m venv $(VENV)

# An environment with the development packages serves as the runtime one too: both files pin the same versions.
$(RUNTIME): | $(BIN)/python
	@if [ ! -e $(DEV) ]; then $(PIP) install --require-hashes -r .ci/requirements.txt; fi
	mkdir -p $(STAMPS)
	rm -f $(STAMPS)/runtime-*
	touch $@

$(DEV): | $(BIN)/python
	@echo 'Installing the pinned development packages.'
	$(PIP) install --require-hashes -r .ci/requirements-dev.txt
	mkdir -p $(STAMPS)
	rm -f $(STAMPS)/dev-*
	touch $@

# What we compare ourselves with stays out of the environment, so that this is as pinned. Without it, its benches skip.
$(BENCH): | $(DEV)
	@echo 'Installing the packages that we are compared with.'
	rm -rf $(VENV)/bench-site $(STAMPS)/bench-*
	$(PIP) install --require-hashes --no-deps --target $(VENV)/bench-site -r .ci/requirements-bench.txt || {
	  echo 'They cannot be installed here: the benches that need them will say so.' >&2; exit 0; }
	touch $@

# hatchling and what the build hook needs are pinned too, so building takes nothing from outside.
$(PACKAGE): | $(BIN)/python
	@[ -e $(DEV) ] || $(MAKE) --no-print-directory --silent $(RUNTIME)
	$(PIP) install --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q service  # so that starts are quick where Python may keep nothing (PYTHONDONTWRITEBYTECODE)
	mkdir -p $(STAMPS)
	rm -f $(STAMPS)/package-*
	touch $@

$(BUILT): | $(PACKAGE)
	@[ -e $@ ] || $(PIP) install --no-deps --no-build-isolation --force-reinstall --editable .
