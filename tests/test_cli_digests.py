"""Digests in the terminal: what is printed, and with which exit code."""

import io
import json
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli.main import main

pytestmark = pytest.mark.usefixtures("nothing_set")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own: the database lies where the bot is started."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_preview_has_three_columns_and_needs_neither_key_nor_database(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = "daily 02:30 tz=America/New_York"
    assert main(["digests", "preview", rule, "--from", "2026-03-06T02:30:00-05:00", "--count", "3"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "2026-03-07T02:30:00-05:00\t2026-03-06..2026-03-06\t",
        "2026-03-08T03:30:00-04:00\t2026-03-07..2026-03-07\t"
        "The clocks leave out 2:30\N{NO-BREAK SPACE}AM that day, so it comes at 3:30\N{NO-BREAK SPACE}AM",
        "2026-03-09T02:30:00-04:00\t2026-03-08..2026-03-08\t",
    ]
    assert list(folder.iterdir()) == []


def test_what_is_set_up_in_the_terminal_is_listed_shown_changed_and_removed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = []
    for text in (
        "add weekly mon 9:00 tz=Europe/Berlin '#C0123456789' last week --steward U0123456789",
        "list",
        "edit 1 weekly friday 16:00",
        "show 1",
        "pause 1",
        "remove 1",
        "list",
    ):
        assert main(["digests", *shlex.split(text)]) == 0
        said.append(capsys.readouterr().out)
    assert "Every Monday at 9:00\N{NO-BREAK SPACE}AM, Berlin time, in <#C0123456789>" in said[0]
    assert "U0123456789 answers for it." in said[0]
    assert said[1].startswith("1 digest\nDigest 1 · Every Monday")
    assert "Every Friday at 4:00\N{NO-BREAK SPACE}PM" in said[3]
    assert "It is paused" in said[4]
    assert said[6].startswith("No digest is set up yet")


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("show 7", 1, "There is no digest 7."),
        ("add weekly mon 25:00 C0123456789", 1, "“25:00” is no time of the day."),
        ("add weekly mon 9:00", 1, "#"),
        ("import nowhere.json", 1, "nowhere.json"),
        ("preview monthly 31 9:00", 1, "monthly last"),
        ("preview monday 25:00", 1, "“25:00” is no time of the day."),
        ("preview daily 0:00 today", 1, "Choose a later hour"),
        ("import broken.json", 1, "broken.json"),
        ("import deep.json", 1, "deep.json"),
        ("import number.json", 1, "number.json"),
        ("import binary.json", 1, "binary.json"),
        ("import wrong.json", 1, "Entry 1, “id”: “Field required”"),
    ],
)
def test_an_answer_that_is_a_problem_is_printed_as_one_and_ends_with_one(
    folder: Path, command: str, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "broken.json").write_text("[", "utf-8")
    (folder / "deep.json").write_text("[" * 100_000, "utf-8")
    (folder / "number.json").write_text("1" * 5000, "utf-8")
    (folder / "binary.json").write_bytes(b"\xff\xfe")
    (folder / "wrong.json").write_text("[{}]", "utf-8")
    assert main(["digests", *command.split()]) == code
    printed = capsys.readouterr()
    assert words in printed.out
    assert printed.err == ""


@pytest.mark.parametrize(
    "command",
    [
        "add weekly C0123456789 --steward bob",
        "add weekly C0123456789 --steward bob@example.com",
        "list --team E0123456789",
        *(f"preview daily 9:00 --count {count}" for count in ("-3", "0", "367", "1e3", "٣")),
    ],
)
def test_wrong_arguments_end_with_two_before_anything_is_stored(folder: Path, command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["digests", *command.split()])
    assert ended.value.code == 2
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("command", ["list", "show 1", "export"])
def test_what_only_reads_needs_no_slack(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["digests", "add", "weekly", "mon", "9:00", "C0123456789"]) == 0
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    capsys.readouterr()
    assert main(["digests", *command.split()]) == 0
    assert "C0123456789" in capsys.readouterr().out
    assert main(["digests", "pause", "1"]) == 2
    assert "Slack" in capsys.readouterr().err


def test_a_report_of_a_digest_asks_devin_and_not_slack(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["digests", "add", "weekly", "mon", "9:00", "C0123456789"]) == 0
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    capsys.readouterr()
    assert main(["digests", "preview", "1"]) == 1
    assert "DEVIN_API_KEY" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["list", "export"])
def test_of_several_workspaces_none_is_taken_for_the_other(
    folder: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for channel in ("C0123456789", "C9876543210"):
        assert main(["digests", "add", "weekly", "mon", "9:00", channel]) == 0
    with closing(sqlite3.connect(folder / "devin-metrics.db")) as database:
        database.execute("UPDATE digests SET team_id = 'T' || id")
        database.commit()
    capsys.readouterr()
    assert main(["digests", command]) == 2
    printed = capsys.readouterr()
    assert (printed.out, "SLACK_BOT_TOKEN" in printed.err) == ("", True)
    assert main(["digests", command, "--team", "T2"]) == 0
    out = capsys.readouterr().out
    assert ("<#C0123456789>" in out or '"C0123456789"' in out, "C9876543210" in out) == (False, True)


def test_wrong_settings_end_with_two(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DEVIN_METRICS_CONFIG", "nowhere.toml")
    assert main(["digests", "preview", "daily", "9:00"]) == 2
    assert "nowhere.toml" in capsys.readouterr().err


def test_export_import_and_export_are_identical(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("add weekly mon,thu 9:00 C0123456789", "add monthly last 17:30 C0123456789 lang=ja vs=year tz=UTC+9"):
        assert main(["digests", *text.split()]) == 0
    assert main(["digests", "pause", "2"]) == 0
    capsys.readouterr()
    assert main(["digests", "export"]) == 0
    exported = capsys.readouterr().out
    (folder / "digests.json").write_text(exported, "utf-8")
    (folder / "devin-metrics.db").unlink()
    assert main(["digests", "import", "digests.json"]) == 0
    assert capsys.readouterr().out == "2 added, 0 there already.\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(exported.encode())))
    assert main(["digests", "import"]) == 0
    assert capsys.readouterr().out == "0 added, 2 there already.\n"
    assert main(["digests", "export"]) == 0
    assert capsys.readouterr().out == exported
    assert [digest["id"] for digest in json.loads(exported)] == [1, 2]
