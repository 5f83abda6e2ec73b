"""`/devin-metrics …`, from its acknowledgement to the message that answers it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.commands.answer import ErrorPage, changes_nothing, command_of
from bot.commands.ports import SlackError
from bot.devin.gather import Progress
from bot.messages.message import Message
from bot.messages.page import Page
from bot.messages.render import render
from bot.problems import Problem
from bot.queries.request import AS_INSTALLED, Request
from bot.queries.spelling import normalise
from bot.reports.report import Report
from bot.slack.bot import Bot
from bot.slack.files import send_file
from bot.slack.progress_notice import ProgressNotice
from bot.slack.remember import remember
from bot.slack.reply import Reply

log = structlog.get_logger(__name__)
Then = Callable[[], Awaitable[None]]
ANY_COMMAND = re.compile(r"/.+")  # A workspace may have renamed the command: whatever reaches this app is meant for it.


def register(app: AsyncApp, bot: Bot) -> None:
    """Listens for the command."""
    app.command(ANY_COMMAND)(partial(command_typed, bot=bot))


async def command_typed(ack: AsyncAck, command: dict[str, Any], *, bot: Bot) -> None:
    """Acknowledges a command, for which Slack waits three seconds, and queues its answer."""
    text = command.get("text") or ""
    if bot.queue.full:
        await ack(**bot.line("busy").as_dict(), response_type="ephemeral")
        return
    await ack()
    url, user = command.get("response_url", ""), command.get("user_id", "")
    channel, team, names = command.get("channel_id"), command.get("team_id", ""), bot.names.typed(command)
    reply = Reply(url, user, bot.now(), bot.client, bot.fallback, channel=channel, team=team, names=names)
    queue_answer(text, reply, bot, partial(bot.names.keep, command))


def queue_answer(text: str, reply: Reply, bot: Bot, then: Then | None = None) -> None:
    """Queues the answer to a text and what follows it; where the bot ends first, the asker is told so."""
    bot.queue.take(partial(ask, text, reply, bot, then), partial(_end, reply, text, bot))


async def ask(text: str, reply: Reply, bot: Bot, then: Then | None = None) -> None:
    """Runs the command that a text calls and sends what it says, or what went wrong: a listener cannot raise."""
    request = Request(text, reply.asked_at, user=reply.user, channel=reply.channel, team=reply.team)
    with ErrorPage(request, bot.services) as errors:
        reply.names = reply.names or await bot.names.of(reply.team)
        errors.request = replace(errors.request, names=reply.names)
        preferences = await bot.people.preferences(reply.user)
        request = errors.request = replace(errors.request, tz=preferences.tz, lang=preferences.lang)
        async with ProgressNotice(partial(_send_progress, text, reply, bot)) as notice:
            services = replace(bot.services, gather=bot.services.gather.with_progress(notice.tell))
            command, rest = command_of(normalise(text))
            page = await command.run(request, rest, services)
        page = await send_file(page, request, bot.client, bot.scopes)
        message = render(page, request.names)
    if errors.page:
        page, message = errors.page, render(errors.page, errors.request.names)
    await _send(page, message, text, reply, bot)
    if then:
        await then()


async def _send(page: Page, message: Message, text: str, reply: Reply, bot: Bot) -> None:
    """Sends an answer, and remembers its question for the asker's Home."""
    shared, reply.state = _is_shared(page), "sending"
    try:
        there = await reply.send(message, bot.now(), in_channel=shared)
    except SlackError as error:
        log.warning("answer-not-delivered", reason=error.code, unclear=error.unclear)
        if error.unclear and shared:
            await send_line(reply, bot, "unclear")
        elif error.unclear:
            await _say_unclear(text, reply, bot)
    else:
        reply.state = "sent"
        if shared and not there:
            await send_line(reply, bot, "not_shared")
        await remember(page, message.text, reply, bot.services)
    reply.state = "sent"


async def _say_unclear(text: str, reply: Reply, bot: Bot) -> None:
    """Tells the asker directly that Slack may have the answer: it is not sent twice, but can be asked for again."""
    line = bot.line("unclear_answer", reply.names or AS_INSTALLED, asked=_as_shown(text), again=changes_nothing(text))
    await send_message(line, replace(reply, url=""), bot)


async def _end(reply: Reply, text: str, bot: Bot) -> None:
    """What the asker reads where the bot ends before the answer is known to be there."""
    if reply.state == "awaited":
        await send_line(reply, bot, "ended")
    elif reply.state == "sending":
        await _say_unclear(text, reply, bot)


def _as_shown(text: str) -> str:
    """A text as its asker typed it: Slack delivers some signs as entities, and names as tokens."""
    try:
        return normalise(text) or "last 7d"
    except Problem:
        return text


async def _send_progress(text: str, reply: Reply, bot: Bot, progress: Progress) -> None:
    await reply.send_progress(bot.line("progress", asked=_as_shown(text), calls=progress.calls), bot.now())


async def send_line(reply: Reply, bot: Bot, template: str) -> None:
    """Sends the asker one line."""
    await send_message(bot.line(template), reply, bot)


async def send_message(message: Message, reply: Reply, bot: Bot) -> None:
    """Sends the asker a message; where that fails, it is logged."""
    try:
        await reply.send(message, bot.now())
    except SlackError as error:
        log.warning("answer-not-delivered", reason=error.code, unclear=error.unclear)


def _is_shared(page: Page) -> bool:
    report = page.data.get("report")
    return isinstance(report, Report) and report.query.share
