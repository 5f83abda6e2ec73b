"""Answers a text that a user asked in Slack, from its acknowledgement to the message."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from sqlalchemy.exc import DBAPIError

from bot.commands.answer import ErrorPage, changes_nothing, command_of
from bot.commands.confirm import confirm
from bot.commands.ports import Services, SlackError
from bot.devin.gather import Progress
from bot.messages.message import Message
from bot.messages.page import Page
from bot.messages.render import render
from bot.problems import Problem
from bot.queries.request import Preferences, Request
from bot.queries.spelling import normalise
from bot.reports.report import Report
from bot.slack.access import check_asker
from bot.slack.asker import Asker, asker_of
from bot.slack.bot import Bot
from bot.slack.files import send_file
from bot.slack.progress_notice import ProgressNotice
from bot.slack.remember import remember
from bot.slack.reply import Reply, UrlReply
from bot.store.events import claim_event

log = structlog.get_logger(__name__)
Acknowledge = Callable[[Message | None], Awaitable[None]]
Then = Callable[[], Awaitable[None]]
LONGEST_CLAIM = 3.0  # Seconds for the database; an answer is worth more.
ANY_COMMAND = re.compile(r"/.+")  # A workspace may have renamed the command: whatever reaches this app is meant for it.


def register(app: AsyncApp, bot: Bot) -> None:
    """Listens for the command."""
    app.command(ANY_COMMAND)(partial(command_typed, bot=bot))


async def command_typed(ack: AsyncAck, command: dict[str, Any], *, bot: Bot) -> None:
    """Answers a command, for whose acknowledgement Slack waits three seconds."""

    async def acknowledge(line: Message | None) -> None:
        await (ack(**line.as_dict(), response_type="ephemeral") if line else ack())

    asker = asker_of(command)
    request = bot.request(command.get("text") or "", asker)
    reply = UrlReply(command.get("response_url", ""), request.at, bot.client, bot.fallback)
    await answer_request(request, asker, reply, acknowledge, bot)


async def answer_request(
    request: Request, asker: Asker, reply: Reply, acknowledge: Acknowledge, bot: Bot, then: Then | None = None
) -> None:
    """Acknowledges a text, waits for its turn, runs the command that it calls, and sends what that says.

    `acknowledge` gets the line to acknowledge with where nothing is answered, and None where an answer follows; `then`
    comes after the answer. What goes wrong is sent as well: a listener cannot raise.
    """
    if bot.queue.full:
        await acknowledge(bot.line("busy"))
        return
    await acknowledge(None)
    async with bot.queue.turn(partial(_end, request, reply, bot)):
        if asker.event and not await _is_new(asker.event, request, bot):
            return
        services = bot.services_of(request.team)
        with ErrorPage(request, services) as errors:
            request = errors.request = await as_asked(request, services, bot)
            await check_asker(asker, bot, request.text)
            request = errors.request = replace(request, names=bot.names.typed(request.team, asker.command or ""))
            await bot.names.store(request.team, asker.enterprise)
            command, rest = command_of(normalise(request.text))
            if request.public and command.changes(rest):
                page = confirm(request, services)
            else:
                async with ProgressNotice(partial(_send_progress, request.text, reply, bot)) as notice:
                    services = replace(services, gather=services.gather.with_progress(notice.tell))
                    page = await command.run(request, rest, services)
            page = await send_file(page, request, bot.client, bot.workspace.scopes)
            message = render(page, request.names)
        if errors.page:
            page, message = errors.page, render(errors.page, request.names)
        await _send(page, message, request, reply, bot)
        if then:
            await then()


async def _is_new(event: str, request: Request, bot: Bot) -> bool:
    """Whether no process has taken an event yet. Without the database it is answered: twice is better than never."""
    try:
        async with asyncio.timeout(LONGEST_CLAIM):
            return await claim_event(bot.store, request.team, event, request.at)
    except (DBAPIError, Problem, TimeoutError) as error:
        log.warning("event-not-claimed", reason=str(error))
        return True


async def as_asked(request: Request, services: Services, bot: Bot) -> Request:
    """A request with its asker's preferences, and with what their workspace calls the command and the bot."""
    # What the database has comes first: where Slack takes long to tell a profile, the bot may have ended meanwhile.
    names = await bot.names.of(request.team)
    preferences = await services.people.preferences(request.user) if services.people and request.user else Preferences()
    return replace(request, tz=preferences.tz, lang=preferences.lang, names=names)


async def _send(page: Page, message: Message, request: Request, reply: Reply, bot: Bot) -> None:
    """Sends an answer, and remembers its question for the asker's Home."""
    shared, reply.state = _is_shared(page, request), "sending"
    try:
        there = await _deliver(message, request, reply, bot, in_channel=shared)
    except SlackError as error:
        log.warning("answer-not-delivered", reason=error.code, unclear=error.unclear)
        if error.unclear and shared:
            await send_message(bot.line("unclear"), request, reply, bot)
        elif error.unclear:
            await _say_unclear(request, bot)
    else:
        reply.state = "sent"
        if shared and not there:
            await send_message(bot.line("not_shared"), request, reply, bot)
        await remember(page, message.text, request, reply, bot.services_of(request.team))
    reply.state = "sent"


async def _deliver(message: Message, request: Request, reply: Reply, bot: Bot, *, in_channel: bool = False) -> bool:
    """Sends a message to where it was asked for, and where Slack refuses that, to the asker directly. Whether it is
    where it was asked for. Raises SlackError.
    """
    try:
        await reply.send(message, bot.now(), in_channel=in_channel)
    except SlackError as error:
        if error.unclear:
            raise
        log.info("reply-refused", reason=error.code)
        await bot.tell(request.user or "", message)
        return False
    return True


async def _say_unclear(request: Request, bot: Bot) -> None:
    """Tells the asker directly that Slack may have the answer: it is not sent twice, but can be asked for again."""
    asked, again = _as_shown(request.text), changes_nothing(request.text)
    line = bot.line("unclear_answer", await bot.names.of(request.team), asked=asked, again=again)
    try:
        await bot.tell(request.user or "", line)
    except SlackError as error:
        log.warning("answer-not-delivered", reason=error.code, unclear=error.unclear)


async def _end(request: Request, reply: Reply, bot: Bot) -> None:
    """What the asker reads where the bot ends before the answer is known to be there."""
    if reply.state == "awaited":
        await send_message(bot.line("ended"), request, reply, bot)
    elif reply.state == "sending":
        await _say_unclear(request, bot)


def _as_shown(text: str) -> str:
    """A text as its asker typed it: Slack delivers some signs as entities, and names as tokens."""
    try:
        return normalise(text) or "last 7d"
    except Problem:
        return text


async def _send_progress(text: str, reply: Reply, bot: Bot, progress: Progress) -> None:
    await reply.send_progress(bot.line("progress", asked=_as_shown(text), calls=progress.calls), bot.now())


async def send_message(message: Message, request: Request, reply: Reply, bot: Bot) -> None:
    """Sends the asker a message; where that fails, it is logged."""
    try:
        await _deliver(message, request, reply, bot)
    except SlackError as error:
        log.warning("answer-not-delivered", reason=error.code, unclear=error.unclear)


def _is_shared(page: Page, request: Request) -> bool:
    """Whether a page is for all who can read the channel."""
    report = page.data.get("report")
    return (request.public and not page.private) or (isinstance(report, Report) and report.query.share)
