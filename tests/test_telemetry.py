"""What the operator is told."""

import asyncio
import json
import logging
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from bot.digests.clock import Clock, Timing
from bot.digests.engine import Engine
from bot.digests.runner import open_engine
from bot.store import open_store
from bot.store.deliveries import DeliveryKey
from bot.store.installation import Installation
from bot.store.migrations import migrate
from bot.store.people import own_settings, save_settings
from bot.telemetry import configure_logs, jitter, redact, reference
from tests.in_slack import Mode, bot_in_slack

MARKER = "U01MARKER"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("cog_abc123", "cog_…"),
        ("key=apk_user_abc123, done", "key=apk_user_…, done"),
        ("xoxb-1-2-abc xapp-1-A", "xoxb-… xapp-…"),
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer …"),
        ("COG_ABC", "COG_…"),
        ("apk_abc123", "apk_…"),
        ("wss://a.slack.com/link/?ticket=1-2+a/b=&app_id=A1", "wss://a.slack.com/link/?ticket=…&app_id=A1"),
        ("wss://a.slack.com/link/?app_id=A1&ticket=1-2", "wss://a.slack.com/link/?app_id=A1&ticket=…"),
        ("https://hooks.slack.com/commands/T1/2/abc", "https://hooks.slack.com/commands/T…"),
        ("https://hooks.slack.com/actions/T1/2/abc", "https://hooks.slack.com/actions/T…"),
        ("cognac and apkit", "cognac and apkit"),
    ],
)
def test_keys_and_tokens_are_cut_down_to_their_prefix(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize("style", ["json", "text"])
def test_a_key_reaches_no_log_by_any_way(capsys: pytest.CaptureFixture[str], style: str) -> None:
    configure_logs("debug", style)
    structlog.get_logger("ours").warning("said", key="cog_secret123")
    logging.getLogger("somebody").warning("GET with Bearer abcdef0123")
    logging.getLogger("somebody").error("failed", exc_info=ValueError("xoxb-1-secret"))
    logged = capsys.readouterr().err
    assert logged.count("\n") >= 3
    assert not any(secret in logged for secret in ("secret123", "abcdef0123", "1-secret"))
    assert "ValueError" in logged


def test_logs_are_json_where_nobody_reads_along(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", None)
    structlog.get_logger("bot.ours").info("ready", port=1)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["port"], line["level"]) == ("ready", 1, "info")


@pytest.mark.parametrize("library", ["httpx", "slack_sdk.web", "aiosqlite", "sqlalchemy.engine", "bottle"])
def test_libraries_log_no_line_of_theirs_but_warnings(capsys: pytest.CaptureFixture[str], library: str) -> None:
    configure_logs("debug", "json")
    logging.getLogger(library).info("GET /")
    logging.getLogger(library).debug("SELECT")
    assert capsys.readouterr().err == ""
    logging.getLogger(library).warning("gone")
    assert "gone" in capsys.readouterr().err


class LogRecorder(logging.Handler):
    """All that is told to the process's logs, before it is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.name.partition(".")[0], record.getMessage()))


async def bring_one(engine: Engine) -> None:
    brought = asyncio.Event()

    async def deliver(_delivery: DeliveryKey) -> None:
        brought.set()

    work = asyncio.ensure_future(engine.run(deliver, lambda: None))
    async with asyncio.timeout(60):
        await brought.wait()
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


async def test_at_debug_no_statement_and_no_job_is_logged_with_its_values(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = LogRecorder()
    configure_logs("debug", "json")
    logging.getLogger().addHandler(kept)
    async with open_store(database_url) as store:
        await migrate(store)
        await save_settings(store, "T1", MARKER, NOON, tz=MARKER)
        assert (await own_settings(store, "T1", MARKER)).tz == MARKER
        async with open_engine(Installation(store, "T1", lambda: NOON), Clock(lambda: NOON), Timing()) as engine:
            async with store.writing() as connection:
                await engine.enqueue(connection, DeliveryKey("T1", MARKER), NOON)
            if store.shared:  # In a file there is no job: the row is.
                await bring_one(engine)
        structlog.get_logger("bot.ours").debug("enqueued")
    logged = capsys.readouterr().err
    assert "enqueued" in logged
    assert MARKER not in logged
    teller = "procrastinate" if store.shared else "aiosqlite"
    assert [line for name, line in kept.lines if name == teller and MARKER in line]  # Else there was nothing to hide.


def test_the_address_of_a_websocket_reaches_no_log(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("debug", "json")
    logging.getLogger("slack_bolt").error("no answer from wss://wss-primary.slack.com/link/?ticket=SECRET-1&app_id=A1")
    assert "wss-primary.slack.com/link/?ticket=…&app_id=A1" in (logged := capsys.readouterr().err)
    assert "SECRET" not in logged


def test_replicas_that_start_together_wait_for_anything_from_nothing_to_the_whole_length() -> None:
    waits = [jitter(20) for _ in range(1000)]
    assert 0 <= min(waits) < 5
    assert 15 < max(waits) < 20


def test_references_are_short_and_differ() -> None:
    assert len(reference()) == 6
    assert reference() != reference()


@pytest.mark.usefixtures("nothing_set")
@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_start_with_the_token_in_the_environment_warns_of_nothing(
    mode: Mode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-A01STANDIN-bot")  # That of the stand-in.
    configure_logs("info", "json")
    async with bot_in_slack(mode, tmp_path):
        pass
    logged = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert "ready" in [line["event"] for line in logged]
    assert [line for line in logged if line["level"] != "info"] == []
