"""Writes what a user types as Slack delivers it."""

import re

from bot.playground.slack.workspace import StandinWorkspace

# What Slack writes in angle brackets itself. Everything else that a user types is text.
_TOKENS = re.compile(r"(<(?:@[UW]\w+|#?[CG]\w+|https?:[^\s<>|]+|mailto:[^\s<>|]+)(?:\|[^<>]*)?>)", re.ASCII)


def as_escaped(text: str, workspace: StandinWorkspace) -> str:
    """A text as `should_escape` delivers it: its signs as entities, and channels and people that it names as tokens."""
    channels = {channel.name: (place, channel) for place, channel in workspace.channels.items()}
    people = {user.name: place for place, user in workspace.users.items()}

    def token(found: re.Match[str]) -> str:
        sign, name = found[1], found[2]
        if sign == "@" and name in people:
            return f"<@{people[name]}|{name}>"
        if sign == "#" and name in channels:
            place, channel = channels[name]
            return f"<#{place}|{'' if channel.is_private else name}>"
        return found[0]

    return re.sub(r"(?<!\S)([@#])([\w-]+)", token, escape(text))


def as_message(text: str, workspace: StandinWorkspace) -> str:
    """A message's text: as a command's, but its tokens of people are without names, and the bot is one of them.

    docs.slack.dev, "Formatting message text".
    """
    names = "|".join(map(re.escape, (workspace.bot_name, workspace.bot_display_name)))
    named = re.sub(rf"(?<!\S)@(?:{names})(?!\w)", f"<@{workspace.bot_user_id}>", text, flags=re.IGNORECASE)
    return re.sub(r"<(@[UW]\w+)\|[^<>]*>", r"<\1>", as_escaped(named, workspace))


def escape(text: str) -> str:
    """A command's text as Slack delivers it; users, channels and links that are already written its way stay."""
    parts = _TOKENS.split(text)
    parts[::2] = (part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for part in parts[::2])
    return "".join(parts)
