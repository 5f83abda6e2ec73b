"""Listeners for buttons, each of which carries the text that it asks."""

import re
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.asking import queue_answer, send_line
from bot.slack.bot import Bot
from bot.slack.home import after
from bot.slack.names import team_of
from bot.slack.reply import Reply

ASKING = re.compile(r"^(share|ask(-.+)?)$")  # The buttons of one message differ by what follows `ask-`.
ANY_BUTTON = re.compile(".*")  # A button of another version: acknowledged, so that Slack shows no warning sign.


def register(app: AsyncApp, bot: Bot) -> None:
    """Listens for the buttons and menus that ask."""
    app.action(ASKING)(partial(clicked, bot=bot))
    app.action(ANY_BUTTON)(acknowledge)


async def clicked(ack: AsyncAck, body: dict[str, Any], *, bot: Bot) -> None:
    """A click asks the text that it stands for, as the user who clicked; beyond what can wait it gets a busy line.

    One without a text asks nothing.
    """
    await ack()
    text = _text(body["actions"][0])
    if not text:
        return
    url, user = body.get("response_url", ""), body["user"]["id"]
    channel, team = _channel(body), team_of(body)
    reply = Reply(url, user, bot.now(), bot.client, bot.fallback, clicked=True, channel=channel, team=team)
    if bot.queue.full:
        await send_line(reply, bot, "busy")
    else:
        queue_answer(text, reply, bot, after(reply, bot))


async def acknowledge(ack: AsyncAck) -> None:
    """Says that a click was received, and nothing else."""
    await ack()


def _text(action: dict[str, Any]) -> str:
    """What a button carries, or the option that was chosen in a menu."""
    return str((action.get("selected_option") or action).get("value") or "")


def _channel(body: dict[str, Any]) -> str | None:
    """Where a click was made: nowhere, if that was in a view."""
    place = (body.get("channel") or {}).get("id") or (body.get("container") or {}).get("channel_id")
    return str(place) if place else None
