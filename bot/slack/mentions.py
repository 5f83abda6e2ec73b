"""Listeners for mentions of the bot and for direct messages to it."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from sqlalchemy.exc import DBAPIError

from bot.messages.message import Message
from bot.problems import Problem
from bot.slack.asker import Asker, asker_of
from bot.slack.asking import answer_request, send_message
from bot.slack.bot import Bot
from bot.slack.thread_reply import ThreadReply
from bot.store.events import claim_event

log = structlog.get_logger(__name__)
Event = Mapping[str, Any]

# Messages that somebody wrote; all others tell of edits, of who has joined and so on: docs.slack.dev, "message event".
WRITTEN = {None, "file_share", "thread_broadcast", "me_message"}


def register(app: AsyncApp, bot: Bot) -> None:
    """Listens for mentions and for messages, of which Slack sends those that are direct."""
    app.event("app_mention")(partial(said, bot=bot))
    app.event("message")(partial(said, bot=bot))


async def said(body: dict[str, Any], event: dict[str, Any], *, bot: Bot) -> None:
    """Answers what somebody has said to the bot, once, however often Slack tells of it. Bolt has acknowledged it."""
    asker = asker_of(body)
    text = text_for(event, bot.workspace.bot_user)
    if text is None or not await _is_new(body, event, asker, bot):
        return
    public = event.get("type") == "app_mention"
    request = bot.request(text, asker, public=public)
    reply = _reply(event, asker, public, bot)

    async def acknowledge(busy: Message | None) -> None:
        if busy:
            await send_message(busy, request, reply, bot)

    await answer_request(request, asker, reply, acknowledge, bot)


def text_for(event: Event, bot_user: str) -> str | None:
    """What a user has asked the bot, without its name; None for all that is not a question to it.

    The bot's own messages come as events, too, and so do those of other bots.
    """
    to_bot = event.get("type") == "app_mention" or event.get("channel_type") == "im"
    written = event.get("subtype") in WRITTEN and not event.get("edited") and not event.get("hidden")
    by_user = event.get("user") and event["user"] != bot_user and not event.get("bot_id")
    if not (to_bot and written and by_user):
        return None
    text = re.sub(rf"<@{re.escape(bot_user)}(\|[^>]*)?>", " ", event.get("text") or "").strip()
    return "help" if not text and event.get("files") else text


async def _is_new(body: dict[str, Any], event: Event, asker: Asker, bot: Bot) -> bool:
    """Whether no process has taken the event yet. Without the database it is answered: twice is better than never."""
    name = body.get("event_id") or f"{event.get('channel')} {event.get('ts')}"
    try:
        return await claim_event(bot.store, asker.team, name, bot.now())
    except (DBAPIError, Problem) as error:
        log.warning("event-not-claimed", reason=str(error))
        return True


def _reply(event: Event, asker: Asker, public: bool, bot: Bot) -> ThreadReply:
    """In the thread of a mention, or else as the message was written: in a thread of the conversation or not."""
    thread = event.get("thread_ts")
    return ThreadReply(
        channel=asker.channel or "",
        user=asker.user,
        thread=thread or (event.get("ts") if public else None),
        client=bot.client,
        fallback=bot.fallback,
        active=bool(thread),
    )
