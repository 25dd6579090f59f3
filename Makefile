# What one does with Wishtree; `make` lists it. Paths are relative, so the checkout may lie anywhere.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
COMPILE := .venv/bin/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes \
	--no-emit-index-url --no-annotate --no-header --upgrade

.PHONY: help
help:  ## list what can be made
	@echo "make WHAT, where WHAT is"
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)$$/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

# ------------------------------------------------------------ to run

.PHONY: setup
setup: venv  ## make .venv and look for what the tests need; quick when nothing changed
	@deploy/setup/homeserver.sh
	@deploy/setup/system-packages.sh --install

.PHONY: venv
venv:  ## make or refresh .venv alone (enough to run)
	@deploy/setup/venv.sh

.PHONY: run
run: venv  ## run the whole programme with made-up people; PORT=8000 WISHTREE_HOME=~/.wishtree
	@exec .venv/bin/wishtree up --demo

# ------------------------------------------------------------ to be sure

.PHONY: test
test: setup  ## run all tests (needs RabbitMQ and Chromium)
	@deploy/setup/system-packages.sh
	@$(PYTHON) -m tests

.PHONY: check
check: venv  ## run what is quick: format, lint, types, imports, tests without a broker
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(PYTHON) -m pytest tests/unit tests/contract tests/structure

.PHONY: bench
bench: venv  ## measure against a peer, on this machine
	@deploy/setup/system-packages.sh --install --bench
	@deploy/setup/system-packages.sh --bench
	@$(PYTHON) -m tests.bench

.PHONY: rehearse
rehearse: venv  ## play every scenario at full size, and hold it against its document
	@for scenario in chuanhui tangshan loudi guangzhou qitaihe; do \
		echo "$$scenario"; .venv/bin/wishtree rehearse --scenario "$$scenario" || exit 1; \
	done

# ------------------------------------------------------------ to change

.PHONY: format
format: venv  ## put the code into the house style
	@.venv/bin/ruff check --fix --quiet . || true
	@.venv/bin/ruff format .

.PHONY: requirements
requirements: venv  ## pin the newest versions that requirements/*.in allow
	@$(COMPILE) requirements/installer.in --output-file requirements/installer.txt
	@$(COMPILE) requirements/runtime.in --output-file requirements/runtime.txt
	@$(COMPILE) requirements/dev.in --output-file requirements/dev.txt
	@$(COMPILE) requirements/homeserver.in --output-file requirements/homeserver.txt
	@$(MAKE) venv

.PHONY: image
image:  ## build the container image wishtree:dev
	docker build --file deploy/Containerfile --tag wishtree:dev .

.PHONY: clean
clean:  ## remove what tools left behind; .venv and var stay
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
	@find services tests deploy -name __pycache__ -type d -prune -exec rm -rf {} +
