"""What the operator is told."""

import json
import logging

import pytest
import structlog

from bot.telemetry import configure_logs, redact, reference


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("cog_abc123", "cog_…"),
        ("key=apk_user_abc123, done", "key=apk_user_…, done"),
        ("xoxb-1-2-abc xapp-1-A", "xoxb-… xapp-…"),
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer …"),
        ("COG_ABC", "COG_…"),
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
    structlog.get_logger("ours").info("ready", port=1)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["port"], line["level"]) == ("ready", 1, "info")


def test_http_libraries_do_not_log_every_request(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    logging.getLogger("httpx").info("GET /")
    assert capsys.readouterr().err == ""


def test_references_are_short_and_differ() -> None:
    assert len(reference()) == 6
    assert reference() != reference()
