# The commands of copydesk; `make` lists them. Needs make, Python 3.11 or newer, and a package index.

PYTHON ?= python3
RAW ?= seeds
DATA ?= data
CORPUS ?= ../shared/corpus
BENCH ?=
UV_VERSION := 0.13.9
BIN := .venv/bin
# They start first, one a worker: what is left over at the end should be short.
LONGEST_TESTS := tests/test_schedule.py tests/test_server.py tests/test_scale.py tests/test_flow.py
# Two more than there are cores: the tests of schedules and servers wait for most of their time.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 2)
ENVIRONMENT := .venv/.ready
READY := .venv/.built

# uv must use the Python asked for here, and this folder's environment whatever other one is active.
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv
unexport VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help run serve test quality bench stages languages facts train lint clean

help: ## List the commands
	@echo "make COMMAND, where COMMAND is one of:"
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-9s %s\n", $$1, $$2 }'
	@echo "PYTHON=python3.12 chooses another Python for .venv/ (needs 3.11 or newer)."

run: $(READY) ## Build the dataset in data/clean/ from seeds/, or from another folder: make run RAW=folder
	@$(BIN)/copydesk run --raw "$(RAW)" --data "$(DATA)"

serve: $(READY) ## Start a Prefect server if none answers and build from data/raw/ every hour, until Ctrl-C
	@$(BIN)/copydesk serve --data "$(DATA)" --raw "$(if $(filter file,$(origin RAW)),$(DATA)/raw,$(RAW))"

test: $(READY) ## Run all tests
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(LONGEST_TESTS) $(filter-out $(LONGEST_TESTS),$(wildcard tests/test_*.py))

quality: $(READY) ## Measure quality on a corpus, beside peers: make quality CORPUS=folder
	@$(BIN)/uv sync --quiet --frozen --group peers
	@$(BIN)/python -m benchmarks.quality --corpus "$(CORPUS)" --peers --check

bench: $(READY) ## Measure the whole flow's speed beside other programs: make bench CORPUS=folder BENCH="--sizes 1000,100000"
	@$(BIN)/uv sync --quiet --frozen --group bench
	@$(BIN)/python -m benchmarks.throughput --corpus "$(CORPUS)" $(BENCH)

stages: $(READY) ## Measure the cleaning's speed on one core, step by step: make stages CORPUS=folder
	@$(BIN)/python -m benchmarks.speed --corpus "$(CORPUS)"

languages: $(READY) ## Measure how often languages are found, and for how much work: make languages CORPUS=folder
	@$(BIN)/python -m benchmarks.language --corpus "$(CORPUS)"

facts: $(READY) ## Measure how well titles, authors, dates and addresses are read: make facts CORPUS=folder
	@$(BIN)/python -m benchmarks.metadata --corpus "$(CORPUS)"

train: $(READY) ## Train the model anew, and the ones that quality is measured with: make train CORPUS=folder
	@$(BIN)/uv sync --quiet --frozen --group train
	@$(BIN)/python -m training --corpus "$(CORPUS)" --out copydesk/noise/model.npz --folds benchmarks/folds

lint: $(READY) ## Check style, types and the direction of imports
	@echo "ruff"; $(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@echo "mypy"; $(BIN)/mypy
	@echo "import-linter"; $(BIN)/lint-imports

clean: ## Remove .venv/ and caches; the data folder stays
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# uv trusts its own list of certificates first, then the system's: a company's proxy needs the second, a bare container may
# have only the first.
sync = $(BIN)/uv sync --quiet --frozen $(1) 2>/dev/null || $(BIN)/uv sync --quiet --frozen --system-certs $(1)

# Made again whenever the lock file changes.
$(ENVIRONMENT): uv.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "No $(PYTHON) here. Install Python 3.11 or newer, or name one: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is $$($(PYTHON) -V 2>&1). copydesk needs Python 3.11 or newer: make PYTHON=python3.12" >&2; exit 2; }
	@echo "Creating .venv/ ..."
	@$(PYTHON) -m venv --clear .venv || { echo "$(PYTHON) cannot create environments. On Debian or Ubuntu: apt install python3-venv" >&2; exit 2; }
	@echo "Installing uv $(UV_VERSION) into it ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "Installing the packages of uv.lock (about a minute) ..."
	@$(call sync,--no-install-project)
	@touch $@

# Made again whenever the part in C changes; the other packages stay as they are.
$(READY): $(ENVIRONMENT) hatch_build.py $(wildcard copydesk/kernels/*.[ch])
	@echo "Compiling copydesk/kernels ..."
	@$(call sync,--inexact --reinstall-package copydesk)
	@touch $@
