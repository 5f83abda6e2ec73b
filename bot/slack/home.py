"""Publishes the bot's Home when it is opened or its reader has asked something there."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from bot.commands.answer import ErrorPage
from bot.commands.home import home
from bot.commands.ports import SlackError
from bot.messages.render import render, render_home
from bot.messages.view import Home
from bot.queries.request import Request
from bot.slack.asking import Then
from bot.slack.bot import Bot
from bot.slack.client import publish_home
from bot.slack.reply import Reply

log = structlog.get_logger(__name__)


def register(app: AsyncApp, bot: Bot) -> None:
    """Listens for Home being opened."""
    app.event("app_home_opened")(partial(opened, bot=bot))


async def opened(event: dict[str, Any], body: dict[str, Any], *, bot: Bot) -> None:
    """A user looks at Home, or at their messages beside it. Bolt has acknowledged the event already."""
    if event.get("tab") == "home":
        bot.queue.take(partial(publish, event["user"], body.get("team_id", ""), bot), _stays)


async def _stays() -> None:
    """Where the bot ends first, the Home that was published last stays; no answer is waited for."""


def after(reply: Reply, bot: Bot) -> Then | None:
    """What follows an answer: what was asked in a view changes Home, which may be in sight."""
    return None if reply.url else partial(publish, reply.user, reply.team, bot)


async def publish(user: str, team: str, bot: Bot) -> None:
    """Shows a user their Home as it is now, one after the other: one that Slack takes late is an older one.

    No answer is waited for: what Slack refuses is logged.
    """
    async with bot.home_locks.setdefault(user, asyncio.Lock()):
        try:
            await publish_home(bot.client, user, await _home(user, team, bot))
        except SlackError as error:
            log.warning("home-not-published", reason=error.code, unclear=error.unclear)


async def _home(user: str, team: str, bot: Bot) -> Home:
    """Home, or words with a reference where it cannot be made."""
    with ErrorPage(Request("", bot.now(), user=user, team=team), bot.services) as errors:
        preferences = await bot.people.preferences(user)
        names = await bot.names.of(team)
        errors.request = replace(errors.request, tz=preferences.tz, lang=preferences.lang, names=names)
        return render_home(await home(errors.request, bot.services), names)
    return Home(render(errors.made(), errors.request.names).blocks)
