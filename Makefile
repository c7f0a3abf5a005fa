# Everything the project does, on a machine that has Python 3.11 or newer, git and make.
# All paths are relative: the folder may lie anywhere, also where the path holds blanks.

PYTHON ?= python3
# Test processes side by side, and anything else to hand to pytest: PYTEST_ARGS="-k ratio"
WORKERS ?= 2
PYTEST_ARGS ?=
# The seed of simulated programmes.
SEED ?= 1

VENV := .venv
PY := $(VENV)/bin/python
DIFASS := $(PY) -m difass_analysis
ENV := $(VENV)/.installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help env report data world lab test check format browser notebooks docs pictures bench study simulate lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

env: $(ENV) ## make the environment in .venv (every other command does it by itself)

report: $(ENV) ## report on the example data; the last line is the path of the page
	@$(DIFASS) report --out out/report

data: $(ENV) ## read data/raw and write the canonical tables to data/processed
	@$(DIFASS) data data/raw --out data/processed

world: $(ENV) ## write a simulated programme whose true effects are known to out/simulated
	@$(DIFASS) simulate --seed $(SEED) --out out/simulated

# A notebook is kept as a .py file; JupyterLab gets the .ipynb made from it. A pair that
# exists already is brought level, the newer side winning.
lab: $(ENV) ## open the notebooks in JupyterLab
	@for source in notebooks/*.py; do \
		[ -e "$$source" ] || continue; \
		if [ -e "$${source%.py}.ipynb" ]; then $(PY) -m jupytext --quiet --sync "$$source"; \
		else $(PY) -m jupytext --quiet --to ipynb "$$source"; fi || exit 1; \
	done
	@$(PY) -m jupyterlab notebooks

# Tests in a browser and whole notebooks have their own commands, because they are slow and
# the first need a browser. A bare `pytest` runs everything and shows what it skips and why.
test: $(ENV) ## run the tests, without those of the two commands below
	@$(PY) -m pytest -q -n $(WORKERS) -m "not browser and not notebooks" $(PYTEST_ARGS)

# pytest ends with 5 where no test has the mark: that is no failure.
browser: $(ENV) ## run the tests that look at the report in Chromium
	@$(PY) -m pytest -q -m browser $(PYTEST_ARGS) || [ $$? -eq 5 ]

notebooks: $(ENV) ## execute every notebook
	@$(PY) -m pytest -q -n $(WORKERS) -m notebooks $(PYTEST_ARGS) || [ $$? -eq 5 ]

check: $(ENV) ## style, types and layers
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports --no-logo

format: $(ENV) ## put the code into the house style
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

docs: $(ENV) ## build the site of the documentation in out/docs
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --quiet --clean
	@echo out/docs/index.html

pictures: $(ENV) ## make the pictures of the documents anew from the example (needs a browser)
	@$(PY) docs/site/pictures.py

bench: $(ENV) ## measure time and memory
	@$(PY) -m benchmarks.run

# The results belong to docs/validity.md; about ten minutes. STUDY_ARGS=--quick only prints.
study: $(ENV) ## coverage of intervals on simulated data
	@$(PY) -m benchmarks.coverage $(STUDY_ARGS)

# Many simulated programmes, funds, mechanisms and killed exports, where the tests take a few; half an hour.
simulate: $(ENV) ## the long simulations: disclosure control, funds, sets, killed exports
	@$(PY) -m benchmarks.disclosure_study
	@$(PY) -m benchmarks.fund_study
	@$(PY) -m benchmarks.mechanism_study
	@$(PY) -m benchmarks.kill_study

# Pins that still fit are kept; make lock UPGRADE=--upgrade takes the newest of everything.
# One version for all Pythons where there is one, so that figures do not depend on the Python.
lock: ## compile requirements.lock from pyproject.toml anew
	@"$(PYTHON)" -m venv .venv-lock
	@.venv-lock/bin/python -m pip install -qq uv
	@.venv-lock/bin/python -m uv pip compile pyproject.toml --extra notebooks --extra dev --extra docs \
		--universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
		--no-header --no-annotate --quiet $(UPGRADE) --output-file requirements.lock
	@rm -rf .venv-lock

clean: ## remove the environment, caches and everything made from the data
	@rm -rf $(VENV) .venv-lock out build dist *.egg-info
	@rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find data/processed -mindepth 1 ! -name .gitkeep -delete
	@find difass_analysis tests benchmarks notebooks -depth -type d \
		\( -name __pycache__ -o -name .ipynb_checkpoints \) -exec rm -rf {} + 2>/dev/null || true

# The environment is made from the hashed list alone, and made anew when the list changes.
$(VENV)/.locked: requirements.lock
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "There is no $(PYTHON) on this machine. Install Python 3.11 or newer, or name yours: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is $$("$(PYTHON)" --version 2>&1). Name a newer one: make PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) cannot make an environment: its module venv or ensurepip is missing. On Debian or Ubuntu install the package python3-venv." >&2; exit 1; }
	@echo "Making the environment in $(VENV): a minute or two, once." >&2
	@rm -rf $(VENV)
	@"$(PYTHON)" -m venv $(VENV)
	@$(PY) -m pip install -qq --require-hashes -r requirements.lock
	@touch $@

$(ENV): $(VENV)/.locked pyproject.toml
	@$(PY) -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@
