# The commands of this repository. `make run` and `make test` do all their own set-up.
PYTHON ?= python3

# An environment is named by what it is made from: Python's version and the lock. A new lock makes a new one beside the
# one in use, so that neither an installation that fails nor `make test` pulls modules away from under a running bot.
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
made_from = $(VERSION)-$(firstword $(shell cksum < $(1)))
RUN := .venvs/run-$(call made_from,requirements.lock)
DEV := .venvs/dev-$(call made_from,requirements-dev.lock)

.PHONY: run test try check format messages bench torture crowd mutants browser pictures dist lock clean venv venv-dev

# Where Slack's credentials are set, in the environment or in .env, the bot runs; else the playground does.
run: venv
	@if [ -n "$$SLACK_BOT_TOKEN" ] || cat .env 2>/dev/null | tr '\r' '\n' | grep -Eq '^[^#A-Za-z_]*(export +)?SLACK_BOT_TOKEN *= *.'; then $(RUN)/bin/devin-metrics run; \
	else $(RUN)/bin/devin-metrics demo; fi

# The gate adds COVER=1: branch coverage has to reach 95 %. Measuring it takes twice as long.
test: venv-dev
	$(DEV)/bin/pytest -n auto --dist worksteal $(if $(COVER),--cov --cov-report=term:skip-covered)
	@command -v chromium >/dev/null || \
		echo "The playground's page was not tested: install Chromium (Debian: chromium), then make browser"

# What another version of Python can break: `make try PYTHON=python3.13`. The tests of single parts, which need neither a
# server nor another process, and those of the database, whose connections Python 3.13 watches; `make test` runs all.
PARTS = $(shell grep -LE "in_slack|at_work|standin|databases|subprocess|open_store|aiohttp|world" tests/test_*.py)
try: venv-dev
	$(DEV)/bin/devin-metrics --version
	$(DEV)/bin/devin-metrics doctor || test $$? -eq 1
	$(DEV)/bin/devin-metrics ask --sample "last week org=payments"
	$(DEV)/bin/pytest -n auto --dist worksteal -q $(PARTS) tests/test_store.py

check: venv-dev
	$(DEV)/bin/ruff format --check .
	$(DEV)/bin/ruff check .
	$(DEV)/bin/mypy
	$(DEV)/bin/lint-imports
	$(DEV)/bin/deptry . --extend-exclude 'tests|torture|benchmarks'
	$(DEV)/bin/deptry . --ignore DEP002,DEP004

format: venv-dev
	$(DEV)/bin/ruff check --fix-only .
	$(DEV)/bin/ruff format .

# Brings the catalogs of the other languages in templates/locales up to date with the templates.
messages: venv-dev
	$(DEV)/bin/python -m tests.catalogs

# The environment that the bot runs in: what only tests import would slow it down.
bench: venv
	$(RUN)/bin/python -m benchmarks

torture: venv-dev
	$(DEV)/bin/python -m torture

# A crowd of connections before a bot over HTTP that may open few files; half a minute.
crowd: venv-dev
	$(DEV)/bin/python -m torture.crowd

# Takes one rule after the other out of a copy, and says which test notices.
mutants: venv-dev
	$(DEV)/bin/python -m torture.mutants

# The playground in a real Chromium, which has to be installed; half a minute.
browser: venv-dev
	$(DEV)/bin/pytest tests/browser

# Takes the pictures in docs/pictures of the playground, in the same Chromium.
pictures: venv-dev
	$(DEV)/bin/python -m tests.browser.pictures

# A wheel and a source distribution, in dist/.
dist: venv-dev
	$(DEV)/bin/python -m hatchling build

# Needs uv on the PATH. The locks hold names, versions and hashes; where to download from is the installer's affair.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links --extra postgres pyproject.toml
lock:
	$(LOCK) --group build --output-file requirements.lock
	$(LOCK) --group dev --output-file requirements-dev.lock

clean:
	rm -rf .venvs
	@for link in .venv .venv-dev; do [ ! -L $$link ] || rm $$link; done

# .venv and .venv-dev name the environments for a shell or an editor. A folder of that name is not touched.
link = @if [ -e $(1) ] && [ ! -L $(1) ]; then echo "$(1) is a folder and left alone; the environment is $(2)"; \
	else ln -sfn $(2) $(1); fi

venv: $(RUN)/installed
	$(call link,.venv,$(RUN))

venv-dev: $(DEV)/installed
	$(call link,.venv-dev,$(DEV))

# A lock is complete: pip resolves nothing, and `pip check` says whether something is missing. Otherwise pip 23.2, which
# comes with Python 3.11 and 3.12, takes the newest release for `package[extra]` and refuses it, as it is not locked.
define INSTALL
@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12, for example" if sys.version_info < (3, 11) else 0)'
@mkdir -p .venvs
@mkdir $(@D).lock 2>/dev/null || { echo "Another make installs into $(@D). If none does: rmdir $(@D).lock"; exit 1; }
@trap 'rmdir $(@D).lock' EXIT; echo "Installing into $(@D) (once, about a minute)" \
	&& rm -rf $(@D) && $(PYTHON) -m venv $(@D) \
	&& $(@D)/bin/pip install --quiet --no-deps --require-hashes --requirement $(1) \
	&& $(@D)/bin/pip install --quiet --no-deps --no-build-isolation --editable . \
	&& $(@D)/bin/pip check && touch $@
endef

$(RUN)/installed:
	$(call INSTALL,requirements.lock)

$(DEV)/installed:
	$(call INSTALL,requirements-dev.lock)
