"""The files that settings are read from: `.env`, a folder of secrets, a TOML file."""

import tomllib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Collection
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from bot.problems import Problem
from bot.queries.spelling import nearest
from bot.telemetry import redact

DEFAULT_FILE = Path("devin-metrics.toml")
ENV_FILE = ".env"


def read_env() -> dict[str, str | None]:
    """What `.env` says, where there is one."""
    file = Path(ENV_FILE)  # Some people's virtual environment is a folder of that name, and a vault's is a pipe.
    return dotenv_values(stream=StringIO(_file_text(file))) if file.exists() and not file.is_dir() else {}


def read_secrets(folder: Path, known: Collection[str]) -> dict[str, str]:
    """The files of a folder that are named as known settings are; what else lies there belongs to others."""
    try:
        files = [file for file in sorted(folder.iterdir()) if file.name.casefold() in known and file.is_file()]
    except OSError as error:
        raise Problem("settings-file-unread", path=str(folder), detail=error.strerror) from None
    found = {file.name.casefold(): _file_text(file).strip() for file in files}
    return {name: text for name, text in found.items() if text}  # An empty one is not set, as in the environment.


def read_toml(named: str | None, known: Collection[str]) -> dict[str, Any]:
    """The known settings of the named file, or of `devin-metrics.toml` where that exists, and the file's path.

    They may stand in capitals, as elsewhere. Raises Problem for any other.
    """
    path = Path(named) if named else DEFAULT_FILE
    try:
        read = tomllib.loads(_file_text(path))
    except FileNotFoundError:
        if named:
            raise Problem("settings-file-missing", path=named) from None
        return {}
    except tomllib.TOMLDecodeError as error:
        raise Problem("settings-file-broken", path=str(path), detail=str(error)) from None
    found: dict[str, Any] = {}
    for name, value in read.items():
        setting = name.casefold()
        if setting not in known or setting in found:
            raise Problem("unknown-setting", name=redact(name), path=str(path), nearest=nearest(setting, known))
        found[setting] = value
    return {**found, "path": str(path)}


def _file_text(path: Path) -> str:
    """A file in UTF-8, with line ends as here and without the byte order mark that some editors begin with."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Problem("settings-file-unread", path=str(path), detail=error.strerror) from None
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in content:
        raise Problem("settings-file-encoding", path=str(path), line=None)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:  # Whose words repeat the byte, which may be a key's.
        line = content.count(b"\n", 0, error.start) + 1
        raise Problem("settings-file-encoding", path=str(path), line=line) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
