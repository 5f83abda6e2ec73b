"""Publishes the bot's Home when it is opened or its reader has asked something there."""

import asyncio
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from bot.commands.answer import ErrorPage
from bot.commands.home import home
from bot.commands.ports import SlackError
from bot.messages.render import render, render_home
from bot.messages.view import Home
from bot.slack.access import check_asker
from bot.slack.asker import Asker, asker_of
from bot.slack.asking import Then, as_asked
from bot.slack.bot import Bot
from bot.slack.client import publish_home
from bot.slack.reply import UrlReply

log = structlog.get_logger(__name__)


def register(app: AsyncApp, bot: Bot) -> None:
    """Listens for Home being opened."""
    app.event("app_home_opened")(partial(opened, bot=bot))


async def opened(body: dict[str, Any], event: dict[str, Any], *, bot: Bot) -> None:
    """A user looks at Home, or at their messages beside it. Bolt has acknowledged the event already."""
    if event.get("tab") == "home":
        async with bot.queue.turn(_stays):
            await publish(asker_of(body), bot)


async def _stays() -> None:
    """Where the bot ends first, the Home that was published last stays; no answer is waited for."""


def after(asker: Asker, reply: UrlReply, bot: Bot) -> Then | None:
    """What follows an answer: what was asked in a view changes Home, which may be in sight."""
    return None if reply.url else partial(publish, asker, bot)


async def publish(asker: Asker, bot: Bot) -> None:
    """Shows a user their Home as it is now, one after the other: one that Slack takes late is an older one.

    No answer is waited for: what Slack refuses is logged.
    """
    async with bot.home_locks.setdefault(asker.user, asyncio.Lock()):
        try:
            await publish_home(bot.client, asker.user, await _home(asker, bot))
        except SlackError as error:
            log.warning("home-not-published", reason=error.code, unclear=error.unclear)


async def _home(asker: Asker, bot: Bot) -> Home:
    """Home, or why there is none."""
    request = bot.request("", asker)
    services = bot.services_of(request.team)
    with ErrorPage(request, services) as errors:
        request = errors.request = await as_asked(request, services, bot)
        await check_asker(asker, bot)
        return render_home(await home(request, services), request.names)
    return Home(render(errors.made(), errors.request.names).blocks)
