"""`/devin-metrics …`: acknowledged at once with a private line, answered when Devin has."""

import re
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.asking import Bot, take
from bot.slack.reply import Reply

ANY = re.compile(r"/.+")  # A workspace may have renamed the command; whatever reaches this app is meant for it.


def register(app: AsyncApp, bot: Bot) -> None:
    """Listens for the command."""
    app.command(ANY)(partial(asked, bot=bot))


async def asked(ack: AsyncAck, command: dict[str, Any], *, bot: Bot) -> None:
    """The acknowledgement comes first, since Slack waits three seconds for it; nothing slow stands before it."""
    text = command.get("text", "")
    if bot.queue.full:
        await ack(**bot.line("busy").as_dict(), response_type="ephemeral")
        return
    await ack(**bot.line("working", text).as_dict(), response_type="ephemeral")
    url, user = command.get("response_url", ""), command.get("user_id", "")
    reply = Reply(url, user, bot.now(), bot.client, bot.fallback, channel=command.get("channel_id"))
    take(text, reply, bot)
