"""Users of other workspaces and companies, and an app that is installed in a whole organization, in the stand-in."""

from typing import Any

import pytest

from bot.playground.slack.standin import Channel, Dispatch, Slack, User
from tests.slack_bots import REPORT, answering, client

SIBLING = User("sibling", team_id="T02SIBLING", enterprise_id="E01STANDIN")
PARTNER = User("partner", team_id="T03PARTNER", enterprise_id="E03PARTNER")


@pytest.fixture
def slack(bare_slack: Slack) -> Slack:
    """A workspace of an organization, with users of another of its workspaces and of another company."""
    bare_slack.scopes.add("users:read")
    bare_slack.enterprise_id = "E01STANDIN"
    bare_slack.users |= {"U02SIBLING": SIBLING, "U03PARTNER": PARTNER}
    bare_slack.channels["C03SHARED"] = Channel("shared", is_ext_shared=True)
    return bare_slack


async def info(slack: Slack, user: str) -> Any:
    """The user as `users.info` tells of them."""
    return (await client(slack).users_info(user=user, include_locale=True))["user"]


async def command(slack: Slack, **how: Any) -> Any:
    """What a command tells the bot."""
    async with answering(slack):
        return (await slack.command("last 7d", **how)).payload


async def click(slack: Slack, **how: Any) -> Any:
    """What a click tells the bot."""
    async with answering(slack):
        return (await slack.click(slack.post("C03SHARED", {"blocks": REPORT}), "why", **how)).payload


# users.info and auth.test


async def test_a_guest_and_a_user_without_a_zone_are_told_as_such(slack: Slack) -> None:
    slack.users["U04GUEST"] = User("guest", tz=None, locale=None, is_restricted=True, is_ultra_restricted=True)
    guest, member = await info(slack, "U04GUEST"), await info(slack, "U01TOKYO")
    assert (guest["is_restricted"], guest["is_ultra_restricted"], member["is_restricted"]) == (True, True, False)
    assert {"tz", "tz_label", "tz_offset", "locale"} & guest.keys() == set()
    assert guest["team_id"] == slack.team_id


async def test_a_user_of_an_organization_is_one_of_its_workspaces(slack: Slack) -> None:
    own, sibling = await info(slack, "U01TOKYO"), await info(slack, "U02SIBLING")
    assert (own["team_id"], own["enterprise_user"]["enterprise_id"]) == (slack.team_id, "E01STANDIN")
    assert (sibling["team_id"], sibling["enterprise_user"]["teams"]) == ("T02SIBLING", ["T02SIBLING"])
    assert sibling["enterprise_user"]["enterprise_name"] == slack.enterprise_name
    assert (sibling["tz"], sibling["locale"], "is_stranger" in sibling) == ("America/New_York", "en-US", False)


async def test_outside_of_an_organization_there_is_no_enterprise_user(slack: Slack) -> None:
    slack.enterprise_id = None
    assert "enterprise_user" not in await info(slack, "U01TOKYO")
    assert "enterprise_id" not in (await client(slack).auth_test()).data


async def test_of_another_company_s_people_it_tells_no_locale_and_the_zone_only_if_lenient(slack: Slack) -> None:
    strict = await info(slack, "U03PARTNER")
    slack.lenient = True
    lenient = await info(slack, "U03PARTNER")
    assert (strict["team_id"], strict["enterprise_user"]["enterprise_id"]) == ("T03PARTNER", "E03PARTNER")
    assert ("tz" in strict, "tz" in lenient, "locale" in lenient) == (False, True, False)
    assert "is_stranger" not in strict


async def test_who_is_in_no_shared_channel_is_a_stranger_and_little_is_told(slack: Slack) -> None:
    slack.channels["C03SHARED"].members = {"U01NEWYORK"}
    told = await info(slack, "U03PARTNER")
    assert told.keys() == {"id", "team_id", "name", "real_name", "profile", "is_stranger"}
    assert told["is_stranger"] is True


async def test_auth_test_tells_of_an_organization_and_of_a_token_for_all_of_it(slack: Slack) -> None:
    one = (await client(slack).auth_test()).data
    slack.is_enterprise_install = True
    all_ = (await client(slack).auth_test()).data
    assert isinstance(one, dict)
    assert isinstance(all_, dict)
    assert (one["team_id"], one["enterprise_id"], one["is_enterprise_install"]) == (slack.team_id, "E01STANDIN", False)
    assert (all_["team_id"], all_["enterprise_id"], all_["is_enterprise_install"]) == ("E01STANDIN", "E01STANDIN", True)


# Commands and interactions


async def test_a_command_tells_workspace_and_organization_as_text(slack: Slack) -> None:
    told = await command(slack)
    assert (told["team_id"], told["enterprise_id"]) == (slack.team_id, "E01STANDIN")
    assert (told["enterprise_name"], told["is_enterprise_install"]) == (slack.enterprise_name, "false")
    slack.is_enterprise_install = True
    assert (await command(slack))["is_enterprise_install"] == "true"
    slack.enterprise_id = None
    assert {"enterprise_id", "enterprise_name"} & (await command(slack)).keys() == set()


@pytest.mark.parametrize(
    ("how", "team"),
    [
        ({"user": "U02SIBLING"}, "T02SIBLING"),
        ({"user": "U03PARTNER"}, "T03PARTNER"),
        ({"team": "T02SIBLING"}, "T02SIBLING"),
    ],
)
async def test_a_command_and_a_click_come_from_the_user_s_workspace_or_the_named_one(
    slack: Slack, how: dict[str, str], team: str
) -> None:
    typed, clicked = await command(slack, **how), await click(slack, **how)
    assert (typed["team_id"], clicked["team"]["id"], clicked["user"]["team_id"]) == (team, team, team)


async def test_a_workspace_may_call_the_command_something_else(slack: Slack) -> None:
    names = [(await command(slack))["command"], (await command(slack, name="/dm"))["command"]]
    slack.command_name = "/metrics-of-devin"
    assert [*names, (await command(slack))["command"]] == ["/devin-metrics", "/dm", "/metrics-of-devin"]


async def test_a_click_tells_the_organization_and_without_one_that_there_is_none(slack: Slack) -> None:
    told = await click(slack, user="U03PARTNER")
    assert told["enterprise"]["id"] == told["team"]["enterprise_id"] == "E03PARTNER"
    slack.enterprise_id = None
    told = await click(slack)
    assert (told["enterprise"], "enterprise_id" in told["team"], told["is_enterprise_install"]) == (None, False, False)


async def test_of_an_app_in_a_whole_organization_an_interaction_has_no_team_but_its_user_has(slack: Slack) -> None:
    slack.is_enterprise_install = True
    told = await click(slack, user="U02SIBLING")
    assert (told["team"], told["is_enterprise_install"], told["user"]["team_id"]) == (None, True, "T02SIBLING")
    assert told["enterprise"] == {"id": "E01STANDIN", "name": slack.enterprise_name}


@pytest.mark.parametrize(("wide", "installed"), [(False, "T01STANDIN"), (True, "E01STANDIN")])
async def test_a_view_tells_the_user_s_workspace_and_where_the_app_is_installed(
    slack: Slack, wide: bool, installed: str
) -> None:
    slack.is_enterprise_install = wide
    home = {"type": "home", "blocks": REPORT}
    view = (await client(slack).views_publish(user_id="U02SIBLING", view=home))["view"]
    assert (view["team_id"], view["app_installed_team_id"]) == ("T02SIBLING", installed)


async def test_what_was_sent_can_be_looked_at_afterwards(slack: Slack) -> None:
    async with answering(slack):
        sent: Dispatch = await slack.shortcut("build", team="T02SIBLING")
    assert (sent.payload["type"], sent.payload["user"]["team_id"]) == ("shortcut", "T02SIBLING")
