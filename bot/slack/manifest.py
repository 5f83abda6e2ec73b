"""The Slack app's manifest, from one source for both ways of connecting."""

import re
from typing import Any

from bot.problems import Problem
from bot.queries.request import AS_INSTALLED

# What the bot cannot do without, and what it does more with. A scope is in this list because a call needs it.
REQUIRED = {
    "commands": "to be asked with a command",
    "chat:write": "to answer",
}
OPTIONAL = {
    "users:read": "to know zones and languages, guests, people of other companies, and stewards who have left",
    "channels:read": "to know whether a public channel is archived or shared with another company",
    "groups:read": "to know the same of a private channel",
    "channels:history": "to look in a public channel before a digest is posted a second time",
    "groups:history": "to look in a private channel likewise",
    "app_mentions:read": "to answer where it is mentioned, in threads too",
    "im:history": "to answer direct messages",
    "files:write": "to send a CSV as a file, to the direct messages of the user who asked for it",
}

COMMAND_NAME = re.compile(r"/[a-z0-9_-]{1,31}")

SHORTCUTS = [
    {
        "name": "Build a report",
        "type": "global",
        "callback_id": "build",
        "description": "Choose period, organizations and split",
    },
    {
        "name": "Set up a digest",
        "type": "global",
        "callback_id": "digest-form",
        "description": "A report that comes to a channel on a schedule",
    },
]


def manifest(url: str | None = None, name: str = AS_INSTALLED.command, org_wide: bool = False) -> dict[str, Any]:
    """The manifest for Socket Mode, or for signed HTTP requests to `url` + /slack/events; `name` is the command's.

    `org_wide` is for all of an Enterprise Grid organization. That needs a bot user, which each app here has, and an
    owner of the organization who installs it and adds it to workspaces (https://api.slack.com/enterprise/apps/prereqs,
    https://api.slack.com/enterprise/apps/changes-install). Raises Problem for a name that Slack does not take.
    """
    if not COMMAND_NAME.fullmatch(name):
        raise Problem("command-odd", command=name)
    events = f"{url.rstrip('/')}/slack/events" if url else None
    command = {
        "command": name,
        "description": "Devin session metrics for a period",
        "usage_hint": "last 7d org=payments",
        "should_escape": True,
    }
    interactivity: dict[str, Any] = {"is_enabled": True}
    subscriptions: dict[str, Any] = {"bot_events": ["app_home_opened", "app_mention", "message.im"]}
    if events:
        command["url"] = events
        interactivity["request_url"] = events
        subscriptions["request_url"] = events
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": AS_INSTALLED.bot,
            "description": "How many Devin sessions, how many shipped, at what cost, and whether last week was better",
            "background_color": "#2d5f5d",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": AS_INSTALLED.bot, "always_online": True},
            "shortcuts": SHORTCUTS,
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": [*REQUIRED, *OPTIONAL], "bot_optional": [*OPTIONAL]}},
        "settings": {
            "event_subscriptions": subscriptions,
            "interactivity": interactivity,
            "org_deploy_enabled": org_wide,
            "socket_mode_enabled": events is None,
            "token_rotation_enabled": False,
        },
    }
