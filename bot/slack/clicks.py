"""Listeners for buttons, each of which carries the text that it asks."""

import re
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages.message import Message
from bot.slack.asker import asker_of
from bot.slack.asking import answer_request, send_message
from bot.slack.bot import Bot
from bot.slack.home import after
from bot.slack.reply import UrlReply

ASKING = re.compile(r"^(share|ask(-.+)?)$")  # The buttons of one message differ by what follows `ask-`.
ANY_BUTTON = re.compile(".*")  # A button of another version: acknowledged, so that Slack shows no warning sign.


def register(app: AsyncApp, bot: Bot) -> None:
    """Listens for the buttons and menus that ask."""
    app.action(ASKING)(partial(clicked, bot=bot))
    app.action(ANY_BUTTON)(acknowledge)


async def clicked(ack: AsyncAck, body: dict[str, Any], *, bot: Bot) -> None:
    """Answers the text that a button carries, to the user who clicked. One without a text asks nothing."""
    asker = asker_of(body)
    request = bot.request(_text(body["actions"][0]), asker)
    url = body.get("response_url", "")
    reply = UrlReply(url, request.at, bot.client, bot.fallback, under_answer=bool(url))

    async def acknowledge(line: Message | None) -> None:
        await ack()
        if line:
            await send_message(line, request, reply, bot)

    if request.text:
        await answer_request(request, asker, reply, acknowledge, bot, after(asker, reply, bot))
    else:
        await ack()


async def acknowledge(ack: AsyncAck) -> None:
    """Says that a click was received, and nothing else."""
    await ack()


def _text(action: dict[str, Any]) -> str:
    """What a button carries, or the option that was chosen in a menu."""
    return str((action.get("selected_option") or action).get("value") or "")
