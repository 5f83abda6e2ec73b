"""What Slack answers to a first call is told in the words of its code, with who can mend it."""

import re

import pytest

from bot.commands.ports import SlackError
from bot.messages.page import Page
from bot.messages.render import text
from bot.messages.share import share
from bot.slack.refusals import PASSING_REFUSALS, REFUSALS, UNANSWERED, first_call_problem

CODES = [*REFUSALS, *PASSING_REFUSALS]
MENDED = {
    "owner": "Whoever manages the app can mend it: install it again, then copy its token from there.",
    "admin": "An admin of the workspace can mend it: by approving the app, and by allowing this machine’s address "
    "where addresses are restricted.",
    "organization": "An admin of the organization can mend it: by approving the app for the organization, and by "
    "adding it to the workspace.",
    "slack": "Try again in a few minutes; “slack-status.com” tells of outages.",
    "two_factor_setup_required": "That person can set it up in their Slack account; then start again.",
    "org_login_required": "An admin of the organization knows when; then start again.",
    "team_added_to_org": "An admin of the organization knows when; then start again.",
}


def told(code: str, setting: str = "SLACK_BOT_TOKEN", needed: str = "") -> list[str]:
    problem = first_call_problem(SlackError(code, needed=needed), setting)
    return text(Page("problems/problem", "en", {"problem": problem})).splitlines()


@pytest.mark.parametrize("code", CODES)
def test_a_code_says_itself_and_who_can_mend_it(code: str) -> None:
    lines = told(code)
    assert f"(“{code}”)" in lines[0]
    assert "did not answer" not in lines[0]
    assert "no words" not in lines[0]
    mender = (REFUSALS | PASSING_REFUSALS)[code]
    assert lines[1] == MENDED.get(code, MENDED[mender])


def test_each_code_has_its_own_words_but_for_slacks_own_errors_and_a_move() -> None:
    words = {told(code)[0].replace(code, "") for code in CODES}
    assert len(words) == len(CODES) - 3 - 1  # Four codes are an error of Slack's own, and two are a move.


def test_a_scope_that_is_missing_is_named() -> None:
    assert told("missing_scope", "SLACK_APP_TOKEN", "connections:write")[0] == (
        "The token in “SLACK_APP_TOKEN” lacks the scope “connections:write” (“missing_scope”)."
    )


@pytest.mark.parametrize(
    ("setting", "method"), [("SLACK_BOT_TOKEN", "auth.test"), ("SLACK_APP_TOKEN", "apps.connections.open")]
)
def test_an_unknown_code_is_said_as_slack_said_it(setting: str, method: str) -> None:
    assert told("made_up_later", setting) == [
        f"Slack refused the call with “{setting}” and said “made_up_later”, for which this version has no words.",
        f"What it means stands under “Errors” of “docs.slack.dev/reference/methods/{method}”.",
    ]


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        (
            "timeout",
            [
                "Slack did not answer (“timeout”).",
                "Check the network and its proxy, and “SLACK_API_URL” if it is set.",
            ],
        ),
        (
            "http_503",
            [
                "What answers at “SLACK_API_URL” says “HTTP 503” and nothing that Slack would.",
                "Try again in a few minutes; “slack-status.com” tells of outages.",
            ],
        ),
        (
            "http_407",
            [
                "What answers at “SLACK_API_URL” says “HTTP 407” and nothing that Slack would.",
                "Check the proxy on the way, and “SLACK_API_URL” if it is set.",
            ],
        ),
    ],
)
def test_where_slack_said_nothing_the_network_is_to_be_checked(code: str, lines: list[str]) -> None:
    assert told(code) == lines


def test_every_code_of_the_words_is_in_the_table() -> None:
    template = (share("templates") / "problems/_slack.j2").read_text("utf-8")
    compared = re.findall(r'p\.code (?:==|in) (\(.*?\)|".*?")', template)
    codes = {code for part in compared for code in re.findall(r'"(\w+)"', part)}
    assert len(codes) >= len(REFUSALS)
    assert codes <= {*CODES, *UNANSWERED}
