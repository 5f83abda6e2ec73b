"""What keeps the bot from working, found before a reader finds it."""

import re
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest

from bot.cli.doctor import examine
from bot.messages.render import text
from bot.playground.devin import standin as devin_end
from bot.playground.devin.standin import DevinFault, DevinStandin, devin_standin
from bot.playground.slack import standin as slack_end
from bot.playground.slack.standin import Slack
from bot.slack.manifest import OPTIONAL

AT = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("nothing_set")


async def examined(devin: DevinStandin | None = None, **settings: str) -> tuple[bool, list[str]]:
    """Whether all is well, and the lines of the findings."""
    if devin:
        settings = {"DEVIN_API_KEY": "cog_test", "DEVIN_API_URL": devin.url, **settings}
    Path(".env").write_text("".join(f'{name}="{value}"\n' for name, value in settings.items()), "utf-8")
    page = await examine(AT)
    return bool(page.data["well"]), text(page).splitlines()


async def test_without_a_key_it_says_how_to_get_one() -> None:
    well, lines = await examined()
    assert not well
    assert lines[:3] == [
        "✓ Settings: environment and .env, no settings file",
        "✗ Devin key",
        "“DEVIN_API_KEY” is not set.",
    ]


async def test_settings_that_cannot_be_read_are_the_first_finding() -> None:
    well, lines = await examined(DEVIN_API_KEY="sk-1")
    assert not well
    assert lines[1] == "“DEVIN_API_KEY” is not a Devin key."


async def test_each_organization_is_tried_by_its_id() -> None:
    Path("devin-metrics.toml").write_text('[orgs]\nPayments = "org-payments"\nOld = "org-gone"\n', "utf-8")
    async with devin_standin(lambda: AT) as devin:
        well, lines = await examined(devin)
    assert not well
    assert "✓ Settings: devin-metrics.toml, environment and .env" in lines
    assert "✓ Devin’s answer for Payments" in lines
    assert f"✓ Time zone rules: tzdata {version('tzdata')}" in lines
    assert "✗ Devin’s answer for Old" in lines
    assert (
        "Already there? Then check the id “org-gone”: Devin says the same of an organization that it does not know."
        in lines
    )


async def test_a_long_list_of_organizations_is_told_in_full() -> None:
    Path("devin-metrics.toml").write_text("[orgs]\n" + "".join(f'gone{n} = "org-{n}"\n' for n in range(40)), "utf-8")
    async with devin_standin(lambda: AT) as devin:
        _, lines = await examined(devin)
    assert sum(line.startswith("✗ Devin’s answer for gone") for line in lines) == 40


async def test_when_all_is_well_it_says_what_to_try_next() -> None:
    async with devin_standin(lambda: AT) as devin:
        well, lines = await examined(devin)
    assert well
    assert lines[-1] == 'All is well. Try “devin-metrics ask "last 7d"”.'


async def test_a_key_with_white_space_works_and_is_mentioned() -> None:
    async with devin_standin(lambda: AT) as devin:
        well, lines = await examined(devin, DEVIN_API_KEY=" cog_test ")
    assert well
    assert "✓ Devin key: fits the v3-enterprise endpoint; white space around it was left out" in lines


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"DEVIN_API_KEY": "apk_user_test"}, "/v2/enterprise/metrics/sessions"),
        ({"DEVIN_ORG_ID": "org-search"}, "/v3/organizations/org-search/metrics/sessions"),
    ],
)
async def test_the_endpoint_of_the_key_is_the_one_that_is_tried(settings: dict[str, str], path: str) -> None:
    async with devin_standin(lambda: AT) as devin:
        well, _ = await examined(devin, **settings)
    assert well
    assert [request.path for request in devin.requests] == [path]


async def test_a_refused_key_is_told_with_its_remedy() -> None:
    async with devin_standin(lambda: AT) as devin:
        devin.faults.append(DevinFault(status=401))
        well, lines = await examined(devin)
    assert not well
    assert "Devin does not accept this bot’s key." in lines


# Slack


async def slack_examined(slack: Slack, **settings: str) -> tuple[bool, list[str]]:
    """The findings where Devin is well and Slack is set up, with these settings instead of the right ones."""
    async with devin_end.devin_standin(lambda: AT) as devin:
        return await examined(devin, **{**right_tokens(slack), **settings})


def right_tokens(slack: Slack) -> dict[str, str]:
    return {
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": "",
    }


async def test_slack_that_is_not_set_up_is_no_fault() -> None:
    async with devin_end.devin_standin(lambda: AT) as devin:
        well, lines = await examined(devin)
    assert well
    assert "– Slack: not set up. It begins with “devin-metrics manifest”" in lines


async def test_slack_that_is_well_is_told_line_by_line() -> None:
    async with slack_end.slack_standin(lambda: AT) as slack:
        slack.scopes.add("users:read")
        well, lines = await slack_examined(slack)
    assert well
    begin = lines.index("✓ Slack: knows this bot in the workspace Stand-in")
    assert [line for line in lines[begin:] if line.startswith("✓")] == [
        "✓ Slack: knows this bot in the workspace Stand-in",
        "✓ This machine’s clock goes with that of Slack",
        "✓ Scopes: all that this bot needs",
        "✓ Socket Mode: Slack lets this bot connect",
    ]


@pytest.mark.parametrize("seconds", [-121, 121, 3600])
async def test_a_clock_that_is_wrong_is_told_with_its_seconds_and_the_other_end(seconds: int) -> None:
    theirs = AT + timedelta(seconds=seconds)
    async with slack_end.slack_standin(theirs) as slack, devin_end.devin_standin(lambda: AT) as devin:
        well, lines = await examined(devin, **right_tokens(slack))
    assert not well
    told = lines.index("✗ Clock")
    assert re.fullmatch(r"This machine’s clock and that of Slack are (\d+) seconds apart\.", lines[told + 1])
    assert "✓ This machine’s clock goes with that of Devin" in lines
    async with devin_end.devin_standin(theirs) as devin:
        well, lines = await examined(devin)
    told = lines.index("✗ Clock")
    apart = re.fullmatch(r"This machine’s clock and that of Devin are (\d+) seconds apart\.", lines[told + 1])
    assert apart
    assert abs(int(apart[1]) - abs(seconds)) <= 5  # Of the examination itself.
    assert lines[told + 2] == "Set it by a time server: reports end at the wrong minute."


async def test_two_minutes_are_no_wrong_clock() -> None:
    async with devin_standin(AT - timedelta(seconds=100)) as devin:
        well, _ = await examined(devin)
    assert well


@pytest.mark.parametrize(
    ("tz", "line"),
    [
        (None, "✓ Reports and digests without a zone of their own: UTC"),
        ("America/New_York", "✓ Reports and digests without a zone of their own: America/New_York, now UTC−5"),
        ("asia/kolkata", "✓ Reports and digests without a zone of their own: Asia/Kolkata, now UTC+5:30"),
    ],
)
async def test_the_zone_of_reports_is_told_with_its_present_offset(tz: str | None, line: str) -> None:
    if tz:
        Path("devin-metrics.toml").write_text(f'[defaults]\ntz = "{tz}"\n', "utf-8")
    async with devin_standin(AT) as devin:
        _, lines = await examined(devin)
    assert line in lines


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"SLACK_BOT_TOKEN": ""}, "“SLACK_BOT_TOKEN” is not set."),
        ({"SLACK_APP_TOKEN": ""}, "“SLACK_APP_TOKEN” is not set."),
        (
            {"SLACK_BOT_TOKEN": "xoxb-wrong"},
            "Slack does not know the token in “SLACK_BOT_TOKEN”, or does not take it from this machine’s address "
            "(“invalid_auth”).",
        ),
        (
            {"SLACK_APP_TOKEN": "xapp-wrong"},
            "Slack does not know the token in “SLACK_APP_TOKEN”, or does not take it from this machine’s address "
            "(“invalid_auth”).",
        ),
        ({"SLACK_API_URL": "http://127.0.0.1:9/api/"}, "Slack did not answer (“unreachable”)."),
    ],
)
async def test_each_missing_step_to_slack_is_named_with_its_place(settings: dict[str, str], line: str) -> None:
    async with slack_end.slack_standin(lambda: AT) as slack:
        well, lines = await slack_examined(slack, **settings)
    assert not well
    assert line in lines


# Each kind is told from its first letters.
OTHER_KINDS = [
    (
        {"SLACK_BOT_TOKEN": "xoxp-1-person"},
        "“SLACK_BOT_TOKEN” is a person’s token (“xoxp-”…), with which that person’s messages can be read. "
        "This bot does not take one.",
    ),
    (
        {"SLACK_BOT_TOKEN": "xoxe.xoxb-1-rotated"},
        "“SLACK_BOT_TOKEN” is a token that is rotated (“xoxe”…): it expires after 12 hours, and this bot does not "
        "renew it.",
    ),
    (
        {"SLACK_BOT_TOKEN": "xoxe-1-renews"},
        "Token rotation cannot be switched off in an app that has it. Make another app without it, from what "
        "“devin-metrics manifest” prints.",
    ),
    (
        {"SLACK_BOT_TOKEN": "xapp-1-app"},
        "“SLACK_BOT_TOKEN” is an app-level token (“xapp-”…), which belongs into “SLACK_APP_TOKEN”.",
    ),
    (
        {"SLACK_APP_TOKEN": "xoxb-1-bot"},
        "“SLACK_APP_TOKEN” is the bot’s token (“xoxb-”…), which belongs into “SLACK_BOT_TOKEN”.",
    ),
    (
        {"SLACK_BOT_TOKEN": "Bearer xoxb-1"},
        "“SLACK_BOT_TOKEN” does not begin with “xoxb-”, as every bot’s token does.",
    ),
    (
        {"SLACK_APP_TOKEN": "secret"},
        "“SLACK_APP_TOKEN” does not begin with “xapp-”, as every app-level token does.",
    ),
]


@pytest.mark.parametrize(("settings", "line"), OTHER_KINDS)
async def test_a_token_of_another_kind_is_refused_by_name_before_any_call(settings: dict[str, str], line: str) -> None:
    async with slack_end.slack_standin(lambda: AT) as slack:
        well, lines = await slack_examined(slack, **settings)
    assert not well
    assert line in lines
    assert slack.calls == []
    assert not any(token in line for token in settings.values() for line in lines)


async def test_a_missing_scope_says_how_to_add_it() -> None:
    async with slack_end.slack_standin(lambda: AT) as slack:
        slack.scopes.discard("chat:write")
        _, lines = await slack_examined(slack)
    assert "The bot lacks the scope “chat:write”." in lines
    without = [line.partition("” ")[2] for line in lines if line.startswith("– Without “")]
    assert len(without) == len(OPTIONAL)
    for scope, words in ("users:read", "guests"), ("app_mentions:read", "mentioned"), ("files:write", "a CSV"):
        assert words in next(line for line in lines if line.startswith(f"– Without “{scope}”"))
    assert len({*without}) == len(OPTIONAL) - 2  # Those of public and of private channels say the same.


@pytest.mark.parametrize("org_wide", [False, True])
async def test_workspaces_are_named_in_vain_where_the_app_is_installed_for_one(org_wide: bool) -> None:
    Path("devin-metrics.toml").write_text('[access]\nworkspaces = ["T01OPS"]\n', "utf-8")
    async with slack_end.slack_standin(lambda: AT) as slack:
        slack.enterprise_id, slack.is_enterprise_install = "E01GRID", org_wide
        _, lines = await slack_examined(slack)
    unheeded = [line for line in lines if line.startswith("– “workspaces” under “[access]” does nothing here")]
    assert len(unheeded) == (0 if org_wide else 1)
    assert ("✓ Slack: knows this bot in the organization Stand-in Organization" in lines) == org_wide


async def test_signed_http_needs_a_secret_and_no_app_token() -> None:
    async with slack_end.slack_standin(lambda: AT) as slack:
        _, lines = await slack_examined(slack, SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET="secret")
    assert "✓ Signed HTTP: start with “devin-metrics run --http HOST:PORT”" in lines
