"""Words live in templates, all of them: nothing that code can say is without words, and no words are left over."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from bot.commands.channel_errors import CLOSED
from bot.messages.render import PROBLEM_SUBJECTS, say
from bot.messages.share import share
from bot.reports.metrics import METRICS
from bot.reports.report import Caveat

BOT = Path(__file__).parent.parent / "bot"
TEMPLATES = share("templates")


def first_arguments(name: str) -> set[str]:
    """The literal first arguments of all calls of that name; an f-string stands for the words it may become."""
    calls = [
        node
        for path in BOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name and node.args
    ]
    literals = [str(getattr(node, "value", "")) for call in calls for node in ast.walk(call.args[0])]
    return {literal for literal in literals if re.fullmatch(r"[a-z0-9-]{3,}", literal)}


def problem_macros() -> list[str]:
    found = [
        name
        for subject in PROBLEM_SUBJECTS
        for name in re.findall(r"{% macro (\w+)\(", (TEMPLATES / f"problems/_{subject}.j2").read_text("utf-8"))
    ]
    return [name.replace("_", "-") for name in found if not name.startswith("_")]


def test_every_problem_has_words_and_all_words_have_a_problem() -> None:
    by_table = {f"unknown-{name}" for name in ("org", "user", "service-user", "playbook")}
    by_status = {
        "devin-unauthorized",
        "devin-forbidden",
        "devin-not-found",
        "devin-busy",
        "devin-down",
        "devin-rejected",
    }
    raised = {key for key in first_arguments("Problem") if key != "unknown-"}
    assert set(problem_macros()) == raised | by_table | by_status | set(CLOSED.values())


@pytest.mark.parametrize("name", METRICS)
def test_every_figure_has_a_name_and_a_label(name: str) -> None:
    assert say("report/_figures", "name", name, "en")
    assert say("report/_figures", "label", name, "en")


def test_every_caveat_has_words() -> None:
    data = {"figures": ["acus"], "running": True, "excess": 1, "days": 1, "earlier": 2, "hours": 1, "digits": 0}
    data |= {"by": "week", "rows": 1, "total": 2}
    keys = first_arguments("Caveat")
    assert len(keys) >= 10
    assert all(say("report/_caveats", "caveat", Caveat(key, data), "en").endswith(".") for key in keys)


def test_only_one_template_writes_json() -> None:
    with_json = [path.name for path in TEMPLATES.rglob("*.j2") if '"type"' in path.read_text("utf-8")]
    assert with_json == ["_blocks.j2"]


@pytest.mark.parametrize(
    "word", ["great", "unfortunately", "oops", "insights", "successful", "improved", "please", "sorry"]
)
def test_words_that_this_bot_does_not_use(word: str) -> None:
    assert not [
        path.name
        for path in TEMPLATES.rglob("*.j2")
        if re.search(rf"\b{word}\b", path.read_text("utf-8"), re.IGNORECASE)
    ]


def plural_blocks() -> list[Any]:
    """Each `{% trans %}` block with a plural, of each template, and the place where it stands."""
    found = []
    for path in sorted(TEMPLATES.rglob("*.j2")):
        for block in re.finditer(r"{% trans .*?{% endtrans %}", path.read_text("utf-8"), re.DOTALL):
            line = path.read_text("utf-8").count("\n", 0, block.start()) + 1
            if "{% pluralize" in block[0]:
                found.append(pytest.param(block[0], id=f"{path.name}:{line}"))
    return found


@pytest.mark.parametrize("block", plural_blocks())
def test_every_sentence_chooses_its_plural_by_a_number(block: str) -> None:
    """Without a name after `pluralize`, Jinja counts the first variable, which may be a name."""
    counted: list[object] = []

    def counting(_one: str, many: str, n: object) -> str:
        counted.append(n)
        return many

    environment = Environment(extensions=["jinja2.ext.i18n"])
    environment.install_gettext_callables(str, counting, newstyle=True)  # type: ignore[attr-defined]
    head, _, sentence = block.removeprefix("{% trans ").partition("%}")
    variables = re.findall(r"(?:^|, )(\w+)(?==|,| *$)", head)
    given = {name: 2 if name == "n" else name for name in variables}
    words = environment.from_string(f"{{% trans {', '.join(variables)} %}}{sentence}").render(given)
    assert words
    assert counted == [2]
