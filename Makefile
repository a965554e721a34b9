# Every target does its own set-up: a virtual environment in .venv with the package and what it needs. The demo needs
# little; what the tests need comes on top. Each set has a stamp, which is older than pyproject.toml when that has changed.
PYTHON ?= python3
BIN := .venv/bin
DEMO := .venv/demo-installed
DEV := .venv/dev-installed
# Nothing is compiled in advance: most modules of the packages are never imported.
PIP_INSTALL := pip install --quiet --disable-pip-version-check --no-compile
# PyTorch is large, so its tests have an environment of their own, which may be shared between checkouts.
RAY_PROXY_TORCH_VENV ?= .venv-torch
TORCH ?= torch==2.13.0
# JupyterLab is no small thing either.
RAY_PROXY_LAB_VENV ?= .venv-lab

.NOTPARALLEL: # one environment, and one machine whose time is measured
.PHONY: demo test test-types test-faults test-torch test-notebook lint bench growth soak fuzz programs clean

demo: $(DEMO)
	$(BIN)/python examples/quickstart.py

# Several processes share the tests, a file at a time, each with a Ray of its own: one more than the two cores that are
# expected, because many tests wait. The files that take longest come first (tests/conftest.py).
test: JOBS ?= 3
test: $(DEV)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

test-types: $(DEV)
	$(BIN)/python -m pytest -m types

test-faults: $(DEV)
	$(BIN)/python -m pytest -m faults

test-torch: python-version
	test -x $(RAY_PROXY_TORCH_VENV)/bin/python || $(PYTHON) -m venv $(RAY_PROXY_TORCH_VENV)
	$(RAY_PROXY_TORCH_VENV)/bin/$(PIP_INSTALL) '$(TORCH)' --editable '.[dev,checkers]'
	$(RAY_PROXY_TORCH_VENV)/bin/python -m pytest -m torch

# Ten minutes of output at full speed, and JupyterLab in a headless Chromium, where one is installed (`apt-get install
# chromium-driver`). For another screenshot of it in the README: make test-notebook SCREENSHOT=docs/notebook.png
test-notebook: SECONDS ?= 600
test-notebook: python-version
	test -x $(RAY_PROXY_LAB_VENV)/bin/python || $(PYTHON) -m venv $(RAY_PROXY_LAB_VENV)
	$(RAY_PROXY_LAB_VENV)/bin/$(PIP_INSTALL) --editable '.[dev,lab]'
	SECONDS=$(SECONDS) SCREENSHOT=$(SCREENSHOT) $(RAY_PROXY_LAB_VENV)/bin/python -m pytest -s -m notebook

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# All of it with the peers, or a minute without them: make bench QUICK=1. To renew the page with the figures:
# make bench ARGS='--page docs/performance.md'
bench: $(DEV)
	@test -n "$(QUICK)" || $(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]' \
		|| echo "the peers cannot be installed; those that are missing are left out"
	$(BIN)/python benchmarks/bench.py $(if $(QUICK),--quick) $(ARGS)

growth: $(DEV)
	$(BIN)/python benchmarks/growth.py $(ARGS)

soak: SECONDS ?= 600
soak: $(DEV)
	$(BIN)/python benchmarks/soak.py $(SECONDS)

programs: PROGRAMS ?= 10000
programs: STORMS ?= 500
programs: EDITS ?= 2000
programs: $(DEV)
	PROGRAMS=$(PROGRAMS) STORMS=$(STORMS) EDITS=$(EDITS) $(BIN)/python -m pytest -s --timeout 7200 \
		tests/whole/test_programs.py tests/whole/test_program_cells.py tests/whole/test_random_edits.py \
		tests/logs/test_log_storms.py

fuzz: FRAMES ?= 1000000
fuzz: SEED ?= 0
fuzz: $(DEV)
	$(BIN)/python benchmarks/fuzz.py $(FRAMES) --seed $(SEED)

$(DEMO): pyproject.toml | $(BIN)/pip
	$(BIN)/$(PIP_INSTALL) --editable '.[examples]'
	@touch $@

$(DEV): pyproject.toml | $(BIN)/pip
	$(BIN)/$(PIP_INSTALL) --editable '.[dev,checkers]'
	@touch $(DEMO) $@ # it has all that the demo needs

$(BIN)/pip: | python-version
	$(PYTHON) -m venv .venv

.PHONY: python-version
python-version:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "Python 3.10 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }

clean:
	rm -rf .venv
