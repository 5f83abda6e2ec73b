"""Set-ups that are broken in one place each: `doctor` says the exact line, and nothing else is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli.doctor import examine
from bot.messages.render import text
from bot.playground.devin.standin import DevinFault, DevinStandin, devin_standin
from bot.playground.slack.standin import Channel, Slack, SlackFault, slack_standin
from bot.store.migrations import NEWEST
from tests.test_doctor_database import revise
from tests.test_doctor_digests import SCOPES, add

AT = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("nothing_set")


@dataclass(frozen=True)
class Broken:
    """A set-up: what is other than right, and the two lines that say so."""

    finding: str
    line: str
    settings: Mapping[str, str] = field(default_factory=dict)
    slack: Callable[[Slack], object] = lambda _: None
    devin: Callable[[DevinStandin], object] = lambda _: None
    revision: str = ""
    digest: dict[str, str] | None = None


def refused(code: str) -> Callable[[Slack], object]:
    return lambda slack: setattr(slack, "revoked", code)


def later(**time: float) -> Callable[[Slack], object]:
    return lambda slack: setattr(slack, "clock", lambda: AT + timedelta(**time))


SETUPS = {
    "no Devin key": Broken("Devin key", "“DEVIN_API_KEY” is not set.", {"DEVIN_API_KEY": ""}),
    "Devin refuses": Broken(
        "Devin’s answer for Devin",
        "Devin does not accept this bot’s key.",
        devin=lambda devin: devin.faults.append(DevinFault(status=401)),
    ),
    "a person's token": Broken(
        "Slack",
        "“SLACK_BOT_TOKEN” is a person’s token (“xoxp-”…), with which that person’s messages can be read. This bot "
        "does not take one.",
        {"SLACK_BOT_TOKEN": "xoxp-1"},
    ),
    "a rotated token": Broken(
        "Slack",
        "“SLACK_BOT_TOKEN” is a token that is rotated (“xoxe”…): it expires after 12 hours, and this bot does not "
        "renew it.",
        {"SLACK_BOT_TOKEN": "xoxe.xoxb-1"},
    ),
    "tokens swapped": Broken(
        "Slack",
        "“SLACK_APP_TOKEN” is the bot’s token (“xoxb-”…), which belongs into “SLACK_BOT_TOKEN”.",
        {"SLACK_APP_TOKEN": "xoxb-1"},
    ),
    "uninstalled": Broken(
        "Slack",
        "The token in “SLACK_BOT_TOKEN” is of an app that was uninstalled, or of a workspace that was deleted "
        "(“account_inactive”).",
        slack=refused("account_inactive"),
    ),
    "expired": Broken(
        "Slack", "The token in “SLACK_BOT_TOKEN” has expired (“token_expired”).", slack=refused("token_expired")
    ),
    "not for this workspace": Broken(
        "Slack",
        "The token in “SLACK_BOT_TOKEN” was not granted access to this workspace (“team_access_not_granted”).",
        slack=refused("team_access_not_granted"),
    ),
    "a code without words": Broken(
        "Slack",
        "Slack refused the call with “SLACK_BOT_TOKEN” and said “made_up_later”, for which this version has no words.",
        slack=refused("made_up_later"),
    ),
    "Slack is away": Broken(
        "Slack", "Slack did not answer (“unreachable”).", {"SLACK_API_URL": "http://127.0.0.1:9/api/"}
    ),
    "Slack is limited": Broken(
        "Slack",
        "Slack has had too many calls with “SLACK_BOT_TOKEN”, and takes no more for a while (“ratelimited”).",
        slack=lambda slack: slack.faults["auth.test"].append(SlackFault(status=429)),
    ),
    "a proxy answers": Broken(
        "Slack",
        "What answers at “SLACK_API_URL” says “HTTP 502” and nothing that Slack would.",
        slack=lambda slack: slack.faults["auth.test"].append(SlackFault(status=502, body=b"<html>")),
    ),
    "no connections:write": Broken(
        "Socket Mode",
        "The token in “SLACK_APP_TOKEN” lacks a scope (“missing_scope”).",
        slack=lambda slack: slack.faults["apps.connections.open"].append(SlackFault(error="missing_scope")),
    ),
    "no chat:write": Broken(
        "Scopes", "The bot lacks the scope “chat:write”.", slack=lambda slack: slack.scopes.discard("chat:write")
    ),
    "the clock": Broken(
        "Clock", "This machine’s clock and that of Slack are 3600 seconds apart.", slack=later(hours=1)
    ),
    "no folder": Broken(
        "Database", "There is no folder “/nowhere” for the database.", {"DATABASE_URL": "sqlite:////nowhere/bot.db"}
    ),
    "no server": Broken(
        "Database",
        "The database “postgresql://bot@127.0.0.1:9/bot” cannot be opened.",
        {"DATABASE_URL": "postgresql://bot:secret@127.0.0.1:9/bot"},
    ),
    "a newer schema": Broken(
        "Database",
        f"The database is newer than this version (it has 9999, this version knows {NEWEST}).",
        revision="9999",
        digest={},
    ),
    "a digest's channel": Broken(
        "Digest 1",
        "<#C02> is archived.",
        slack=lambda slack: slack.channels.update(C02=Channel("old", is_archived=True)),
        digest={"channel": "C02"},
    ),
    "a digest's steward": Broken(
        "Digest 1",
        "Newyork, who answered for this digest, has no account here any more.",
        slack=lambda slack: setattr(slack.users["U01NEWYORK"], "deleted", True),
        digest={},
    ),
}


async def said(broken: Broken) -> tuple[bool, list[str]]:
    """Whether all is well, and the lines."""
    if broken.digest is not None:
        await add(broken.digest)
    if broken.revision:
        await revise("sqlite:///devin-metrics.db", broken.revision)
    async with slack_standin(AT) as slack, devin_standin(AT) as devin:
        slack.scopes |= SCOPES
        broken.slack(slack)
        broken.devin(devin)
        settings = {
            "DEVIN_API_KEY": "cog_test",
            "DEVIN_API_URL": devin.url,
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            **broken.settings,
        }
        Path(".env").write_text("".join(f'{name}="{value}"\n' for name, value in settings.items()), "utf-8")
        page = await examine(AT)
        return bool(page.data["well"]), text(page).replace(devin.url, "Devin").splitlines()


@pytest.mark.parametrize("setup", SETUPS)
async def test_a_broken_set_up_is_told_in_its_exact_line(setup: str) -> None:
    broken = SETUPS[setup]
    well, lines = await said(broken)
    assert not well
    assert lines[lines.index(f"✗ {broken.finding}") + 1] == broken.line
    assert [line for line in lines if line.startswith("✗")] == [f"✗ {broken.finding}"]
    assert "secret" not in "\n".join(lines)


async def test_the_same_set_up_is_well_where_nothing_is_broken() -> None:
    well, lines = await said(Broken("", "", digest={}))
    assert well
    assert "✓ 1 digest: channel and steward are fine" in lines
