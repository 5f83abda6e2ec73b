"""Whole messages as they were last read and found good, one file each beside this one.

`pytest tests/test_golden.py --snapshot-update` writes them anew; what changed is then to be read in the difference. A
file that no test writes fails the suite.
"""

import json
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from bot.commands.answer import answer
from bot.commands.ports import Services
from bot.devin import SIZES, Cell, Counts
from bot.devin.cache import ReadingCache
from bot.devin.gather import Gather
from bot.digests.drafter import Drafter
from bot.messages.message import Message
from bot.messages.render import render
from bot.playground.slack.standin import Slack
from bot.queries.request import Account, Aliases, Request
from bot.reports.metrics import cost
from bot.reports.rounding import apportion
from bot.slack.fallback import LISTS, TABLES, fallbacks
from bot.store import Store
from bot.store.readings import StoredReadings
from tests.asking import AT, NOTHING, services
from tests.at_work import Hand, World, at_work
from tests.splits import MONTHS_LATER, Counting, by_day, numbers
from tests.test_digest_messages import MONDAY, delivery, digest
from tests.test_settings_command import MemoryPeople
from tests.test_split_messages import MONDAYS, SHIPPED, TWELVE

WIDTH = 120
HOSTILE = [
    "<!channel>",
    "*bold* & <http://evil|x>",
    "支払い🙂" * 100,
    "\u202etxt.exe",
    "R&D :tada: 👩🏽‍💻",
    "{{ 7*7 }}",
]
ORIGINS = {"slack": 32, "webapp": 25, "automation": 22, "linear": 8, "jira": 6, "api": 3, "desktop": 2, "": 2}

Count = Callable[[Cell], Counts]


class OneFile(SingleFileSnapshotExtension):
    """A text file for each message."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(OneFile)


# What Devin counts


def work(sessions: int, shipped: int, acus: str, sizes: tuple[int, ...] = (21, 34, 29, 13, 3)) -> Counts:
    """So many sessions, in sizes and from origins as these percentages say."""
    origins = dict(zip(ORIGINS, portions(sessions, tuple(ORIGINS.values())), strict=True))
    return Counts(
        sessions=sessions,
        by_size=dict(zip(SIZES, portions(sessions, sizes), strict=True)),
        by_origin={name: count for name, count in origins.items() if name},
        with_playbook=sessions * 41 // 100,
        with_search=sessions * 11 // 100,
        shipped=shipped,
        shipped_by_size=dict(zip(SIZES, portions(shipped, (24, 37, 28, 10, 1)), strict=True)),
        average_acus=Decimal(acus),
    )


def portions(total: int, shares: tuple[int, ...]) -> list[int]:
    return apportion([Fraction(total * share, 100) for share in shares], total)


def both(now: Counts, earlier: Counts, since: int = 9) -> Count:
    """One count from a day of the month on, and one before it."""
    return lambda cell: now if cell.window.after.day >= since else earlier


def week_so_far(cell: Cell) -> Counts:
    days = {f"11-{day}": work(60 + day, 30 + day, "6") for day in range(16, 21)}
    return by_day(days, work(390, 240, "6"), work(380, 250, "6.1"))(cell)


def twelve_weeks(cell: Cell) -> Counts:
    weeks = {day: work(*pair, "6.4") for day, pair in zip(MONDAYS, zip(TWELVE, SHIPPED, strict=True), strict=True)}
    return by_day(weeks, work(sum(TWELVE), sum(SHIPPED), "6.4"), work(3104, 1543, "5.7"))(cell)


def by_org(cell: Cell) -> Counts:
    """Three organizations of an enterprise that has more."""
    now, earlier = {
        (): (work(450, 220, "6.3"), work(400, 210, "6.3")),
        ("org-1",): (work(171, 86, "6.5"), work(158, 85, "6.4")),
        ("org-2",): (work(112, 55, "6"), work(107, 55, "6")),
        ("org-3",): (work(138, 73, "6.2"), work(124, 67, "6.1")),
    }[cell.filter.orgs]
    return now if cell.window.after.day >= 9 else earlier


def hostile(cell: Cell) -> Counts:
    return work(100 * int(cell.filter.orgs[0]), 10, "2") if len(cell.filter.orgs) == 1 else work(2100, 60, "2")


# What is asked


@dataclass(frozen=True)
class Asked:
    """A question, and who counts what."""

    text: str
    count: Count
    at: datetime = AT
    account: Account | None = None
    price: str | None = None

    def services(self) -> Services:
        """What answers it in Slack."""
        priced = cost(Fraction(self.price), "USD") if self.price else None
        return replace(services(Counting(self.count, self.at), self.account), people=MemoryPeople(), cost=priced)


WEEK = "2026-11-09..2026-11-15"
MANY, FEWER = work(500, 260, "6.4"), work(430, 236, "6.1", (22, 35, 29, 12, 2))
EVIL = Account("v3-enterprise", orgs=Aliases({name: str(at) for at, name in enumerate(HOSTILE, 1)}))
ASKED = {
    "none": Asked("last week", both(NOTHING, work(37, 20, "6"))),
    "none-twice": Asked(f"{WEEK} user=user-7", both(NOTHING, NOTHING), MONTHS_LATER),
    "one": Asked("last week org=payments", both(work(1, 1, "3.25"), work(2, 0, "4"))),
    "five": Asked(WEEK, both(work(5, 3, "4.2"), work(6, 2, "5")), MONTHS_LATER),
    "five-hundred": Asked(WEEK, both(MANY, FEWER), MONTHS_LATER),
    "maturing": Asked("last 7d org=payments,search", both(MANY, FEWER)),
    "running": Asked("this week", both(MANY, FEWER, since=16)),
    "rolling": Asked("last 24h vs=none playbook=playbook-9", both(work(40, 12, "5.5"), FEWER)),
    "last-year": Asked("2026-10 vs=year", lambda cell: MANY if cell.window.after.year == 2026 else FEWER, MONTHS_LATER),
    "v2": Asked("last week", both(Counts(sessions=500), Counts(sessions=430)), account=Account("v2-enterprise")),
    "over-100": Asked(WEEK, both(work(500, 520, "6.4"), FEWER), MONTHS_LATER),
    "with-a-price": Asked(WEEK, both(MANY, FEWER), MONTHS_LATER, price="2.25"),
    "by-day": Asked("this week by=day", week_so_far),
    "by-week": Asked("last 12w by=week", twelve_weeks),
    "by-org": Asked(f"{WEEK} by=org", by_org, MONTHS_LATER),
    "by-org-maturing": Asked("last week by=org top=2", by_org),
    "by-origin": Asked(f"{WEEK} by=origin top=4", both(MANY, FEWER), MONTHS_LATER),
    "by-size": Asked(f"{WEEK} by=size", both(MANY, FEWER), MONTHS_LATER),
    "hostile-name": Asked(f"last 7d vs=none org={json.dumps(HOSTILE[1])}", hostile, account=EVIL),
    "hostile-names": Asked("last 7d by=org vs=none", hostile, account=EVIL),
}


async def message(asked: Asked) -> Message:
    page = await answer(Request(asked.text, asked.at, user="U1"), asked.services())
    assert page.template == "report/report", page.data
    return render(page)


@pytest.mark.parametrize("name", ASKED)
async def test_a_report_reads_as_found_good(name: str, golden: SnapshotAssertion) -> None:
    assert printed(await message(ASKED[name])) == golden


async def test_what_is_compared_at_the_same_age_says_so_and_how_old_that_is(
    file_store: Store, golden: SnapshotAssertion
) -> None:
    for at in (AT - timedelta(weeks=1), AT):
        asked = Asked("last week by=org", by_org, at)
        cache = ReadingCache(StoredReadings(file_store, "T1"), lambda at=at: at, timedelta(days=30))  # type: ignore[misc]
        kept = replace(asked.services(), gather=Gather(Counting(by_org, at), 8, cache))
        made = render(await answer(Request(asked.text, at, user="U1"), kept))
    assert printed(made) == golden


@pytest.fixture
async def world(file_store: Store, slack: Slack, hand: Hand) -> AsyncIterator[World]:
    async with at_work(file_store, slack, hand) as opened:
        yield opened


@pytest.mark.parametrize(
    ("earlier", "late"),
    [
        pytest.param(FEWER, 0, id="on-time"),
        pytest.param(FEWER, 162, id="late"),
        pytest.param(work(480, 250, "6.4"), 0, id="quiet"),
    ],
)
async def test_a_digest_reads_as_found_good(
    earlier: Counts, late: int, world: World, golden: SnapshotAssertion
) -> None:
    at = MONDAY + timedelta(minutes=late)
    pages = Drafter(world.here, services(Counting(both(MANY, earlier), at)), tolerance=Fraction(2, 100))
    draft = await pages.draft(digest(), delivery(), at)
    assert draft
    assert printed(render(draft.page)) == golden


@pytest.mark.parametrize("name", ASKED)
async def test_a_headline_stands_first_and_all_of_it_is_within_twelve_blocks(name: str) -> None:
    made = await message(ASKED[name])
    assert made.blocks[0]["text"]["text"] == made.text.partition("\n")[0]
    assert len(made.blocks) <= 12


@pytest.mark.parametrize("name", ASKED)
async def test_every_step_down_keeps_the_numbers_and_the_text_alone_has_them_all(name: str) -> None:
    made = await message(ASKED[name])
    steps = dict(fallbacks(made))
    told = shown(made)
    assert all(shown(steps[step]) == told for step in (TABLES, LISTS) if step in steps)
    assert {number.lstrip("+−") for number in told} <= {number.lstrip("+−") for number in numbers(made.text)}


# How they are printed


def printed(made: Message) -> str:
    """The text as it is read, then the blocks, a line each where there is room."""
    return seen(made.text) + "\n\n" + "\n".join(seen(line) for block in made.blocks for line in lines(block)) + "\n"


def lines(part: Any, indent: str = "", before: str = "", after: str = "") -> Iterator[str]:
    """JSON that breaks a line only where that would be too long."""
    short = indent + before + json.dumps(part, ensure_ascii=False) + after
    if len(short) <= WIDTH or not isinstance(part, dict | list):
        yield short
        return
    inner = inside(part)
    opening, closing = "{}" if isinstance(part, dict) else "[]"
    yield indent + before + opening
    for at, (key, value) in enumerate(inner, 1):
        yield from lines(value, indent + "  ", key, "," if at < len(inner) else "")
    yield indent + closing + after


def inside(part: dict[str, Any] | list[Any]) -> list[tuple[str, Any]]:
    """What is in an object or in a list, with the words before it."""
    if isinstance(part, list):
        return [("", one) for one in part]
    return [(f"{json.dumps(key)}: ", one) for key, one in part.items()]


def seen(text: str) -> str:
    """What nobody would see in a file as its code, but for what keeps words on a line."""
    hidden = {"Cf", "Cc"}
    return "".join(f"\\u{ord(one):04x}" if unicodedata.category(one) in hidden and one != "\n" else one for one in text)


def shown(made: Message) -> list[str]:
    """The numbers that the blocks say in words, in their order: not those of charts, which tables have, and buttons."""
    told = [block for block in made.blocks if block["type"] != "actions"]
    return [number for block in told for text in words(block) for number in numbers(text)]


def words(part: Any) -> Iterator[str]:
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        yield part["text"]
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from words(inner)
