"""Buttons under an answer: each carries the text that it asks."""

import re
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.asking import Bot, ask

ASKING = re.compile(r"share")


def register(app: AsyncApp, bot: Bot) -> None:
    """Listens for the buttons that ask."""
    app.action(ASKING)(partial(clicked, bot=bot))


async def clicked(ack: AsyncAck, body: dict[str, Any], *, bot: Bot) -> None:
    """A click asks the text that the button carries, as whoever clicked."""
    await ack()
    bot.desk.take(ask(body["actions"][0]["value"], body["user"]["id"], body["response_url"], bot))
