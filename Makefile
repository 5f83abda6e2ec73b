# The commands of this repository. `make run` and `make test` do all their own set-up in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check format bench lock clean
run: .venv/installed
	@$(BIN)/devin-metrics ask --sample "last 7d"

test: .venv/installed-dev
	$(BIN)/pytest -n auto --cov --cov-report=term:skip-covered

check: .venv/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/installed-dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: .venv-bench/installed
	.venv-bench/bin/python -m benchmarks

# Needs uv on the PATH. The locks hold names, versions and hashes; where to download from is the installer's affair.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links --extra postgres pyproject.toml
lock:
	$(LOCK) --group build --output-file requirements.lock
	$(LOCK) --group dev --output-file requirements-dev.lock

clean:
	rm -rf .venv .venv-bench

# An environment is made anew when its lock changes, so that nothing of an earlier one stays.
INSTALL = rm -rf $(1) && $(PYTHON) -m venv $(1) \
	&& $(1)/bin/pip install --quiet --require-hashes --requirement $(2) \
	&& $(1)/bin/pip install --quiet --no-deps --no-build-isolation --editable .

.venv/installed: requirements.lock pyproject.toml
	@test -e .venv/installed-dev || { echo "Installing into .venv (once)"; $(call INSTALL,.venv,requirements.lock); }
	@touch $@

.venv/installed-dev: requirements-dev.lock pyproject.toml
	@echo "Installing into .venv (once)"
	@$(call INSTALL,.venv,requirements-dev.lock)
	@touch $@

.venv-bench/installed: requirements.lock pyproject.toml
	@$(call INSTALL,.venv-bench,requirements.lock)
	@touch $@
