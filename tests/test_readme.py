"""What the README shows is what happens."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.config.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")

pytestmark = pytest.mark.usefixtures("nothing_set")


def test_the_answer_in_the_readme_is_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    shown = re.search(r"```\n\$ devin-metrics (.*?)\n(.*?)```", README, re.DOTALL)
    assert shown
    assert main(shlex.split(shown[1])) == 0
    assert capsys.readouterr().out == shown[2]


@pytest.mark.parametrize("command", re.findall(r"^devin-metrics (ask .*)$", README, re.MULTILINE))
def test_every_example_in_the_readme_works(command: str) -> None:
    assert main(shlex.split(command)) == 0


def test_the_settings_in_the_readme_are_settings() -> None:
    shown = re.search(r"```toml\n(.*?)```", README, re.DOTALL)
    assert shown
    assert set(tomllib.loads(shown[1])) <= set(Settings.model_fields)


def test_every_setting_is_in_the_readme() -> None:
    fields = set(Settings.model_fields) - {"path"}
    assert not [name for name in fields if name.upper() not in README and f"[{name}]" not in README]


@pytest.mark.parametrize("page", ["README.md", "docs/pictures/README.md"])
def test_every_file_that_is_linked_or_shown_is_there(page: str) -> None:
    path = ROOT / page
    shown = re.findall(r'(?:src|srcset)="([^"]+)"|\]\((?!http)([^)]+)\)', path.read_text("utf-8"))
    assert shown
    assert not [name for names in shown for name in names if name and not (path.parent / name).exists()]
