"""What people of other companies, guests and colleagues of other workspaces get, whatever they do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.playground.slack.standin import Channel, Post, Slack, SlackFault, User
from tests.in_slack import SEES_CHANNELS, Mode, World, bot_in_slack
from tests.test_in_slack import both

pytestmark = pytest.mark.usefixtures("nothing_set")
HEARS = ("app_mentions:read", "im:history", "users:read", *SEES_CHANNELS)
STRANGER, GUEST, COLLEAGUE = "U9STRANGER", "U01GUEST", "W02COLLEAGUE"
OTHER_COMPANY = "This bot answers only the people of the company that runs it"
NO_GUESTS = "This bot does not answer guests."


def people(slack: Slack) -> None:
    """Somebody of each kind."""
    slack.users[STRANGER] = User("stranger", team_id="T9STRANGE")
    slack.users[GUEST] = User("guest", is_restricted=True)
    slack.channels["C01PARTNER"] = Channel("partner", is_ext_shared=True)
    slack.channels["C01INVITED"] = Channel("invited", is_pending_ext_shared=True)


def by_bot(world: World) -> Iterator[Post]:
    return (post for post in world.slack.posts if post.author is None)


async def home_of(world: World, user: str) -> list[dict[str, Any]]:
    """The blocks of a user's Home, as soon as there is one."""
    view = await world.slack.until(lambda: world.slack.homes.get(user))
    blocks: list[dict[str, Any]] = view.content["blocks"]
    return blocks


@both
@pytest.mark.parametrize(("user", "words"), [(STRANGER, OTHER_COMPANY), (GUEST, NO_GUESTS)])
async def test_their_commands_mentions_and_messages_are_refused_in_a_sentence(
    mode: Mode, user: str, words: str, tmp_path: Path
) -> None:
    async with bot_in_slack(mode, tmp_path, scopes=HEARS, prepare=people) as world:
        await world.slack.command("last 7d", user=user)
        await world.slack.mention("last 7d", user=user)
        await world.slack.direct_message("last 7d", user=user)
        refused = await world.answered(words, count=3)
        assert {post.ephemeral_to or post.channel for post in refused} == {user}
        assert len([*by_bot(world)]) == 3


@pytest.mark.parametrize(("user", "words"), [(STRANGER, OTHER_COMPANY), (GUEST, NO_GUESTS)])
async def test_their_clicks_forms_and_homes_are_refused(user: str, words: str, tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS, prepare=people) as world:
        await world.slack.mention("last 7d")
        (report,) = await world.answered("Last 7 full days: ")
        await world.slack.click(report, "ask-previous", user=user)
        await world.answered(words)
        await world.slack.click(report, "digest-form", user=user)
        await world.slack.shortcut("build", user=user)
        await world.answered(words, count=3)
        assert not world.slack.modals
        await world.slack.open_home(user)
        home = await home_of(world, user)
        assert words in str(home)
        assert "Ask" not in str(home)


async def test_guests_may_ask_where_the_settings_allow_it(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS, prepare=people, access={"guests": True}) as world:
        await world.slack.command("last 7d", user=GUEST)
        await world.answered("Last 7 full days: ")


async def test_without_the_scope_for_profiles_guests_cannot_be_told_apart(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, prepare=people) as world:
        await world.slack.command("last 7d", user=GUEST)
        await world.answered("Last 7 full days: ")


@pytest.mark.parametrize("fault", [SlackFault(status=500), SlackFault(status=429)])
async def test_where_slack_fails_to_say_who_asks_they_are_no_colleague_until_it_does(
    fault: SlackFault, tmp_path: Path
) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS, prepare=people) as world:
        world.slack.faults["users.info"].append(fault)
        await world.slack.command("last 7d", user=GUEST)
        (refused,) = await world.answered("Slack did not say who you are")
        assert [element["action_id"] for element in refused.blocks[-1]["elements"]] == ["ask-again"]


async def test_a_form_does_not_open_before_slack_says_for_whom(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS, prepare=people) as world:
        world.slack.faults["users.info"].append(SlackFault(delay=4))
        await world.slack.shortcut("build", user=GUEST)
        await world.answered("Slack did not say who you are")
        assert not world.slack.modals


async def test_what_a_stranger_calls_the_command_is_not_its_name(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS, prepare=people) as world:
        await world.slack.command("last 7d", user=STRANGER, name="/evil")
        await world.answered(OTHER_COMPANY)
        await world.slack.mention("nonsense")
        await world.answered("Usage: “/devin-metrics [period]")


async def test_in_a_shared_channel_of_the_settings_strangers_ask_and_change_nothing(tmp_path: Path) -> None:
    access = {"shared_channels": frozenset({"C01PARTNER"})}
    async with bot_in_slack("socket", tmp_path, scopes=HEARS, prepare=people, access=access) as world:
        await world.slack.command("last 7d", user=STRANGER, channel="C01PARTNER")
        await world.answered("Last 7 full days: ")
        for more in ("digest add weekly monday 9:00", "digest list", "orgs", "settings", "last 7d user=user-01"):
            await world.slack.command(more, user=STRANGER, channel="C01PARTNER")
        await world.slack.command("last 7d", user=STRANGER, channel="C01REPORTS")
        await world.answered(OTHER_COMPANY, count=6)
        await world.slack.command("last 7d", user=GUEST, channel="C01PARTNER")
        await world.answered(NO_GUESTS)


@both
async def test_a_colleague_of_another_workspace_of_the_organization_is_no_stranger(mode: Mode, tmp_path: Path) -> None:
    """The app is installed in one workspace of the organization, with whose channels others take part."""

    def in_organization(slack: Slack) -> None:
        slack.enterprise_id = "E01GRID"
        slack.users[COLLEAGUE] = User("colleague", team_id="T02OTHER", enterprise_id="E01GRID")
        slack.users["W9GRID"] = User("visitor", team_id="T9STRANGE", enterprise_id="E9GRID")

    async with bot_in_slack(mode, tmp_path, scopes=HEARS, prepare=in_organization) as world:
        await world.slack.command("last 7d", user=COLLEAGUE)
        await world.answered("Last 7 full days: ")
        await world.slack.mention("last 7d", user=COLLEAGUE)
        _, answer = await world.answered("Last 7 full days: ", count=2)
        await world.slack.click(answer, "ask-previous", user=COLLEAGUE)
        await world.answered("Nov 5 – 11, 2026: ")
        await world.slack.direct_message("last 7d", user=COLLEAGUE)
        await world.slack.until(lambda: [post for post in by_bot(world) if post.channel == COLLEAGUE])
        await world.slack.mention("last 7d", user="W9GRID")
        await world.answered(OTHER_COMPANY)


# What is shared


@pytest.mark.parametrize(
    ("channel", "scopes", "words"),
    [
        ("C01PARTNER", SEES_CHANNELS, "People of another company read"),
        ("C01REPORTS", (), "Slack wants the scope “channels:read”"),
        ("G01BOARD", ("channels:read", "groups:read"), "Slack does not show"),
        ("D01NEWYORK", SEES_CHANNELS, "Slack does not tell this bot who reads a direct message"),
        ("C01INVITED", SEES_CHANNELS, "People of another company read"),
    ],
)
async def test_what_may_be_read_by_others_is_not_shared_and_can_be_shown_to_the_asker_alone(
    channel: str, scopes: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=scopes, prepare=people) as world:
        await world.slack.command("last week org=payments share", channel=channel)
        (refused,) = await world.answered(words)
        assert refused.ephemeral_to == "U01NEWYORK"
        await world.slack.click(refused, "ask-alone")
        (answer,) = await world.answered("Payments: ")
        assert answer.ephemeral_to == "U01NEWYORK"


async def test_the_share_button_asks_who_reads_the_channel_too(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=SEES_CHANNELS, prepare=people) as world:
        await world.slack.command("last week org=payments", channel="C01PARTNER")
        (private,) = await world.answered("Payments: ")
        await world.slack.click(private, "share")
        await world.answered("People of another company read")


async def test_a_channel_that_the_settings_allow_gets_what_is_shared(tmp_path: Path) -> None:
    access = {"shared_channels": frozenset({"C01PARTNER"})}
    async with bot_in_slack("socket", tmp_path, prepare=people, access=access) as world:
        await world.slack.command("last week org=payments share", channel="C01PARTNER")
        (answer,) = await world.answered("Payments: ")
        assert answer.ephemeral_to is None


# Enterprise Grid


def organization(slack: Slack) -> None:
    """An app that is installed for an organization of two workspaces, with somebody in each."""
    slack.enterprise_id, slack.is_enterprise_install = "E01GRID", True
    slack.users["U01NEWYORK"].enterprise_id = "E01GRID"
    slack.users[COLLEAGUE] = User("colleague", team_id="T02OTHER", enterprise_id="E01GRID")


@both
async def test_each_workspace_of_an_organization_has_its_own_digests_settings_and_home(
    mode: Mode, tmp_path: Path
) -> None:
    async with bot_in_slack(mode, tmp_path, scopes=HEARS, prepare=organization) as world:
        await world.slack.command("digest add weekly monday 9:00 org=payments", user=COLLEAGUE, team="T02OTHER")
        await world.answered("Digest 1")
        await world.slack.command("digest list")
        await world.answered("No digest")
        await world.slack.mention("digest list", user=COLLEAGUE, team="T02OTHER")
        await world.answered("Every Monday at 9:00", count=2)
        for user, there in (("U01NEWYORK", False), (COLLEAGUE, True)):
            await world.slack.open_home(user)
            home = await home_of(world, user)
            assert ("Every Monday" in str(home)) == there


async def test_a_form_of_an_organization_s_app_belongs_to_its_user_s_workspace(tmp_path: Path) -> None:
    """Its payload has no team: `"team": null`."""
    async with bot_in_slack("socket", tmp_path, scopes=HEARS, prepare=organization) as world:
        await world.slack.shortcut("digest-form", user=COLLEAGUE)
        form = await world.slack.until(lambda: world.slack.modal(COLLEAGUE))
        sent = await world.slack.submit(form, {"digest-form-channel": "C01REPORTS"})
        assert sent.payload["team"] is None
        await world.answered("Digest 1")
        await world.slack.command("digest list")
        await world.answered("No digest")


async def test_a_workspace_that_is_not_named_in_the_settings_is_refused(tmp_path: Path) -> None:
    access = {"workspaces": frozenset({"T01STANDIN"})}
    async with bot_in_slack("socket", tmp_path, scopes=HEARS, prepare=organization, access=access) as world:
        await world.slack.command("last 7d")
        await world.answered("Last 7 full days: ")
        await world.slack.command("last 7d", user=COLLEAGUE, team="T02OTHER")
        await world.answered("This bot does not work for this workspace.")
