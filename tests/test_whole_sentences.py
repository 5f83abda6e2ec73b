"""Each sentence is one message: a language that marks its messages shows none that is joined from pieces.

What the bot says is rendered in such a language, with signs of its own where items and sentences are joined. Then each
part of a line is one whole message, or a value without a message: that a template has no words outside of messages is
tested with the catalogs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from babel.support import NullTranslations

from bot.app import sample_services
from bot.commands.answer import answer
from bot.commands.digest_page import hello
from bot.commands.home import home
from bot.messages import render as rendering
from bot.messages.locales import Language, language
from bot.messages.page import Page
from bot.messages.render import render, render_home, render_modal
from bot.problems import Problem
from bot.queries.request import AS_INSTALLED, Request
from bot.reports.metrics import METRICS
from bot.schedules.delivery import DeliveryState
from bot.slack.forms import build as build_form
from bot.slack.forms import digest as digest_form
from tests.asking import AT, BEFORE, NOW
from tests.test_digest_command import DigestCommands
from tests.test_digest_messages import MONDAY, NIGHT, SETTINGS, Revised, delivery, digest, issue, notice
from tests.test_form import chosen
from tests.test_golden import ASKED
from tests.test_home import LAST_WEEK, workspace
from tests.test_words import problem_macros

OPEN, CLOSE, COMMA, GAP = "⟦⟧⁏¶"


class Marked(NullTranslations):
    """Words in English, each message in brackets."""

    def gettext(self, message: str) -> str:
        return f"{OPEN}{message}{CLOSE}"

    def ngettext(self, msgid1: str, msgid2: str, num: int) -> str:
        return self.gettext(msgid1 if num == 1 else msgid2)


@dataclass(frozen=True)
class MarkedLanguage(Language):
    """English formats; signs that stand nowhere else where items and sentences are joined."""

    comma = COMMA
    gap = GAP


@pytest.fixture(scope="module", autouse=True)
def marked() -> Iterator[None]:
    """The bot speaks the language that marks its messages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "language", lambda _: MarkedLanguage("en", language("en").locale, Marked()))
        rendering._environment.cache_clear()
        yield
    rendering._environment.cache_clear()


# How a line is taken apart

INNERMOST = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
WHOLE = "■"  # In the place of a message.
BETWEEN = re.compile(f"[{COMMA}{GAP}]| · ")
LOOSE = re.compile(r"[\s,.;:()].*|.*[\s,;(]", re.DOTALL)  # What begins or ends as a piece of a sentence does.
SHOWN = {"text", "title", "submit", "close", "caption", "label", "x_label", "name", "accessibility_label"}


def torn(line: str) -> list[str]:
    """The parts of a line that are neither one message nor a value, and the messages in it that are pieces."""
    line, found = line.replace("\N{NO-BREAK SPACE}", " "), []
    while INNERMOST.search(line):
        found += [message for message in INNERMOST.findall(line) if LOOSE.fullmatch(message)]
        line = INNERMOST.sub(WHOLE, line)
    return found + [part for part in BETWEEN.split(line) if part != WHOLE and WHOLE in part]


def words(part: Any) -> Iterator[str]:
    """All words of a block or of several; a paragraph of several styles is one."""
    if isinstance(part, list):
        for one in part:
            yield from words(one)
    elif isinstance(part, dict) and part.get("type") == "rich_text_section":
        yield "".join(run.get("text", "value") for run in part["elements"])
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from [value] if isinstance(value, str) and key in SHOWN else words(value)


def all_torn(*printed: Any) -> list[str]:
    lines = [line for text in words([*printed]) for line in text.splitlines()]
    assert any(OPEN in line for line in lines)
    return [piece for line in lines for piece in torn(line)]


def test_what_is_joined_from_pieces_is_noticed() -> None:
    assert torn("⟦Sessions: 184⟧⟦, up 22⟧") == [", up 22", "■■"]
    assert torn("⟦421 sessions⟧ (+13)") == ["■ (+13)"]
    assert torn("⟦Steady:⟧ ⟦184 sessions⟧") == ["■ ■"]
    assert not torn("⟦Digest 3⟧ · ⟦Every Monday: ⟦last week⟧.⟧¶⟦Next: Nov 23.⟧")


# What the bot says


@pytest.mark.parametrize("name", ASKED)
async def test_a_report_says_whole_sentences(name: str) -> None:
    asked = ASKED[name]
    made = render(await answer(Request(asked.text, asked.at, user="U1"), asked.services()))
    assert not all_torn({"text": made.text}, list(made.blocks))


@pytest.mark.parametrize(
    "text",
    ["help", "help periods", "help filters", "help digest", "orgs", "settings", "why ship-rate", "csv last week"],
)
async def test_a_command_says_whole_sentences(text: str) -> None:
    made = render(await DigestCommands().page(text))
    assert not all_torn({"text": made.text}, list(made.blocks))


@pytest.mark.parametrize("state", [*get_args(DeliveryState), "missed-paused", "sent-found"])
async def test_what_digests_say_of_themselves_are_whole_sentences(state: str) -> None:
    commands = DigestCommands()
    await commands.page("digest add last week org=payments by=org service_user=ci")
    await commands.page("digest add daily 2:30 tz=America/New_York")
    commands.delivered(state.partition("-")[0], reason=state.partition("-")[2] or None)
    for text in (
        "digest list",
        "digest show 1",
        "digest show 2",
        "digest preview weekly sunday 2:30",
        "digest pause 1",
    ):
        made = render(await commands.page(text))
        assert not all_torn({"text": made.text}, list(made.blocks))


@pytest.mark.parametrize("template", ["report/report", "digest/quiet"])
@pytest.mark.parametrize("query", ["yesterday", "last week", "last month", "last 2w"])
async def test_a_digest_says_whole_sentences(template: str, query: str) -> None:
    revised = [Revised(METRICS["ship_rate"], Fraction(48, 100), Fraction(61, 100))]
    made = await issue(template, NOW, BEFORE, late=MONDAY + NIGHT, revised=revised, query=query)
    assert not all_torn({"text": made.text}, list(made.blocks))


@pytest.mark.parametrize("kind", ["paused", "uncertain", "failed"])
def test_what_is_said_around_a_digest_are_whole_sentences(kind: str) -> None:
    told = notice(kind, Problem("channel-not-joined", channel="C1"), delivery())
    asks = render(Page("digest/handover", "en", {"digest": digest()}))
    changing = digest("weekly sunday 2:30")
    greets = [render(hello(of, datetime(2026, 10, 30, tzinfo=UTC), SETTINGS)) for of in (digest(), changing)]
    for made in (told, asks, *greets):
        assert not all_torn({"text": made.text}, list(made.blocks))


@pytest.mark.parametrize("paused", [None, "by-hand", "channel-not-joined"])
async def test_home_says_whole_sentences(paused: str | None) -> None:
    known = workspace([digest(paused=paused)], [LAST_WEEK], [delivery(state="sent")])
    page = await home(Request("", AT, user="U1", tz="America/New_York"), known)
    assert not all_torn(render_home(page, AS_INSTALLED).as_dict()["blocks"])


def test_forms_say_whole_sentences() -> None:
    request, known = Request("", AT, channel="C01REPORTS", tz="America/New_York"), sample_services(AT)
    build = build_form.page(request, chosen("last 7d"), known)
    repeat = digest_form.page(request, digest_form.values("", request, known), known)
    assert not all_torn(*(render_modal(page, AS_INSTALLED, "any").as_dict() for page in (build, repeat)))


class Sample(dict[str, object]):
    """What any Problem may know, with a value for names that stand for words."""

    def __missing__(self, name: str) -> object:
        return name


KNOWN = Sample(
    tries=3, seconds=90, days=7, status=429, calls=90, most=60, n=2, id="3", line=2, day=31, weeks=9, length=9,
    longest=5, orgs=("org-1",), known=(1, 2), names=("SLACK_BOT_TOKEN", "DEVIN_API_KEY"), scopes=("commands",),
    words=("playbook=", "by=origin"), others=("a", "b"), topics=("periods",), metrics=("shipped",), keys=("org",),
    choices=("a", "b"), commands=("add", "list"), reserved=("all",), channels=("C1", "C2"), channel="C1",
    faults=[("defaults.tz", "should be a zone")], start=AT,
)  # fmt: skip
DAYS: dict[str, object] = {"first": AT.date(), "last": AT.date(), "today": AT.date()}
FAULT = SimpleNamespace(entry=2, field="rule", problem=Problem("rule-no-time", text="25:00"), rule=None)
OTHERWISE: dict[str, dict[str, object]] = {
    "period-reversed": DAYS,
    "period-future": DAYS,
    "digests-not-imported": {"faults": [FAULT, FAULT]},
}


@pytest.mark.parametrize("key", problem_macros())
def test_a_problem_says_whole_sentences(key: str) -> None:
    for nearest in ("payments", None):
        problem = Problem(key)
        problem.data = Sample({**KNOWN, **OTHERWISE.get(key, {}), "nearest": nearest})
        made = render(Page("problems/problem", "en", {"problem": problem, "asked": "last week"}))
        assert not all_torn({"text": made.text}, list(made.blocks))
