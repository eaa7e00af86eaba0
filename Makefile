# One front door. Everything works from a fresh clone with python3 (>= 3.11), make and a network.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install demo test check bench fmt

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## make .venv with everything pinned by hash, and the command .venv/bin/jieli

$(STAMP): deploy/requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: install ## the whole story on an embedded stack, then stop
	$(BIN)/jieli demo

test: check ## check, then every test
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

check: install ## lint, format, types, layers, published schemas and routes, the saga's diagram
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m schemas.export --check
	$(BIN)/python -m services.app.openapi --check
	$(BIN)/python -m services.handover.diagram --check

bench: install ## measure; QUICK=1 for a short run
	$(BIN)/jieli bench $(if $(QUICK),--quick)

fmt: install ## format and fix what can be fixed
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
