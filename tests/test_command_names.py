"""What a workspace calls the command and the bot is what every text there calls them."""

import ast
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from jinja2 import Environment

from bot.app import sample_services
from bot.commands.answer import answer
from bot.commands.digest_page import hello
from bot.commands.home import home
from bot.commands.report import make_report
from bot.digests.notices import notice_page
from bot.digests.restate import QUIET_TOLERANCE, Revised
from bot.messages.message import Message
from bot.messages.page import Page
from bot.messages.render import MOST_ENVIRONMENTS, _environment, render, render_home, render_modal
from bot.messages.share import share
from bot.problems import Problem
from bot.queries.request import Names, Request
from bot.reports.metrics import METRICS
from bot.reports.rate_change import rate_change
from bot.slack.forms import build as build_form
from bot.slack.forms import digest as digest_form
from bot.store.notices import Notice
from tests.asking import AT, BEFORE, NOW, Told, services
from tests.test_digest_command import DigestCommands
from tests.test_digest_messages import MONDAY, SETTINGS, delivery, digest
from tests.test_form import chosen
from tests.test_golden import ASKED
from tests.test_home import LAST_WEEK, workspace
from tests.test_reasons import THIS_WEEK, WEEK_BEFORE
from tests.test_settings_command import MemoryPeople
from tests.test_whole_sentences import KNOWN, OTHERWISE, Sample
from tests.test_words import problem_macros

BOT = Path(__file__).parent.parent / "bot"
OURS = Names("/metrics", "Numbers")
DEFAULTS = re.compile(r"(?<![\w/])/devin-metrics|@Devin Metrics")  # In a database's address it is the name of a file.
COMMENT = re.compile(r"{#.*?#}", re.DOTALL)
DEFINED = {"queries/request.py", "playground/slack/workspace.py"}  # The latter is what a user of the stand-in types.
COMMANDS = (
    *("help", "help periods", "help filters", "help digest", "orgs", "settings", "why ship-rate"),
    *("digest list", "digest add last week org=payments", "digest show 1", "digest preview 1", "digest pause 1"),
    *(
        "digest list",
        "digest show 1",
        "digest resume 1",
        "digest send 1",
        "digest remove 1",
        "digest show 1",
        "nonsense",
    ),
)
TEMPLATES_WITH_COMMANDS = (
    *("report/report", "digest/quiet", "digest/reasons", "digest/restated", "digest/hello", "digest/notice"),
    *("digest/handover", "slack/unclear_answer", "problems/problem"),
)


def pages_of_digests() -> Iterator[Page]:
    """What is posted for digests, and said of them."""
    for rule in ("weekly monday 9:00", "weekly sunday 2:30"):
        yield hello(digest(rule), datetime(2026, 10, 30, tzinfo=UTC), SETTINGS)
    for kind in ("failed", "paused", "uncertain", "handover"):
        for problem in (Problem("channel-not-joined", channel="C1"), Problem("period-future")):  # One has no dates.
            yield notice_page(Notice(3, kind, problem, AT), digest(), delivery())


async def reports_of_digests() -> AsyncIterator[Page]:
    """A digest's report, the line in its place, and what follows in their threads."""
    of, told = digest(), services(Told(NOW, BEFORE, read_at=MONDAY))
    made = await make_report(of.query, MONDAY, of.tz, of.lang, told)
    again = {"digest": of, "report": made.report, "reasons": made.reasons, "revised": ()}
    yield Page("report/report", "en", {**again, "buttons": None, "due": MONDAY, "late": None})
    yield Page("digest/quiet", "en", {**again, "tolerance": QUIET_TOLERANCE, "full": "2026-W46"})
    split = rate_change(WEEK_BEFORE, THIS_WEEK)
    yield Page("digest/reasons", "en", {**again, "split": split, "query": "2026-W46 by=size"})
    (reading, *_) = made.readings.values()
    revised = [Revised(METRICS["sessions"], Fraction(421), Fraction(428))]
    yield Page("digest/restated", "en", {"digest": of, "sent": reading, "now": reading, "revised": revised})


async def pages_of_commands() -> AsyncIterator[Page]:
    """What is answered to commands, and what is said of them."""
    commands = DigestCommands(more={"people": MemoryPeople()})
    for text in COMMANDS:
        yield await commands.page(text)
    for asked in ASKED.values():
        yield await answer(Request(asked.text, asked.at, user="U1"), asked.services())
    csv = await answer(Request("csv last week", AT, user="U1"), ASKED["five"].services())
    for sent, why in ((True, None), (False, "missing_scope"), (False, "file_gone")):
        yield replace(csv, data={**csv.data, "sent": sent, "why": why, "unclear": False})
    yield replace(csv, template="report/csv_note")
    for again in (True, False):
        yield Page("slack/unclear_answer", "en", {"asked": "digest send 3", "again": again})
    for line in ("busy", "ended", "not_shared", "unclear"):
        yield Page(f"slack/{line}", "en")


def pages_of_problems() -> Iterator[Page]:
    """Every Problem that there is."""
    for key in problem_macros():
        problem = Problem(key)
        problem.data = Sample({**KNOWN, **OTHERWISE.get(key, {}), "nearest": None})
        yield Page("problems/problem", "en", {"problem": problem, "asked": "last week"})


def said(message: Message) -> str:
    """A message as Slack gets it."""
    return json.dumps(message.as_dict(), ensure_ascii=False)


async def test_no_message_says_a_name_that_is_not_in_use() -> None:
    pages = [*pages_of_digests(), *pages_of_problems()]
    pages += [page async for page in reports_of_digests()] + [page async for page in pages_of_commands()]
    assert len(pages) > 150
    wrong = [(page.template, found) for page in pages if (found := DEFAULTS.findall(said(render(page, OURS))))]
    assert wrong == []
    in_use = [page.template for page in pages if "/metrics" in said(render(page, OURS))]
    assert {*TEMPLATES_WITH_COMMANDS} <= {*in_use}


@pytest.mark.parametrize("paused", [None, "by-hand", "channel-not-joined"])
async def test_home_says_the_command_s_name(paused: str | None) -> None:
    for known in (workspace(), workspace([digest(paused=paused)] * 9, [LAST_WEEK], [delivery(state="sent")])):
        page = await home(Request("", AT, user="U1", tz="America/New_York"), known)
        printed = str(render_home(page, OURS).as_dict())
        assert not DEFAULTS.findall(printed)
        assert "/metrics settings reset" in printed


def test_forms_say_the_command_s_name() -> None:
    request, known = Request("", AT, channel="C01REPORTS", tz="America/New_York"), sample_services(AT)
    build = build_form.page(request, chosen("last 7d"), known)
    repeat = digest_form.page(request, digest_form.values("", request, known), known)
    for page, typed in ((build, "/metrics last 7d"), (repeat, "Words as after /metrics, for example")):
        printed = str(render_modal(page, OURS, "build").as_dict())
        assert not DEFAULTS.findall(printed)
        assert typed in printed


async def test_who_invites_the_bot_reads_the_name_that_it_has_there() -> None:
    page = Page("problems/problem", "en", {"problem": Problem("channel-not-joined", channel="C1"), "asked": None})
    assert "/invite @Numbers" in render(page, OURS).text
    assert "/invite @Devin Metrics" in render(page).text


def test_the_names_stand_in_one_place() -> None:
    texts = {path: COMMENT.sub("", path.read_text("utf-8")) for path in share("templates").rglob("*.j2")}
    for path in BOT.rglob("*.py"):
        if str(path.relative_to(BOT)) not in DEFINED:
            texts[path] = "\n".join(strings(path.read_text("utf-8")))
    assert [(path.name, found) for path, text in texts.items() if (found := DEFAULTS.findall(text))] == []


def strings(source: str) -> Iterator[str]:
    """The texts of a module, without its docstrings."""
    tree = ast.parse(source)
    described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
            yield node.value


# How templates are read for several workspaces


def test_templates_are_compiled_once_whatever_the_command_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page("slack/unclear_answer", "en", {"asked": "digest send 3", "again": False})
    render(page)
    monkeypatch.setattr(Environment, "compile", lambda *_: pytest.fail("compiled again"))
    for number in range(3):
        assert f"/m{number} digest list" in render(page, Names(f"/m{number}")).text


def test_however_many_names_there_are_few_are_kept() -> None:
    for number in range(MOST_ENVIRONMENTS + 1):
        _environment("en", Names(f"/m{number}"))
    assert _environment.cache_info().currsize == MOST_ENVIRONMENTS
