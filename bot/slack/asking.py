"""`/devin-metrics …`, from its acknowledgement to the message that answers it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.commands.answer import ErrorPage, command_of
from bot.commands.ports import SlackError
from bot.devin.gather import Progress
from bot.messages.message import Message
from bot.messages.page import Page
from bot.messages.render import render
from bot.queries.request import Request
from bot.queries.spelling import normalise
from bot.reports.report import Report
from bot.slack.bot import Bot
from bot.slack.files import send_file
from bot.slack.progress_notice import ProgressNotice
from bot.slack.remember import remember
from bot.slack.reply import Reply, UnclearAnswer

log = structlog.get_logger(__name__)
Then = Callable[[], Awaitable[None]]
ANY_COMMAND = re.compile(r"/.+")  # A workspace may have renamed the command: whatever reaches this app is meant for it.


def register(app: AsyncApp, bot: Bot) -> None:
    """Listens for the command."""
    app.command(ANY_COMMAND)(partial(command_typed, bot=bot))


async def command_typed(ack: AsyncAck, command: dict[str, Any], *, bot: Bot) -> None:
    """Acknowledges a command, for which Slack waits three seconds, and queues its answer."""
    text = command.get("text", "")
    if bot.queue.full:
        await ack(**bot.line("busy").as_dict(), response_type="ephemeral")
        return
    await ack()
    url, user = command.get("response_url", ""), command.get("user_id", "")
    queue_answer(text, Reply(url, user, bot.now(), bot.client, bot.fallback, channel=command.get("channel_id")), bot)


def queue_answer(text: str, reply: Reply, bot: Bot, then: Then | None = None) -> None:
    """Queues the answer to a text and what follows it; where the bot ends first, the asker is told so."""
    bot.queue.take(partial(ask, text, reply, bot, then), partial(send_line, reply, bot, "ended"))


async def ask(text: str, reply: Reply, bot: Bot, then: Then | None = None) -> None:
    """Runs the command that a text calls and sends what it says, or what went wrong: a listener cannot raise."""
    with ErrorPage(Request(text, reply.asked_at, user=reply.user, channel=reply.channel), bot.services) as errors:
        preferences = await bot.people.preferences(reply.user)
        request = errors.request = replace(errors.request, tz=preferences.tz, lang=preferences.lang)
        async with ProgressNotice(partial(_send_progress, text, reply, bot)) as notice:
            services = replace(bot.services, gather=bot.services.gather.with_progress(notice.tell))
            command, rest = command_of(normalise(text))
            page = await command.run(request, rest, services)
        page = await send_file(page, reply.user, bot.client, bot.scopes)
        message = render(page)
    if errors.page:
        page, message = errors.page, render(errors.page)
    await _send(page, message, text, reply, bot)
    if then:
        await then()


async def _send(page: Page, message: Message, text: str, reply: Reply, bot: Bot) -> None:
    """Sends an answer, and remembers its question for the asker's Home."""
    try:
        await (_share(message, reply, bot) if _is_shared(page) else reply.send(message, bot.now()))
    except UnclearAnswer as error:
        log.warning("answer-unclear", reason=error.code)
        await send_line(replace(reply, url=""), bot, "unclear_answer", asked=text)
    except SlackError as error:
        log.warning("answer-not-delivered", reason=error.code, unclear=error.unclear)
    else:
        await remember(page, message.text, reply, bot.services)


async def _send_progress(text: str, reply: Reply, bot: Bot, progress: Progress) -> None:
    await reply.send_progress(bot.line("progress", asked=text, calls=progress.calls), bot.now())


async def send_line(reply: Reply, bot: Bot, template: str, **data: object) -> None:
    """Sends the asker one line; a refusal by Slack is logged."""
    try:
        await reply.send(bot.line(template, **data), bot.now())
    except SlackError as error:
        log.warning("answer-not-delivered", reason=error.code, unclear=error.unclear)


async def _share(message: Message, reply: Reply, bot: Bot) -> None:
    """Posts a message to the channel; the asker is told where it is not there, or may not be."""
    try:
        shared = await reply.send(message, bot.now(), in_channel=True)
    except UnclearAnswer:
        await reply.send(bot.line("unclear"), bot.now())
    else:
        if not shared:
            await reply.send(bot.line("not_shared"), bot.now())


def _is_shared(page: Page) -> bool:
    report = page.data.get("report")
    return isinstance(report, Report) and report.query.share
