"""Tells what Slack said to a first call, and who can mend it."""

import re
from typing import Literal

from bot.commands.ports import SlackError
from bot.problems import Problem

Mender = Literal["owner", "admin", "organization", "slack", "unknown"]

# What Slack says of a token that will not become right by waiting. Each code has its own words in the macro
# `slack_said`, by "Errors" of docs.slack.dev/reference/methods/auth.test and .../apps.connections.open.
REFUSALS: dict[str, Mender] = {
    "invalid_auth": "owner",
    "not_authed": "owner",
    "token_expired": "owner",
    "token_revoked": "owner",
    "account_inactive": "owner",
    "not_allowed_token_type": "owner",
    "no_permission": "owner",
    "missing_scope": "owner",
    "two_factor_setup_required": "owner",
    "access_denied": "admin",
    "accesslimited": "admin",
    "forbidden_team": "admin",
    "ekm_access_denied": "organization",
    "team_access_not_granted": "organization",
    "enterprise_is_restricted": "organization",
    "org_login_required": "organization",
}
TOKEN_REFUSED = REFUSALS.keys()
# What may go well in a while; the move into an organization ends by itself, too.
PASSING_REFUSALS: dict[str, Mender] = {
    "team_added_to_org": "organization",
    "ratelimited": "slack",
    "fatal_error": "slack",
    "internal_error": "slack",
    "service_unavailable": "slack",
    "request_timeout": "slack",
}
UNANSWERED = {"unreachable", "timeout", "broke_off"}  # Of `SlackError` itself: nothing that Slack has said.
HTTP_STATUS = re.compile(r"http_(\d+)")


def first_call_problem(error: SlackError, setting: str) -> Problem:
    """The Problem of a first call with the token in a setting."""
    if error.code in UNANSWERED:
        return Problem("slack-unreachable", code=error.code)
    if status := HTTP_STATUS.fullmatch(error.code):
        return Problem("slack-garbled", status=int(status[1]))
    mender = (REFUSALS | PASSING_REFUSALS).get(error.code, "unknown")
    return Problem("slack-said", setting=setting, code=error.code, needed=error.needed, mender=mender)
