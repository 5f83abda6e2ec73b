"""Settings files as editors save them: with or without a byte order mark, with any line ends, in UTF-8 or not."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.config.settings import load
from bot.messages.page import Page
from bot.messages.render import render
from bot.problems import Problem

# Each kind of file, with a key and a name that is not ASCII where it can have one.
FILES = {
    "devin-metrics.toml": 'devin_api_key = "cog_a"\n[orgs]\n"Zürich" = "org-1"\n',
    ".env": "DEVIN_API_KEY=cog_a\nLOG_LEVEL=debug\n# Zürich\n",
    "secrets/devin_api_key": "cog_a\n",
}
each_file = pytest.mark.parametrize("name", [*FILES])


def write(name: str, content: bytes) -> None:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_bytes(content)


@pytest.fixture(autouse=True)
def folder_of_secrets(nothing_set: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 (its folder is the working one)
    Path("secrets").mkdir()
    monkeypatch.setenv("SECRETS_DIR", "secrets")


def refused() -> tuple[Problem, str]:
    with pytest.raises(Problem) as caught:
        load()
    return caught.value, render(Page("problems/problem", "en", {"problem": caught.value})).text


@each_file
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_byte_order_mark_and_other_line_ends_change_nothing(name: str, mark: bytes, line_end: str) -> None:
    write(name, mark + FILES[name].replace("\n", line_end).encode())
    settings = load()
    assert (settings.key, settings.key_was_trimmed) == ("cog_a", False)
    assert list(settings.orgs) == (["Zürich"] if name == "devin-metrics.toml" else [])
    assert settings.log_level == ("debug" if name == ".env" else "info")


@pytest.mark.parametrize("named_by", [".env", "environment"])
def test_the_first_line_of_an_env_file_with_a_byte_order_mark_counts(
    monkeypatch: pytest.MonkeyPatch, named_by: str
) -> None:
    write("other.toml", b'\xef\xbb\xbf[orgs]\npayments = "org-1"\n')
    if named_by == ".env":
        write(".env", b"\xef\xbb\xbfDEVIN_METRICS_CONFIG=other.toml\r\n")
    else:
        monkeypatch.setenv("DEVIN_METRICS_CONFIG", "other.toml")
    assert load().orgs == {"payments": "org-1"}


@each_file
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_named_with_what_to_do(name: str, encoding: str) -> None:
    write(name, FILES[name].encode(encoding))
    problem, said = refused()
    assert problem.key == "settings-file-encoding"
    assert said.splitlines()[0] == f"“{name}” is not in UTF-8; it seems to be in UTF-16."
    assert "Save it as UTF-8" in said
    assert "TOML" not in said
    assert "cog_a" not in said


@each_file
def test_a_file_in_another_encoding_is_named_with_the_line_and_not_what_stands_there(name: str) -> None:
    write(name, FILES[name].replace("cog_a", "cog_ä").encode("latin-1"))
    problem, said = refused()
    assert (problem.key, f"“{name}” is not in UTF-8: line 1 " in said) == ("settings-file-encoding", True)
    assert not any(byte in f"{problem} {said}" for byte in ("0xe4", "0xfc", "ä", "cog_"))


def test_a_folder_in_the_place_of_the_settings_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVIN_METRICS_CONFIG", "secrets")
    problem, said = refused()
    assert problem.key == "settings-file-unread"
    assert said.splitlines()[0] == "“secrets” cannot be read."


def test_a_folder_called_like_the_env_file_is_none() -> None:
    Path(".env").mkdir()
    assert load().key is None


def test_what_else_lies_among_the_secrets_is_not_read() -> None:
    write("secrets/theirs", b"\xff\xfe\xff")
    write("secrets/orgs", b"\xff\xfe\xff")
    write("secrets/DEVIN_API_KEY", b" cog_a\r\n")
    assert load().key == "cog_a"


@each_file
def test_every_command_names_the_file(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(name, FILES[name].encode("utf-16"))
    assert main(["ask", "orgs"]) == 2
    assert f"“{name}” is not in UTF-8" in capsys.readouterr().err
    assert main(["doctor"]) == 1
    assert f"“{name}” is not in UTF-8" in capsys.readouterr().out


def test_the_program_itself_reads_a_byte_order_mark_and_names_utf_16() -> None:
    write("devin-metrics.toml", b"\xef\xbb\xbf" + FILES["devin-metrics.toml"].encode())
    run = [sys.executable, "-m", "bot", "ask", "help"]
    assert subprocess.run(run, check=False, capture_output=True, timeout=60).returncode == 0
    write(".env", FILES[".env"].encode("utf-16"))
    found = subprocess.run(run, check=False, capture_output=True, timeout=60, encoding="utf-8")
    assert (found.returncode, found.stderr.splitlines()[0]) == (
        2,
        "“.env” is not in UTF-8; it seems to be in UTF-16.",
    )


def test_an_empty_secret_is_not_set() -> None:
    write("secrets/LOG_LEVEL", b"\n")
    assert load().log_level == "info"


def test_a_folder_of_secrets_that_may_not_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_folder: Path) -> Iterator[Path]:  # A mode would not do: tests may run as root.
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", forbidden)
    problem, _ = refused()
    assert (problem.key, problem.data) == ("settings-file-unread", {"path": "secrets", "detail": "Permission denied"})
