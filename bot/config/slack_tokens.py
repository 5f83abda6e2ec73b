"""Checks the settings for Slack before the first call: what is missing, and tokens of another kind."""

from typing import Literal

from bot.config.settings import Settings, missing_for_slack, secret
from bot.problems import Problem

TokenKind = Literal["rotating", "bot", "app", "person", "other"]

# docs.slack.dev, "Tokens" and "Using token rotation": an app that rotates has `xoxe.xoxb-…`, and `xoxe-…` to renew it.
PREFIXES: dict[str, TokenKind] = {"xoxe": "rotating", "xoxb-": "bot", "xapp-": "app", "xoxp-": "person"}
WANTED: dict[str, TokenKind] = {"SLACK_BOT_TOKEN": "bot", "SLACK_APP_TOKEN": "app"}


def check_for_slack(settings: Settings, over_http: bool) -> None:
    """Raises Problem where the bot cannot run in Slack with these settings."""
    if missing := missing_for_slack(settings, over_http):
        raise Problem("not-set", names=missing)
    check_tokens(settings, over_http)


def check_tokens(settings: Settings, over_http: bool) -> None:
    """Raises Problem where a token is not of the kind that its setting is for."""
    check_token("SLACK_BOT_TOKEN", secret(settings.slack_bot_token))
    if not over_http:
        check_token("SLACK_APP_TOKEN", secret(settings.slack_app_token))


def check_token(setting: str, token: str) -> None:
    """Raises Problem where a token is not of the kind that its setting is for. It is not repeated."""
    found = _kind(token)
    if found != WANTED[setting]:
        raise Problem("slack-token-kind", setting=setting, kind=found)


def _kind(token: str) -> TokenKind:
    return next((kind for prefix, kind in PREFIXES.items() if token.startswith(prefix)), "other")
