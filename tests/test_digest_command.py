"""`digest …`: what is stored, what is said of it, and what is refused."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commands.answer import answer, command_of
from bot.commands.digest_look import sends_by_rule
from bot.commands.ports import Person, Services, SlackError, Standing
from bot.messages.message import Message
from bot.messages.page import Page
from bot.messages.render import render, say
from bot.problems import Problem
from bot.queries.query import parse
from bot.queries.request import Account, Aliases, Request
from bot.schedules.delivery import BY_HAND, Delivery, DeliveryState, Digest
from bot.schedules.schedule import read_rule
from tests.asking import AT, BEFORE, NEW_YORK, NOW, Told, ask, services
from tests.digests_told import ToldChannels, ToldDigests
from tests.test_digest_messages import elements
from tests.test_messages import HOSTILE, expected
from tests.test_settings_command import MemoryPeople

MISSING = SlackError("missing_scope", needed="channels:read")
PIECES = ["add", "edit", "1", "weekly", "daily", "mon", "9:00", "last", "week", "org=a", "C1", "#", "<#C2>", "every"]
PIECES += ["2", "weeks", "share", "tz=UTC", "preview", "show", "move", "steward", "<@U1>", "list", "monthly", ","]


@dataclass
class DigestCommands:
    """The digest commands of one user in one channel, with the services that they use."""

    digests: ToldDigests = field(default_factory=ToldDigests)
    channels: ToldChannels = field(default_factory=lambda: ToldChannels(people={"U1": Person("Ada Lovelace")}))
    more: dict[str, Any] = field(default_factory=dict)
    user: str | None = "U1"
    channel: str | None = "C1"
    at: datetime = AT

    @property
    def services(self) -> Services:
        told = Told(*[NOW, BEFORE] * 10, read_at=self.at)
        return replace(services(told), **{"digests": self.digests, "channels": self.channels, **self.more})

    async def page(self, text: str, **asker: Any) -> Page:
        request = Request(text, self.at, **{"user": self.user, "channel": self.channel, **asker})
        return await answer(request, self.services)

    async def message(self, text: str, **asker: Any) -> Message:
        return render(await self.page(text, **asker))

    async def says(self, text: str, **asker: Any) -> str:
        return (await self.message(text, **asker)).text.replace("\N{NO-BREAK SPACE}", " ")

    async def problem(self, text: str, **asker: Any) -> Problem:
        """The Problem that a text is answered with, in words, too."""
        page = await self.page(text, **asker)
        assert render(page).text
        found = page.data["problem"]
        assert isinstance(found, Problem)
        return found

    def delivered(self, state: str, occurrence: str = "2026-11-16", reason: str | None = None, digest: int = 1) -> None:
        """A delivery of last Monday."""
        due = datetime(2026, 11, 16, 14, 0, tzinfo=UTC)
        made = Delivery(
            f"d{len(self.digests.sent)}", digest, occurrence, due, due, "C1", "sent", due, due, reason=reason
        )
        self.digests.sent.append(replace(made, state=cast("DeliveryState", state)))


@pytest.fixture
def commands() -> DigestCommands:
    return DigestCommands()


def only(commands: DigestCommands) -> Digest:
    (digest,) = commands.digests.kept.values()
    return digest


# Adding


async def test_a_digest_is_told_with_its_next_six_sends(commands: DigestCommands) -> None:
    assert await commands.says("digest add") == expected(
        """
        Digest 1 is set up
        Every Monday at 9:00 AM, New York time, in <#C1>: last week, all organizations.
        Its question: “last week”
        You answer for it: this bot writes to you when it cannot be sent.
        A first line from this bot is in <#C1>, so posting there works.
        It comes next, and covers:
        Mon, Nov 23, 9:00 AM (UTC−5): Nov 16 – 22
        Mon, Nov 30, 9:00 AM (UTC−5): Nov 23 – 29
        Mon, Dec 7, 9:00 AM (UTC−5): Nov 30 – Dec 6
        Mon, Dec 14, 9:00 AM (UTC−5): Dec 7 – 13
        Mon, Dec 21, 9:00 AM (UTC−5): Dec 14 – 20
        Mon, Dec 28, 9:00 AM (UTC−5): Dec 21 – 27
        “digest show 1” tells how it stands, “digest preview 1” what it would say now.
        """
    )
    assert only(commands) == Digest(
        rule=read_rule("weekly monday 09:00", AT.date()),
        tz=NEW_YORK,
        query=parse("last week"),
        channel="C1",
        lang="en",
        since=AT,
        steward="U1",
        steward_name="Ada Lovelace",
        id=1,
        secret=only(commands).secret,
    )
    ((channel, first),) = commands.channels.posts
    assert (channel, first.text.splitlines()[0]) == ("C1", "Digest 1 will come here.")


@pytest.mark.parametrize(
    ("text", "rule", "query"),
    [
        ("", "weekly monday 09:00", "last week"),
        ("daily 7:30", "daily 07:30", "yesterday"),
        ("DAILY 7:30", "daily 07:30", "yesterday"),
        ("weekdays 9:00", "weekdays 09:00", "last 7d"),
        ("every 2 weeks monday 9:00", "every 2 weeks monday 09:00 from 2026-W48", "last 2w"),
        ("monthly 1 9:00", "monthly 1 09:00", "last month"),
        ("org=payments weekly mon,thu 16:00", "weekly monday,thursday 16:00", "last week org=payments"),
        ("last 4w", "weekly monday 09:00", "last 4w"),
        ("last 24h daily 9:00", "daily 09:00", "last 24h"),
        ("since monday", "weekly monday 09:00", "since monday"),
        ("this week vs=year", "weekly monday 09:00", "this week vs=year"),
        ("毎週月曜 9:00 先週", "weekly monday 09:00", "last week"),
    ],
)
async def test_rule_and_question_come_in_any_order_or_not_at_all(
    commands: DigestCommands, text: str, rule: str, query: str
) -> None:
    await commands.page(f"digest add {text}")
    assert (str(only(commands).rule), only(commands).query) == (rule, parse(query))


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("", "C1"),
        ("<#C0AB2CD|reports> daily 9:00", "C0AB2CD"),
        ("<#CGFQKLMRV|>", "CGFQKLMRV"),
        ("last week C0123456789", "C0123456789"),
        ("#G9 vs=year", "G9"),
        ("D01ABC, last 24h", "D01ABC"),
        ("weekly mon 9:00, <#C2|x>", "C2"),
        ("<#C2|x> <#C2|x>", "C2"),
    ],
)
async def test_a_channel_is_what_slack_offers_or_its_id(commands: DigestCommands, text: str, channel: str) -> None:
    await commands.page(f"digest add {text}")
    assert only(commands).channel == channel


async def test_zone_and_language_of_a_text_are_kept_beside_the_question(commands: DigestCommands) -> None:
    await commands.page("digest add lang=ja org=payments tz=asia/tokyo", tz="Europe/Berlin", lang="zh")
    assert (only(commands).tz.key, only(commands).lang) == ("Asia/Tokyo", "ja")
    assert only(commands).query == parse("last week org=payments")


async def test_zone_and_language_are_the_askers_own(commands: DigestCommands) -> None:
    await commands.page("digests add", tz="Asia/Tokyo", lang="ja")
    assert (only(commands).tz.key, only(commands).lang) == ("Asia/Tokyo", "ja")


async def test_a_week_to_count_from_is_that_of_the_digests_own_zone(commands: DigestCommands) -> None:
    commands.at = datetime(2026, 11, 22, 22, 0, tzinfo=NEW_YORK)  # In Tokyo it is Monday, in New York Sunday.
    await commands.page("digest add every 2 weeks sunday 23:00 tz=Asia/Tokyo")
    await commands.page("digest add every 2 weeks sunday 23:00")
    assert [str(digest.rule)[-8:] for digest in commands.digests.kept.values()] == ["2026-W48", "2026-W47"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("2026-10", "digest-period-fixed"),
        ("2026-10-01..2026-10-31", "digest-period-fixed"),
        ("since 2026-10-01", "digest-period-fixed"),
        ("2026", "digest-period-fixed"),
        ("user=me", "digest-of-people"),
        ("last week user=user-1", "digest-of-people"),
        ("share", "digest-is-shared"),
        ("of=17dbab3b32435d51bf1b3853f20476cc", "digest-of-a-post"),
        ("org=paymnts", "unknown-org"),
        ("by=week top=5", "top-of-time"),
        ("tz=Mars/Phobos", "unknown-zone"),
        ("lang=de", "not-a-choice"),
        ("colour=red", "unknown-key"),
        ("paymnts", "digest-unknown-word"),
        ("last week yesterday", "two-periods"),
        ("help", "command-comes-first"),
        ("weeky mon 9:00", "rule-unknown"),
        ("weekly mon 25:00", "rule-no-time"),
        ("<#C2|a> <#C3|b>", "two-channels"),
        ("#general", "channel-by-name"),
        ("#c2", "channel-by-name"),
        ("<@U2|bob>", "digest-unknown-word"),
        ("last 4y", "period-too-long"),
        ("x" * 1490, "text-too-long"),
        ("🚀", "digest-unknown-word"),
    ],
)
async def test_nothing_is_stored_or_posted_that_could_not_be_asked_on_monday(
    commands: DigestCommands, text: str, key: str
) -> None:
    assert (await commands.problem(f"digest add {text}")).key == key
    assert (commands.digests.kept, commands.channels.posts) == ({}, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("paymnts", "Did you mean “org=Payments”?"),
        ("lst week", "Did you mean “last week”?"),
        ("hlep", "“hlep” is not understood here.\nNothing was saved."),
        ("weekly monday 9:00 last wek", "Did you mean “last week”?"),
        ("weekly monday 9", "Did you mean “9:00”?"),
        ("weekly monday 9:00 America/New_York", "Did you mean “tz=America/New_York”?"),
        ("last week europe/berlin org=payments", "Did you mean “tz=Europe/Berlin”?"),
    ],
)
async def test_a_misspelt_word_is_mended_by_itself(commands: DigestCommands, text: str, words: str) -> None:
    assert words in await commands.says(f"digest add {text}")


async def test_a_v2_key_says_at_once_what_it_cannot_see(commands: DigestCommands) -> None:
    commands.more["account"] = Account("v2-enterprise")
    assert (await commands.problem("digest add playbook=up")).key == "not-with-this-key"


async def test_the_same_digest_twice_points_to_the_first(commands: DigestCommands) -> None:
    await commands.page("digest add weekly mon 9:00")
    said = await commands.says("digest add last week")
    assert said.splitlines()[0] == "That digest exists already: it is digest 1."
    assert len(commands.channels.posts) == 1


# Channels


@pytest.mark.parametrize(
    ("standing", "key"),
    [
        (Standing(archived=True), "channel-archived"),
        (Standing(member=False, private=True), "channel-not-joined"),
        (Standing(shared=True), "channel-shared"),
        (SlackError("channel_not_found"), "channel-not-found"),
        (MISSING, "scope-missing"),
        (SlackError("timeout", unclear=True), "slack-refused"),
    ],
)
@pytest.mark.parametrize("text", ["digest add <#C2|x> daily 9:00", "digest move 1 <#C2|x>"])
async def test_a_channel_that_gets_no_digest_is_named_before_anything_is_stored(
    commands: DigestCommands, standing: Standing | SlackError, key: str, text: str
) -> None:
    await commands.page("digest add")
    commands.channels.standings["C2"] = standing
    assert (await commands.problem(text)).key == key
    assert only(commands).channel == "C1"
    assert [channel for channel, _ in commands.channels.posts] == ["C1"]


@pytest.mark.parametrize("standing", [Standing(shared=True), MISSING])
async def test_a_shared_channel_that_the_settings_allow_gets_its_digest(
    commands: DigestCommands, standing: Standing | SlackError
) -> None:
    commands.channels.standings["C1"] = standing
    commands.more["shared_channels"] = frozenset({"C1"})
    assert "Digest 1 is set up" in await commands.says("digest add")


async def test_an_allowed_channel_is_not_allowed_to_be_archived(commands: DigestCommands) -> None:
    commands.channels.standings["C1"] = Standing(archived=True, shared=True)
    commands.more["shared_channels"] = frozenset({"C1"})
    assert (await commands.problem("digest add")).key == "channel-archived"


async def test_a_direct_message_is_not_looked_at(commands: DigestCommands) -> None:
    assert "New York time, in a direct message: last week" in await commands.says("digest add", channel="D1")
    assert commands.channels.looked == []


async def test_where_the_first_line_is_refused_nothing_stays(commands: DigestCommands) -> None:
    commands.channels.refuses["C1"] = SlackError("not_in_channel")
    assert await commands.says("digest add") == expected(
        """
        This bot is not in <#C1>.
        Type “/invite @Devin Metrics” in that channel, then try again here; or choose another channel.
        """
    )
    assert commands.digests.kept == {}


async def test_where_nobody_knows_whether_the_first_line_arrived_the_digest_stays(commands: DigestCommands) -> None:
    commands.channels.refuses["C1"] = SlackError("timeout", unclear=True)
    assert "Slack did not say whether this bot’s first line arrived in <#C1>." in await commands.says("digest add")
    assert only(commands).id == 1


async def test_in_blocks_a_channel_is_a_reference_and_a_person_too(commands: DigestCommands) -> None:
    await commands.page("digest add")
    shown = await commands.message("digest show 1", user="U2")
    assert {one["channel_id"] for one in elements(shown, "channel")} == {"C1"}
    assert [one["user_id"] for one in elements(shown, "user")] == ["U1"]
    assert "Ada Lovelace answers for it." in shown.text
    ((_, first),) = commands.channels.posts
    assert elements(first, "user") == []


# People


@pytest.mark.parametrize(
    ("person", "name"),
    [
        (Person("Ada"), "Ada"),
        (Person("Ada", gone=True), None),
        (SlackError("user_not_visible"), None),
        (SlackError("missing_scope", needed="users:read"), None),
        (SlackError("timeout"), None),
    ],
)
async def test_a_steward_whose_name_slack_does_not_tell_is_kept_by_id(
    commands: DigestCommands, person: Person | SlackError, name: str | None
) -> None:
    commands.channels.people["U1"] = person
    await commands.page("digest add")
    assert (only(commands).steward, only(commands).steward_name) == ("U1", name)
    assert f"{name or 'U1'} answers for it." in await commands.says("digest show 1", user="U9")


async def test_whoever_asks_takes_over_or_names_somebody(commands: DigestCommands) -> None:
    await commands.page("digest add")
    assert (await commands.says("digest steward 1")).startswith("Digest 1 stays as it was")
    assert "You answer for it" in await commands.says("digest steward 1", user="U2")
    assert only(commands).steward_name == "Name of U2"
    assert "Name of U3 answers for it." in await commands.says("digest steward 1 <@U3|eve>", user="U2")
    assert (only(commands).steward, only(commands).version) == ("U3", 3)


@pytest.mark.parametrize(
    ("text", "key"),
    [("@bob", "person-by-name"), ("bob", "person-by-name"), ("<@U8|x>", "unknown-person"), ("<@U9|x>", "person-gone")],
)
async def test_a_steward_has_to_be_here(commands: DigestCommands, text: str, key: str) -> None:
    await commands.page("digest add")
    commands.channels.people |= {"U8": SlackError("user_not_found"), "U9": Person("Eve", gone=True)}
    assert (await commands.problem(f"digest steward 1 {text}")).key == key
    assert only(commands).steward == "U1"


# Looking


async def test_nothing_set_up_yet_shows_how(commands: DigestCommands) -> None:
    assert await commands.says("digest") == expected(
        """
        No digest is set up yet
        To set one up in this channel: “digest add weekly monday 9:00 org=payments”
        """
    )


async def test_the_list_tells_when_each_comes_and_how_the_last_one_went(commands: DigestCommands) -> None:
    await commands.page("digest add")
    await commands.page("digest add daily 7:30 org=search playbook=playbook-1 <#C2|x>")
    await commands.page("digest add monthly last 9:00")
    commands.delivered("sent")
    commands.delivered("uncertain", digest=2)
    commands.digests.kept[2] = replace(commands.digests.kept[2], paused="channel-archived")
    commands.digests.kept[3] = replace(commands.digests.kept[3], paused=BY_HAND)
    assert await commands.says("digests") == expected(
        """
        3 digests
        Digest 1 · Every Monday at 9:00 AM, New York time, in <#C1>: last week, all organizations. """
        """Next: Mon, Nov 23, 9:00 AM (UTC−5). Last one: sent Mon, Nov 16, 9:00 AM.
        Digest 2 · Every day at 7:30 AM, New York time, in <#C2>: yesterday, Search. Playbook: playbook-1. """
        """Paused: <#C2> is archived. Last one: Slack did not say whether it arrived.
        Digest 3 · On the last day of every month at 9:00 AM, New York time, in <#C1>: last month, """
        """all organizations. Paused.
        “digest show 1” tells all about one. “help digest” shows what can be done.
        To set one up in this channel: “digest add weekly monday 9:00 org=payments”
        """
    )


async def test_many_digests_are_listed_five_at_a_time(commands: DigestCommands) -> None:
    for minute in range(13):
        await commands.page(f"digest add daily 7:{minute:02} org=payments,search,platform")
    first, last = await commands.says("digest list"), await commands.says("digest list 99")
    assert "Page 1 of 3; “digest list 2” shows another." in first
    assert [line.split()[1] for line in last.splitlines()[1:4]] == ["11", "12", "13"]
    assert "“digest list 1” shows another." in last
    assert (await commands.problem("digest list all")).key == "digest-nothing-more"


async def test_one_digest_is_shown_with_its_last_deliveries(commands: DigestCommands) -> None:
    await commands.page("digest add")
    commands.delivered("sent")
    commands.delivered("waiting", "manual-1")
    commands.delivered("missed", reason="too-late")
    commands.delivered("missed", reason="paused")
    commands.delivered("due", "restated-2026-11-09")
    commands.delivered("failed", reason="bug")
    said = await commands.says("digest show 1")
    assert said.splitlines()[-7:-1] == [
        "Last ones:",
        "Nov 16, 2026: sent Mon, Nov 16, 9:00 AM",
        "Nov 16, 2026, by hand: not sent yet, next try Mon, Nov 16, 9:00 AM",
        "Nov 16, 2026: not sent, since this bot was not running then",
        "Nov 16, 2026: not sent, since the digest was paused",
        "Nov 16, 2026, a restatement: on its way",
    ]


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("missed", "too-late", "not sent, since this bot was not running then"),
        ("missed", "paused", "not sent, since the digest was paused"),
        ("missed", "removed", "not sent, since the digest was removed"),
        ("missed", "moved", "not sent, since the digest has moved"),
        ("missed", "nothing-to-follow", "not sent, since the one before it was not sent"),
        ("sent", "found", "arrived, found in the channel on Mon, Nov 16, 9:00 AM"),
        ("sent", "arrived", "arrived, as somebody said on Mon, Nov 16, 9:00 AM"),
    ],
)
async def test_why_a_delivery_stands_as_it_does_is_true(
    commands: DigestCommands, state: str, reason: str, words: str
) -> None:
    await commands.page("digest add")
    commands.delivered(state, reason=reason)
    assert f"Nov 16, 2026: {words}" in (await commands.says("digest show 1")).splitlines()


async def test_a_preview_of_a_digest_takes_its_number_alone(commands: DigestCommands) -> None:
    await commands.page("digest add")
    for rest in ("last 4w", "weekly friday", "9:00", "org=payments"):
        said = await commands.says(f"digest preview 1 {rest}")
        assert f"“digest preview 1” takes nothing more, and “{rest}” was left over." in said
    assert (await commands.page("digest preview 7 days weekly friday")).template == "digest/preview"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("channel-not-joined", "The last one was not sent:\nThis bot is not in <#C1>.\nType “/invite @Devin Metrics”"),
        ("devin-down", "What stood in the way: “devin-down”. “/devin-metrics digest preview 1” asks the same now"),
    ],
)
async def test_a_failure_is_shown_with_its_remedy(commands: DigestCommands, reason: str, words: str) -> None:
    await commands.page("digest add")
    commands.delivered("failed", reason=reason)
    said = await commands.says("digest show 1")
    assert words in said
    assert "The next one comes as planned; “/devin-metrics digest send 1” sends one now." in said


async def test_a_failure_is_shown_though_its_reasons_could_not_follow_it(commands: DigestCommands) -> None:
    await commands.page("digest add")
    commands.delivered("missed", "reasons-2026-11-16", "nothing-to-follow")
    commands.delivered("failed", reason="channel-not-joined")
    assert "The last one was not sent:\nThis bot is not in <#C1>." in await commands.says("digest show 1")
    assert "Last one: not sent." in await commands.says("digest list")


async def test_a_digest_that_was_paused_for_a_reason_shows_it_and_what_to_type(commands: DigestCommands) -> None:
    await commands.page("digest add")
    commands.digests.kept[1] = replace(only(commands), paused="channel-not-joined")
    said = await commands.says("digest show 1")
    assert "It is paused, and this is why:\nThis bot is not in <#C1>." in said
    assert "When that is mended: “/devin-metrics digest resume 1”. For another channel: “/devin-metrics digest" in said
    assert "digest pause" not in said
    assert "Resumed now, it would come, and cover:\nMon, Nov 23" in said


async def test_an_uncertain_delivery_can_be_settled_from_where_it_is_shown(commands: DigestCommands) -> None:
    await commands.page("digest add")
    commands.delivered("uncertain")
    shown = await commands.message("digest show 1")
    assert [one["value"] for one in shown.blocks[-1]["elements"]] == ["digest arrived d0", "digest again d0"]
    assert await commands.says("digest arrived d0") == "Noted: digest 1 arrived. It is not posted again."
    assert commands.digests.sent[0].state == "sent"
    assert (await commands.problem("digest again d0")).key == "delivery-settled"


async def test_an_uncertain_delivery_is_posted_again_where_somebody_says_so(commands: DigestCommands) -> None:
    await commands.page("digest add")
    commands.delivered("uncertain")
    assert (await commands.says("digest again d0")).startswith("Digest 1 is on its way to <#C1> again.")
    assert commands.digests.sent[0].state == "due"


@pytest.mark.parametrize("text", ["digest arrived nope", "digest again", "digest arrived <@U1>"])
async def test_a_delivery_that_nobody_knows(commands: DigestCommands, text: str) -> None:
    assert (await commands.problem(text)).key == "unknown-delivery"


async def test_a_period_that_cannot_be_sent_one_day_is_told_and_hides_nothing(commands: DigestCommands) -> None:
    assert (await commands.problem("digest add monthly 1 0:00 this month")).key == "digest-just-begun"
    assert await commands.says("digest add daily 0:00 today") == expected(
        """
        When such a digest is sent, “today” has only just begun: Sat, Nov 21, 12:00 AM (America/New_York). """
        """There is nothing to tell of it yet.
        Choose a later hour, or a period that is over by then, such as “yesterday”.
        """
    )
    await commands.page("digest add daily 0:00 this month")
    commands.at = datetime(2026, 11, 30, 12, 0, tzinfo=NEW_YORK)
    assert "“this month” has only just begun: Tue, Dec 1, 12:00 AM" in await commands.says("digest list")
    assert "One of the next ones cannot be sent:\nWhen such a digest is sent, “this" in await commands.says(
        "digest show 1"
    )


async def test_the_longest_digests_still_fit_a_message(commands: DigestCommands) -> None:
    name = "ｘ" * 90 + "支払い🙂"
    commands.more["account"] = Account(
        "v3-enterprise",
        orgs=Aliases({f"{name}{number}": f"org-{number}" for number in range(9)}),
        service_users=Aliases({f"{name}{number}": f"service-user-{number}" for number in range(9)}),
        playbooks=Aliases({name: "playbook-1"}),
    )
    filters = "playbook=playbook-1 org=org-0,org-1,org-2 service_user=service-user-0,service-user-1,service-user-2,"
    filters += "service-user-3,service-user-4,service-user-5"
    days = "mon,tue,wed,thu,fri,sat,sun"
    for minute in range(6):
        await commands.page(f"digest add weekly {days} 7:{minute:02} tz=America/Argentina/ComodRivadavia {filters}")
        commands.delivered("uncertain", digest=minute + 1)
        commands.digests.kept[minute + 1] = replace(commands.digests.kept[minute + 1], paused="channel-not-found")
    for text in ("list", "list 2", "show 1", "preview 1", f"preview weekly {days} 7:00 {filters}"):
        assert "problem" not in (await commands.page(f"digest {text}")).data
        assert await commands.says(f"digest {text}")


async def test_a_question_of_any_length_can_be_shown_and_removed(commands: DigestCommands) -> None:
    orgs = ",".join(f"org-{number:06}" for number in range(89))
    await commands.page(f"digest add org={orgs}")
    assert len(str(only(commands).query)) > 990
    assert await commands.says("digest show 1")
    assert orgs in await commands.says("digest remove 1")


async def test_a_question_that_could_not_be_read_again_is_not_stored(commands: DigestCommands) -> None:
    orgs, more = (",".join(f"{kind}-{number:06}" for number in range(80)) for kind in ("org", "service-user"))
    await commands.page(f"digest add org={orgs}")
    before = only(commands)
    assert "Nothing was saved. Name fewer organizations" in await commands.says(
        f"digest edit 1 service_user={more[:700]}"
    )
    assert only(commands) == before
    orgs = ",".join(f"org-{number:06}" for number in range(120))
    assert (await commands.problem(f"digest add org={orgs}")).key == "digest-query-too-long"
    assert list(commands.digests.kept) == [1]


async def test_clock_changes_are_told_beside_each_send(commands: DigestCommands) -> None:
    commands.at = datetime(2026, 3, 1, 12, 0, tzinfo=NEW_YORK)
    lines = (await commands.says("digest preview weekly sunday 2:30")).splitlines()
    assert lines[1] == "Every Sunday at 2:30 AM, New York time, in <#C1>: last week, all organizations."
    assert lines[2:4] == [
        "Sun, Mar 8, 3:30 AM (UTC−4): Feb 23 – Mar 1. The clocks leave out 2:30 AM that day, so it comes at 3:30 AM",
        "Sun, Mar 15, 2:30 AM (UTC−4): Mar 2 – 8",
    ]
    commands.at = datetime(2026, 10, 30, 12, 0, tzinfo=NEW_YORK)
    lines = (await commands.says("digest preview weekly sunday,monday 1:30")).splitlines()
    assert lines[2].endswith("The clocks show 1:30 AM twice that day; it comes the first time")
    assert lines[3].endswith("The clocks have changed: it was UTC−4 before")


async def test_a_preview_of_a_rule_saves_nothing_and_says_how_to(commands: DigestCommands) -> None:
    said = await commands.says("digest preview daily 9:00 org=payments tz=Europe/Berlin")
    assert said.splitlines()[-1] == (
        "Nothing is saved. To set it up: “digest add daily 9:00 org=payments tz=Europe/Berlin”"
    )
    assert (commands.digests.kept, commands.channels.posts) == ({}, [])
    assert (await commands.problem("digest preview daily 9:00 org=nope")).key == "unknown-org"


def test_the_sends_of_a_rule_are_known_without_a_key() -> None:
    sends = sends_by_rule("weekly sunday 2:30 tz=Europe/Berlin", datetime(2027, 3, 20, tzinfo=UTC), 3, "UTC", 0)
    assert [
        (f"{send.at:%m-%d %H:%M %z}", say("digest/_schedule", "remark", send, "en").replace("\N{NO-BREAK SPACE}", " "))
        for send in sends
    ] == [
        ("03-21 02:30 +0100", ""),
        ("03-28 03:30 +0200", "The clocks leave out 2:30 AM that day, so it comes at 3:30 AM"),
        ("04-04 02:30 +0200", ""),
    ]


async def test_a_preview_of_a_digest_is_its_report_as_it_would_be_now(commands: DigestCommands) -> None:
    await commands.page("digest add org=payments tz=Asia/Tokyo")
    page = await commands.page("digest preview 1")
    said = render(page).text.replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert page.data["buttons"] is None
    assert said[:4] == [
        "Payments: 184 sessions, 91 shipped",
        "Last week · Mon, Nov 9 – Sun, Nov 15, 2026",
        "Tokyo time (UTC+9) · vs Nov 2 – 8",
        "A preview of digest 1: only you see it, and nothing was posted.",
    ]
    assert len(commands.channels.posts) == 1


# Changing


@pytest.mark.parametrize(
    ("text", "rule", "query"),
    [
        ("org=search", "weekly monday 09:00", "last week org=search vs=year"),
        ("org=all", "weekly monday 09:00", "last week org=all vs=year"),
        ("vs=previous", "weekly monday 09:00", "last week org=payments"),
        ("last 4w", "weekly monday 09:00", "last 4w org=payments vs=year"),
        ("daily 7:30", "daily 07:30", "yesterday org=payments vs=year"),
        ("monthly 1 9:00 last 4w", "monthly 1 09:00", "last 4w org=payments vs=year"),
    ],
)
async def test_what_is_named_changes_and_the_rest_stays(
    commands: DigestCommands, text: str, rule: str, query: str
) -> None:
    await commands.page("digest add org=payments vs=year")
    before, commands.at = only(commands), AT + timedelta(days=1)
    assert (await commands.says(f"digest edit 1 {text}")).startswith("Digest 1 is changed")
    assert (str(only(commands).rule), only(commands).query) == (rule, parse(query))
    kept = {"channel": "C1", "steward": "U1", "secret": before.secret, "tz": NEW_YORK, "lang": "en"}
    assert all(getattr(only(commands), name) == value for name, value in kept.items())
    assert (only(commands).since, only(commands).version) == (commands.at, 2)


async def test_a_time_alone_changes_the_time_alone(commands: DigestCommands) -> None:
    await commands.page("digest add every 2 weeks friday 16:00 from 2026-W46 last 4w")
    for text, rule in (
        ("10:00", "every 2 weeks friday 10:00 from 2026-W46"),
        ("at 11am tz=Asia/Tokyo", "every 2 weeks friday 11:00 from 2026-W46"),
        ("monthly 20", "monthly 20 11:00"),
    ):
        assert (await commands.says(f"digest edit 1 {text}")).startswith("Digest 1 is changed")
        assert (str(only(commands).rule), str(only(commands).query)) == (rule, "last 4w")
    assert (await commands.problem("digest add 10:00")).key == "rule-unknown"


@pytest.mark.parametrize(("typed", "meant"), [("9", "9:00"), ("16.30", "16:30"), ("930", "9:30")])
async def test_a_number_alone_may_be_meant_for_the_time(commands: DigestCommands, typed: str, meant: str) -> None:
    await commands.page("digest add")
    said = await commands.says(f"digest edit 1 {typed}")
    assert said.startswith(f"“{typed}” is not understood here. Did you mean “{meant}”?")


@pytest.mark.parametrize("text", ["edit 1 25", "edit 1 960", "add 9"])
async def test_of_a_number_that_is_no_time_nothing_is_guessed(commands: DigestCommands, text: str) -> None:
    await commands.page("digest add")
    assert (await commands.problem(f"digest {text}")).data["nearest"] is None


@pytest.mark.parametrize(
    "text", ["add weekly monday 9:00 last 3m by=day", "preview monthly 1 9:00 last 3m by=day", "edit 1 last 3m by=day"]
)
async def test_a_digest_that_would_take_too_many_calls_is_refused_as_a_command_is(
    commands: DigestCommands, text: str
) -> None:
    await commands.page("digest add")
    assert await commands.says(f"digest {text}") == await commands.says("last 3m by=day")
    assert (await commands.problem(f"digest {text}")).key == "too-many-calls"
    assert [str(digest.query) for digest in commands.digests.kept.values()] == ["last week"]


async def test_in_another_zone_a_date_that_had_its_send_does_not_come_again(commands: DigestCommands) -> None:
    await commands.page("digest add daily 9:00 tz=Asia/Tokyo")
    commands.at = datetime(
        2026, 11, 23, 1, 0, tzinfo=UTC
    )  # Ten o'clock on Monday in Tokyo, Sunday evening in New York.
    commands.delivered("sent", "2026-11-23")
    commands.delivered("sent", "manual-1")
    said = await commands.says("digest edit 1 tz=America/New_York")
    assert "covers:\nTue, Nov 24, 9:00 AM (UTC−5): Nov 23" in said


async def test_a_period_that_was_chosen_does_not_follow_the_rule(commands: DigestCommands) -> None:
    await commands.page("digest add last 4w")
    await commands.page("digest edit 1 daily 7:30 tz=Asia/Tokyo lang=ja")
    assert str(only(commands).query) == "last 4w"
    assert (only(commands).tz, only(commands).lang) == (ZoneInfo("Asia/Tokyo"), "ja")


async def test_other_filters_are_lifted_by_all_too(commands: DigestCommands) -> None:
    await commands.page("digest add playbook=playbook-1 service_user=service-user-1,service-user-2")
    await commands.page("digest edit 1 playbook=all service_user=ALL")
    assert only(commands).query == parse("last week")


async def test_a_change_that_changes_nothing_does_not_skip_what_is_due(commands: DigestCommands) -> None:
    await commands.page("digest add")
    before, commands.at = only(commands), AT + timedelta(days=9)
    for text in ("edit 1 weekly monday 9:00 last week", "resume 1", "move 1 <#C1|x>"):
        assert (await commands.says(f"digest {text}")).startswith("Digest 1 stays as it was")
    assert only(commands) == before


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("edit 1", "edit-what"),
        ("edit 1 <#C2|x>", "digest-moves"),
        ("edit 1 user=me", "digest-of-people"),
        ("edit 1 2026-10", "digest-period-fixed"),
        ("edit 1 org=nope", "unknown-org"),
        ("edit 1 daily 9:00 org=search", "digest-exists"),
        ("move 1", "which-channel"),
        ("move 1 #general", "channel-by-name"),
        ("move 1 somewhere", "which-channel"),
        ("move 1 <#C2|x> now", "which-channel"),
        ("show 1 now", "digest-nothing-more"),
        ("remove 1 2", "digest-nothing-more"),
        ("show x", "which-digest"),
        ("show", "which-digest"),
        ("pause 0", "which-digest"),
        ("send -1", "which-digest"),
        ("show 1.5", "which-digest"),
        ("show ١", "which-digest"),
        ("show 99999999999999999999", "which-digest"),
        ("show <@U1>", "which-digest"),
        ("resume 99", "unknown-digest"),
        ("ad", "unknown-digest-command"),
        ("🚀", "unknown-digest-command"),
        ("weekly mon 9:00", "unknown-digest-command"),
    ],
)
async def test_what_cannot_be_done_changes_nothing(commands: DigestCommands, text: str, key: str) -> None:
    await commands.page("digest add")
    await commands.page("digest add daily 9:00 org=search")
    before = dict(commands.digests.kept)
    assert (await commands.problem(f"digest {text}")).key == key
    assert commands.digests.kept == before
    assert len(commands.channels.posts) == 2


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ad", "add"),
        ("lst", "list"),
        ("shwo", "show"),
        ("3", "show 3"),
        ("delete", "remove"),
        ("delete 1", "remove 1"),
        ("cancel 1", "remove 1"),
        ("stop 1", "pause 1"),
        ("now 1", "send 1"),
        ("edt 1 weekly 9:00", "edit 1 weekly 9:00"),
        ("create", "add"),
        ("create daily 9:00", "add daily 9:00"),
        ("weekly monday 9:00", "add weekly monday 9:00"),
        ("monday 9am", "add monday 9am"),
        ("daily", "add daily"),
        ("zzz", None),
    ],
)
async def test_what_was_meant_is_suggested_with_all_that_was_typed(
    commands: DigestCommands, typed: str, meant: str | None
) -> None:
    assert (await commands.problem(f"digest {typed}")).data["nearest"] == meant


async def test_a_rhythm_that_no_digest_has_is_refused_as_such_without_add_too(commands: DigestCommands) -> None:
    for text in ("digest weekends 9:00", "digest add weekends 9:00", "digest add first monday of the month"):
        said = await commands.says(text)
        assert "is no rhythm that a digest can have.\nWrite “daily 09:00”" in said
    assert commands.digests.kept == {}


async def test_a_number_may_have_its_sign_and_a_typo_lists_the_numbers(commands: DigestCommands) -> None:
    await commands.page("digest add")
    assert (await commands.says("digest show #1")).startswith("Digest 1\n")
    assert "Give its number: “digest show 1”. Numbers in use: 1;" in await commands.says("digest show one")
    assert "There is no digest 7.\nNumbers in use: 1;" in await commands.says("digest show 7")


async def test_a_move_is_told_in_the_new_channel(commands: DigestCommands) -> None:
    await commands.page("digest add")
    said = await commands.says("digest move 1 <#C2|x>")
    assert said.splitlines()[:2] == [
        "Digest 1 has moved",
        "Every Monday at 9:00 AM, New York time, in <#C2>: last week, all organizations.",
    ]
    assert [(channel, post.text.splitlines()[0]) for channel, post in commands.channels.posts[1:]] == [
        ("C2", "Digest 1 comes here from now on.")
    ]
    assert (only(commands).channel, only(commands).since) == ("C2", AT)


async def test_a_move_that_slack_refuses_leaves_the_digest_where_it_was(commands: DigestCommands) -> None:
    await commands.page("digest add")
    commands.channels.refuses["C2"], before = SlackError("not_in_channel"), only(commands)
    assert (await commands.problem("digest move 1 <#C2|x>")).key == "channel-not-joined"
    assert only(commands) == replace(before, version=3)


async def test_a_move_that_is_refused_has_not_been_announced(commands: DigestCommands) -> None:
    await commands.page("digest add")
    await commands.page("digest add <#C2|x>")
    assert (await commands.problem("digest move 1 <#C2|x>")).key == "digest-exists"
    assert [channel for channel, _ in commands.channels.posts] == ["C1", "C2"]


async def test_a_move_stays_where_nobody_knows_whether_its_first_line_arrived(commands: DigestCommands) -> None:
    await commands.page("digest add")
    commands.channels.refuses["C2"] = SlackError("timeout", unclear=True)
    assert "Slack did not say whether" in await commands.says("digest move 1 <#C2|x>")
    assert only(commands).channel == "C2"


@pytest.mark.parametrize(("paused", "after"), [("channel-not-found", None), (BY_HAND, BY_HAND)])
async def test_a_move_mends_a_channel_that_was_gone_and_nothing_else(
    commands: DigestCommands, paused: str, after: str | None
) -> None:
    await commands.page("digest add")
    commands.digests.kept[1] = replace(only(commands), paused=paused)
    commands.at = AT + timedelta(days=30)
    await commands.page("digest move 1 <#C2|x>")
    assert only(commands).paused == after
    assert only(commands).since == (commands.at if after is None else AT)


async def test_a_pause_lasts_until_it_is_resumed_and_is_not_caught_up(commands: DigestCommands) -> None:
    await commands.page("digest add")
    assert "It is paused until “/devin-metrics digest resume 1”." in await commands.says("digest pause 1")
    assert only(commands).paused == BY_HAND
    commands.at = AT + timedelta(days=30)
    said = await commands.says("digest resume 1")
    assert said.splitlines()[0] == "Digest 1 comes again"
    assert "Mon, Dec 21, 9:00 AM (UTC−5): Dec 14 – 20" in said
    assert (only(commands).paused, only(commands).since) == (None, commands.at)


async def test_resuming_looks_at_the_channel_again(commands: DigestCommands) -> None:
    await commands.page("digest add")
    await commands.page("digest pause 1")
    commands.channels.standings["C1"] = Standing(archived=True)
    assert (await commands.problem("digest resume 1")).key == "channel-archived"
    assert only(commands).paused == BY_HAND


async def test_pausing_twice_keeps_the_first_reason(commands: DigestCommands) -> None:
    await commands.page("digest add")
    commands.digests.kept[1] = replace(only(commands), paused="channel-archived")
    await commands.page("digest pause 1")
    assert only(commands).paused == "channel-archived"


async def test_a_send_by_hand_is_on_its_way(commands: DigestCommands) -> None:
    await commands.page("digest add")
    assert (await commands.says("digest send 1")).splitlines()[0] == "Digest 1 is on its way to <#C1>."
    (delivery,) = commands.digests.sent
    assert (delivery.due, delivery.occurrence[:7]) == (AT, "manual-")


async def test_a_removed_digest_can_be_set_up_again_by_what_the_answer_says(commands: DigestCommands) -> None:
    await commands.page('digest add monthly last 7:30 tz=Asia/Tokyo lang=ja <#C2|x> org="payments" vs=year')
    before = only(commands)
    said = await commands.says("digest remove 1")
    assert commands.digests.kept == {}
    again = re.search("The same again: “(.*)”", said)
    assert again
    await commands.page(again[1])
    assert only(commands) == replace(before, secret=only(commands).secret)  # Nothing was sent under its id.


async def test_two_who_change_the_same_digest_do_not_overwrite_each_other(commands: DigestCommands) -> None:
    class Slow(ToldDigests):
        async def find(self, digest_id: int) -> Digest:
            found = await super().find(digest_id)
            self.kept[digest_id] = replace(found, version=found.version + 1)
            return found

    commands.digests = Slow()
    await commands.page("digest add")
    assert await commands.says("digest edit 1 org=search") == expected(
        """
        Somebody else changed digest 1 just now, and nothing of yours was kept.
        Look at it with “digest show 1”, then send yours again.
        """
    )


# Where there is no Slack, or no database


async def test_where_the_database_is_away_slack_does_not_learn_its_address(commands: DigestCommands) -> None:
    class Away(ToldDigests):
        async def all(self) -> list[Digest]:
            raise Problem("database-unreachable", url="postgresql://db.internal/metrics", detail="refused")

    commands.digests = Away()
    assert "db.internal" in await commands.says("digest list")
    commands.more["people"] = MemoryPeople()
    said = await commands.says("digest list")
    assert "db.internal" not in said
    assert "in its log under" in said


async def test_without_a_database_only_a_rule_can_be_previewed() -> None:
    problem = (await ask("digest list")).data["problem"]
    assert isinstance(problem, Problem)
    assert problem.key == "digests-need-database"
    assert render(await ask("digest preview daily 9:00")).text.startswith(
        "What such a digest would cover\nEvery day at"
    )


async def test_in_a_terminal_nobody_answers_and_nothing_is_posted(commands: DigestCommands) -> None:
    commands.user = commands.channel = None
    commands.more["channels"] = None
    said = await commands.says("digest add C2 weekly monday 9:00")
    assert "Nobody answers for it yet. In Slack, “digest steward 1” takes it over." in said
    assert "Nothing was posted to <#C2> yet; “digest send 1” shows whether this bot may." in said
    assert (only(commands).steward, commands.channels.posts) == (None, [])
    assert (await commands.problem("digest add")).key == "which-channel"
    assert "in this channel" not in await commands.says("digest list") + await commands.says("digest show 7")
    assert (await commands.problem("digest steward 1")).key == "nobody-takes-over"
    assert "U2 answers for it." in await commands.says("digest steward 1 U2")


# Whatever is typed


async def test_help_shows_commands_that_work(commands: DigestCommands) -> None:
    said = await commands.says("help digest")
    assert said == await commands.says("digest help") == await commands.says("help digests")
    assert len(said.splitlines()) <= 25
    for number in range(3):
        await commands.page(f"digest add daily 8:0{number}")
    await commands.page("digest pause 2")
    for typed in re.findall("“(digest [^”]*)”", said):
        text = typed.replace("#reports", "<#C2|reports>")
        assert "problem" not in (await commands.page(text if "remove" not in text else "digest remove 2")).data, typed
    for rule in re.findall("“((?:daily|weekdays|weekly|every|monthly) [^”]*)”", said):
        assert "problem" not in (await commands.page(f"digest preview {rule}")).data


def test_the_overview_knows_digests() -> None:
    assert command_of("DIGESTS list")[1] == "list"


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_text_is_answered_in_words(commands: DigestCommands, name: str) -> None:
    await commands.page("digest add")
    for start in ("", "add ", "show ", "edit 1 ", "steward 1 ", "move 1 ", "preview ", "arrived ", "list "):
        assert (await commands.problem(f"digest {start}{name}")).key != "bug"


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join))
async def test_no_text_breaks_the_command(text: str) -> None:
    commands = DigestCommands()
    await commands.page("digest add")
    page = await commands.page(f"digest {text}")
    assert isinstance(render(page), Message)
    problem = page.data.get("problem")
    assert not isinstance(problem, Problem) or problem.key != "bug"


async def test_a_stored_question_reads_back_as_itself(commands: DigestCommands) -> None:
    await commands.page('digest add org="payments",org-77 vs=year playbook=playbook-1')
    assert parse(str(only(commands).query)) == only(commands).query
