# Each target sets up what it needs, from a fresh clone on.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
INSTALLED := .venv/.installed
TESTS ?= tests
ARGS ?=

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) \
	    | while IFS='|' read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

.PHONY: demo
demo: $(INSTALLED) ## the whole service with demo data and a phone in the browser; Ctrl-C ends it
	@$(BIN)/smsgateway demo $(ARGS)

.PHONY: test
test: $(INSTALLED) chromium ## all tests; TESTS=tests/unit and ARGS="-k word" choose
	@$(BIN)/pytest -n 2 $(TESTS) $(ARGS)

.PHONY: check
check: $(INSTALLED) ## formatters, linter, types, import contracts, dialogues, texts, migrations
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache > .lint-imports.log 2>&1 \
	    || { cat .lint-imports.log; rm .lint-imports.log; exit 1; }; rm .lint-imports.log
	@$(BIN)/smsgateway flows check
	@$(BIN)/smsgateway texts check
	@.ci/regenerate-docs --check
	@.ci/check-migrations $(BIN)/smsgateway
	@echo "Everything is in order."

.PHONY: bench
bench: $(INSTALLED) ## benchmarks beside their floor or peer; ARGS=name selects one
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: torture
torture: $(INSTALLED) ## the fault campaign: kills, a bad gateway, jumps of time; ARGS=--help
	@PYTHONPATH=tests $(BIN)/python -m torture $(ARGS)

.PHONY: catalogues
catalogues: $(INSTALLED) ## bring locales/ up to date with the texts that the code marks
	@pot=$$(mktemp) && trap 'rm -f "$$pot"' EXIT \
	    && $(BIN)/pybabel -q extract -k N_ --add-location=file --sort-by-file --project=smsgateway \
	        --version=0.1 -o "$$pot" smsgateway flows \
	    && $(BIN)/pybabel -q update -i "$$pot" -d locales --no-fuzzy-matching --ignore-obsolete \
	        --ignore-pot-creation-date --width 100
	@$(BIN)/smsgateway texts annotate

.PHONY: docs
docs: $(INSTALLED) ## bring the screen book and the diagrams in docs/ up to date
	@.ci/regenerate-docs

.PHONY: lock
lock: $(INSTALLED) ## write requirements.lock anew from pyproject.toml, keeping what still fits
	@$(BIN)/pip-compile --quiet --strip-extras --allow-unsafe --generate-hashes --extra dev \
	    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	    --output-file requirements.lock pyproject.toml

.PHONY: clean
clean: ## remove what the targets made, except the data under var/
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: chromium
chromium:
	@.ci/install-chromium

$(INSTALLED): requirements.lock pyproject.toml
	@test -x $(BIN)/python || PYTHON="$(PYTHON)" .ci/make-venv
	@echo "Installing what requirements.lock names into .venv..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
