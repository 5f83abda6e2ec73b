# The commands of this repository. `make run` and `make test` do all their own set-up in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check format bench torture browser pictures lock clean

# Where Slack's credentials are set, in the environment or in .env, the bot runs; else the playground does.
run: .venv/installed
	@if [ -n "$$SLACK_BOT_TOKEN" ] || grep -qs '^SLACK_BOT_TOKEN=.' .env; then $(BIN)/devin-metrics run; \
	else $(BIN)/devin-metrics demo; fi

test: .venv/installed-dev
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term:skip-covered
	@command -v chromium >/dev/null || \
		echo "The playground's page was not tested: install Chromium (Debian: chromium), then make browser"

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

torture: .venv/installed-dev
	$(BIN)/python -m torture

# The playground in a real Chromium, which has to be installed; half a minute.
browser: .venv/installed-dev
	$(BIN)/pytest tests/browser

# Takes the pictures in docs/pictures of the playground, in the same Chromium.
pictures: .venv/installed-dev
	$(BIN)/python -m tests.browser.pictures

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

# What the tests need holds all that the bot needs, so one of the two is enough where it is up to date.
.venv/installed: requirements.lock
	@test .venv/installed-dev -nt requirements.lock || { echo "Installing into .venv (once)"; $(call INSTALL,.venv,$<); }
	@touch $@

.venv/installed-dev: requirements-dev.lock
	@echo "Installing into .venv (once)"
	@$(call INSTALL,.venv,$<)
	@touch $@

.venv-bench/installed: requirements.lock
	@$(call INSTALL,.venv-bench,$<)
	@touch $@
