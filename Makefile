# Two commands matter: `make demo` (the daily inspection of four databases) and `make test` (everything that must hold).
# Both make their own .venv from pinned requirements and need only python3 (3.11+), make and a package index.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONPATH :=
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg

.PHONY: help demo test lint sanity unit integration molecule test-full bench mutants lock generated build clean setup

help: ## what can be done here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

demo: ## daily inspection of the four databases of the embedded estate (KEEP=1 leaves the estate up)
	@.ci/setup demo
	.ci/demo

setup: ## .venv with everything that demo and test need
	@.ci/setup test

test: setup ## lint, sanity, unit, integration, molecule
	@.ci/test lint sanity unit integration molecule

lint: setup ## ruff, mypy, yamllint, ansible-lint, sizes and twins, who may import whom
	@.ci/test lint

sanity: setup ## ansible-test sanity
	@.ci/test sanity

unit: setup ## unit tests
	@.ci/test unit

integration: setup ## tests against the running estate
	@.ci/test integration

molecule: setup ## every role, really run
	@.ci/test molecule

test-full: setup ## make test, and the long tests
	@.ci/test lint sanity unit integration full molecule

bench: setup ## speed, against the limits the project promises
	@.ci/test bench

mutants: setup ## would the tests notice? a sample of broken lines (about 15 minutes; ARGS="--only judge")
	@.ci/mutants $(ARGS)

generated: setup ## what is written by tools: docs/checks.md, docs/files.md, the estate's grants, the sanity ignore file
	@export PYTHONPATH=.collections:.
	python -m tests.tools.checks_doc && python -m tests.tools.inspector_grants
	python tests/tools/files_doc.py && python tests/tools/sanity_ignores.py

build: setup ## the collection as build/medops-dbcare-<version>.tar.gz
	@mkdir -p build && ansible-galaxy collection build --force --output-path build .

lock: ## pin requirements/*.in anew
	@.ci/lock

clean: ## remove what was made here, reports included (asks nothing; not .venv)
	@if [ -x .venv/bin/python ]; then .venv/bin/python -m estate down >/dev/null 2>&1 || true; fi
	rm -rf build var reports .cache .estate .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
