# Every target does its own set-up: a virtual environment in .venv with the package and what it needs.
PYTHON ?= python3
BIN := .venv/bin
# PyTorch is large, so its tests have an environment of their own, which may be shared between checkouts.
RAY_PROXY_TORCH_VENV ?= .venv-torch
TORCH ?= torch==2.13.0

.PHONY: demo test test-faults test-torch lint bench soak fuzz programs clean

demo: .venv/installed
	$(BIN)/python examples/quickstart.py

test: .venv/installed
	$(BIN)/python -m pytest

test-faults: .venv/installed
	$(BIN)/python -m pytest -m faults

test-torch: python-version
	test -x $(RAY_PROXY_TORCH_VENV)/bin/python || $(PYTHON) -m venv $(RAY_PROXY_TORCH_VENV)
	$(RAY_PROXY_TORCH_VENV)/bin/pip install --quiet --disable-pip-version-check '$(TORCH)' --editable '.[dev,checkers]'
	$(RAY_PROXY_TORCH_VENV)/bin/python -m pytest -m torch

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# All of it with the peers, or a minute without them: make bench QUICK=1. To renew the page with the figures:
# make bench ARGS='--page docs/performance.md'
bench: .venv/installed
	@test -n "$(QUICK)" || $(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]' \
		|| echo "the peers cannot be installed; those that are missing are left out"
	$(BIN)/python benchmarks/bench.py $(if $(QUICK),--quick) $(ARGS)

soak: SECONDS ?= 600
soak: .venv/installed
	$(BIN)/python benchmarks/soak.py $(SECONDS)

programs: PROGRAMS ?= 10000
programs: STORMS ?= 500
programs: .venv/installed
	PROGRAMS=$(PROGRAMS) STORMS=$(STORMS) $(BIN)/python -m pytest -s --timeout 7200 \
		tests/whole/test_programs.py tests/whole/test_program_cells.py tests/logs/test_log_storms.py

fuzz: FRAMES ?= 1000000
fuzz: SEED ?= 0
fuzz: .venv/installed
	$(BIN)/python benchmarks/fuzz.py $(FRAMES) --seed $(SEED)

.venv/installed: pyproject.toml | python-version
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,checkers]'
	@touch $@

.PHONY: python-version
python-version:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "Python 3.10 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }

clean:
	rm -rf .venv
