"""What holds for every test."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from bot.slack import progress_notice
from tests.at_work import file_store, hand, slack, world
from tests.complaints import complaints
from tests.databases import database_url, empty_store, postgresql, store
from tests.slack_bots import bare_slack, clock

__all__ = [
    "bare_slack",
    "clock",
    "complaints",
    "database_url",
    "empty_store",
    "file_store",
    "hand",
    "postgresql",
    "slack",
    "store",
    "world",
]

# The gate tries the same examples each time; a machine that is slow at first is no fault of the code.
settings.register_profile("gate", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gate")

# Tracebacks as the product logs them: with each variable of each frame, as Rich prints them, one takes seconds.
PLAIN = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
STRUCTLOG = structlog.get_config() | {"processors": [*structlog.get_config()["processors"][:-1], PLAIN]}
structlog.configure(**STRUCTLOG)


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """Undoes what a command did to the process's logs."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**STRUCTLOG)


@pytest.fixture(autouse=True)
def patient_askers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody hears how far an answer is, however slow the machine; the tests of that are told otherwise."""
    monkeypatch.setattr(progress_notice, "NOTICE_AFTER", 600.0)


@pytest.fixture
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, and an environment without settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("DEVIN_API_KEY", "DEVIN_API_URL", "DEVIN_ORG_ID", "DEVIN_METRICS_CONFIG", "SECRETS_DIR", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
