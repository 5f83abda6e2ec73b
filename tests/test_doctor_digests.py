"""Doctor looks at each digest's channel and steward, as far as the scopes go."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.cli.doctor_digests import MOST_LOOKED_AT
from bot.cli.doctor_slack import look_at_slack
from bot.config.settings import load
from bot.messages.page import Page
from bot.messages.render import text
from bot.playground.slack.standin import Channel, Slack, SlackFault, slack_standin
from bot.queries.query import parse
from bot.schedules.delivery import BY_HAND, Digest
from bot.schedules.schedule import read_rule
from bot.store import open_store
from bot.store.digests import add_digest
from tests.databases import make_migrated_file

AT = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)
DIGEST = Digest(
    rule=read_rule("weekly monday 9:00", AT.date()),
    tz=ZoneInfo("UTC"),
    query=parse("last week"),
    channel="C01REPORTS",
    lang="en",
    since=AT,
    steward="U01NEWYORK",
    steward_name="Newyork",
)
pytestmark = pytest.mark.usefixtures("nothing_set")
SCOPES = {"channels:read", "groups:read", "users:read"}


async def add(*changes: dict[str, Any], team: str = "T01STANDIN") -> None:
    """Digests in the database of this folder, each with these changes and another question."""
    if not Path("devin-metrics.db").exists():
        await make_migrated_file(Path("devin-metrics.db"))
    async with open_store("sqlite:///devin-metrics.db") as store, store.writing(exclusive=True) as connection:
        for days, change in enumerate(changes, 1):
            await add_digest(connection, team, replace(DIGEST, query=parse(f"last {days}d"), **change))


async def told(slack: Slack) -> list[str]:
    """What is said of digests; each line of a finding up to the next one."""
    settings = {
        "DEVIN_API_KEY": "cog_test",
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": "secret",
    }
    Path(".env").write_text("".join(f'{name}="{value}"\n' for name, value in settings.items()), "utf-8")
    looked_at = await look_at_slack(load(), lambda: AT)
    findings = [finding for finding in looked_at if finding.key.startswith("digest")]
    return text(Page("cli/doctor", "en", {"findings": findings, "well": False})).splitlines()


@pytest.mark.parametrize(
    ("scopes", "line"),
    [
        (SCOPES, "✓ 2 digests: channels and stewards are fine"),
        ({"channels:read"}, "✓ 2 digests: their channels are fine"),
        ({"users:read"}, "✓ 2 digests: their stewards are fine"),
    ],
)
async def test_digests_that_are_fine_are_counted_by_what_the_scopes_show(scopes: set[str], line: str) -> None:
    await add({}, {})
    async with slack_standin(AT) as slack:
        slack.scopes |= scopes
        assert await told(slack) == [line]


async def test_without_a_scope_a_digest_or_a_database_nothing_is_said() -> None:
    async with slack_standin(AT) as slack:
        slack.scopes |= SCOPES
        assert await told(slack) == []
        assert not Path("devin-metrics.db").exists()
        await add({})
        slack.scopes -= SCOPES
        assert await told(slack) == []


@pytest.mark.parametrize(
    ("channel", "line"),
    [
        (None, "Slack does not show <#C02> to this bot: it is private, or it is gone."),
        (
            Channel("away", is_private=True, is_member=False),
            "Slack does not show <#C02> to this bot: it is private, or it is gone.",
        ),
        (Channel("away", is_member=False), "This bot is not in <#C02>."),
        (Channel("old", is_archived=True), "<#C02> is archived."),
        (
            Channel("both", is_ext_shared=True),
            "People of another company read <#C02>, too, so nothing is posted there for all.",
        ),
    ],
)
async def test_a_channel_with_a_problem_is_a_line_of_its_digest(channel: Channel | None, line: str) -> None:
    await add({}, {"channel": "C02"})
    async with slack_standin(AT) as slack:
        slack.scopes |= SCOPES
        if channel:
            slack.channels["C02"] = channel
        assert (await told(slack))[:2] == ["✗ Digest 2", line]


async def test_a_shared_channel_that_is_allowed_is_fine() -> None:
    Path("devin-metrics.toml").write_text('[access]\nshared_channels = ["C02"]\n', "utf-8")
    await add({"channel": "C02"})
    async with slack_standin(AT) as slack:
        slack.scopes |= SCOPES
        slack.channels["C02"] = Channel("both", is_ext_shared=True)
        assert await told(slack) == ["✓ 1 digest: channel and steward are fine"]


@pytest.mark.parametrize(
    ("steward", "name"),
    [("U01GONE", "Gone"), ("U01NOBODY", "Was Here"), (None, "Was Here")],
    ids=["deactivated", "unknown", "dropped"],
)
async def test_a_steward_who_has_left_is_named(steward: str | None, name: str) -> None:
    await add({"steward": steward, "steward_name": "Was Here"})
    async with slack_standin(AT) as slack:
        slack.scopes |= SCOPES
        slack.users["U01GONE"] = replace(slack.users["U01NEWYORK"], name="gone", deleted=True)
        assert await told(slack) == [
            "✗ Digest 1",
            f"{name}, who answered for this digest, has no account here any more.",
            "Somebody else can take it over.",
        ]


async def test_a_digest_that_somebody_has_paused_is_left_alone() -> None:
    await add({"channel": "C02", "paused": BY_HAND}, {"channel": "C02", "paused": "channel-archived"})
    async with slack_standin(AT) as slack:
        slack.scopes |= SCOPES
        assert [line for line in await told(slack) if line.startswith("✗")] == ["✗ Digest 2"]


async def test_of_many_digests_so_many_are_looked_at_and_that_is_said() -> None:
    await add(*[{}] * (MOST_LOOKED_AT + 1))
    async with slack_standin(AT) as slack:
        slack.scopes |= SCOPES
        assert await told(slack) == [
            f"✓ {MOST_LOOKED_AT} digests: channels and stewards are fine",
            f"– Only the first {MOST_LOOKED_AT} digests were looked at, and there are more",
        ]


async def test_in_an_organization_a_digest_is_named_with_its_workspace() -> None:
    Path("devin-metrics.toml").write_text('[access]\nworkspaces = ["T01OPS"]\n', "utf-8")
    await add({}, team="T01OTHER")
    await add({"channel": "C02"}, team="T01OPS")
    async with slack_standin(AT) as slack:
        slack.scopes |= SCOPES
        slack.enterprise_id, slack.is_enterprise_install = "E01GRID", True
        assert (await told(slack))[0] == "✗ Digest 1 of the workspace “T01OPS”"


async def test_slack_that_takes_no_more_calls_ends_the_look_in_words() -> None:
    await add({}, {})
    async with slack_standin(AT) as slack:
        slack.scopes |= SCOPES
        slack.faults["conversations.info"].append(SlackFault(error="ratelimited"))
        assert (await told(slack))[:2] == [
            "✗ Digests",
            "Slack has had too many calls with “SLACK_BOT_TOKEN”, and takes no more for a while (“ratelimited”).",
        ]
        assert [call.method for call in slack.calls].count("conversations.info") == 1
