# `make help` lists what there is. What a target needs, it sets up first and says so.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first Python that is new enough.
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest

# What Python compiles is kept, and kept in build/.
export PYTHONPYCACHEPREFIX := $(CURDIR)/build/pycache
unexport PYTHONDONTWRITEBYTECODE
export UV_CACHE_DIR := $(CURDIR)/build/uv
export UV_PYTHON_DOWNLOADS := never

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: python ## install what running needs, into .venv, build/ and the system
	@$(PYTHON) tools/setup.py run

setup-test: python
	@$(PYTHON) tools/setup.py test

run: root setup ## set up and watch this machine; ARGS="--json" passes options
	@exec $(BIN)/shikra run $(ARGS)

test: setup-test ## set up and run every test that this machine can
	$(PYTEST) --numprocesses auto --dist loadgroup $(ARGS)

test-fast: setup ## tests that need neither root nor containers
	$(PYTEST) --numprocesses auto -m "not kernel and not containers and not cluster and not emulator" $(ARGS)

check: setup ## format, lint, types, layers, docstrings, layout, drift of what is generated
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/mypy tools/*.py
	$(BIN)/lint-imports --no-logo --cache-dir build/import-linter
	$(BIN)/interrogate tests
	$(BIN)/python tools/check_layout.py
	$(BIN)/python tools/check_links.py
	$(BIN)/python tools/generate_reference.py --check
	$(BIN)/python tools/lock.py --check

bench: root setup ## measure what watching costs on this machine
	@for script in bench/{start,probe_cost,rules_cost,evaluate,audit,latency,flood,enforce_cost}.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

bpf: setup ## build the probe, where its sources have changed
	$(BIN)/python tools/build_probe.py

docs: setup ## write the reference pages that are made from the code
	$(BIN)/python tools/generate_reference.py

lock: setup ## pin the Python packages again after a change of pyproject.toml
	$(BIN)/python tools/lock.py

clean: ## remove .venv, build/ and caches
	rm -rf .venv build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@test -n "$(PYTHON)" || { echo "Shikra needs Python 3.11 or newer, and $$(python3 -V 2>&1 || echo none) is here." \
		"On Debian 12 and Ubuntu 24.04: apt-get install python3 python3-venv" >&2; exit 1; }

root:
	@test "$$(id -u)" = 0 || { echo "Loading a probe into the kernel needs root: sudo make $(MAKECMDGOALS)" >&2; exit 1; }

.PHONY: help setup setup-test run test test-fast check bench bpf docs lock clean python root
