"""A text typed or clicked in Slack, answered."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from weakref import WeakValueDictionary

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.answer import answer, guarded
from bot.commands.channels import SlackError
from bot.commands.services import People, Services
from bot.devin.gather import Progress
from bot.messages.message import Message
from bot.messages.page import Page
from bot.messages.render import render
from bot.queries.request import Request
from bot.reports.report import Report
from bot.slack.answer_queue import AnswerQueue
from bot.slack.fallback import Fallback
from bot.slack.files import hand_over
from bot.slack.progress_notice import ProgressNotice
from bot.slack.remember import remember
from bot.slack.reply import Reply

log = structlog.get_logger(__name__)
Then = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Bot:
    """What a listener needs to answer. A user's Home is published under that user's lock of `home_turns`."""

    services: Services
    client: AsyncWebClient
    queue: AnswerQueue
    people: People
    now: Callable[[], datetime]
    fallback: Fallback = field(default_factory=Fallback)
    scopes: frozenset[str] = frozenset()
    home_turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def line(self, template: str, text: str = "", progress: Progress | None = None) -> Message:
        """A short line that can be said at once, without looking anybody up."""
        return render(Page(template, self.services.lang, {"asked": text, "progress": progress}))


def warm_up(bot: Bot) -> None:
    """Renders what acknowledges a command once: the first one would wait for templates and Babel's data."""
    bot.line("busy")
    bot.line("working", "last 7d", Progress(1, 2))


def take(text: str, reply: Reply, bot: Bot, then: Then | None = None) -> None:
    """Queues the answer to a text and what follows it; if the bot ends first, the asker is told so."""
    bot.queue.take(partial(_ask, text, reply, bot, then), partial(say, reply, bot, "ended"))


async def _ask(text: str, reply: Reply, bot: Bot, then: Then | None) -> None:
    await ask(text, reply, bot)
    if then:
        await then()


async def say(reply: Reply, bot: Bot, template: str) -> None:
    """Sends the asker one line; a refusal by Slack is logged."""
    try:
        await reply.send(bot.line(template), bot.now())
    except SlackError as error:
        log.warning("answer-not-delivered", reason=error.code, unclear=error.unclear)


async def ask(text: str, reply: Reply, bot: Bot) -> None:
    """Answers a text. Errors become messages to the asker, since a listener cannot raise."""
    request = Request(text, reply.asked_at, user=reply.user, channel=reply.channel)
    made = await guarded(_answered(request, reply, bot), request, bot.services)
    page, message = (made, render(made)) if isinstance(made, Page) else made
    try:
        await (_share(message, reply, bot) if _shared(page) else reply.send(message, bot.now()))
    except SlackError as error:
        log.warning("answer-not-delivered", reason=error.code, unclear=error.unclear)
    else:
        await remember(page, message.text, reply, bot.services)


async def _answered(request: Request, reply: Reply, bot: Bot) -> tuple[Page, Message]:
    """The answer, and what Slack is sent of it: either may fail outside `answer`, too."""
    async with ProgressNotice(partial(_say_progress, request.text, reply, bot)) as notice:
        preferences = await bot.people.preferences(reply.user)
        services = replace(bot.services, gather=bot.services.gather.with_progress(notice.tell))
        page = await answer(replace(request, tz=preferences.tz, lang=preferences.lang), services)
    page = await hand_over(page, reply.user, bot.client, bot.scopes)
    return page, render(page)


async def _say_progress(text: str, reply: Reply, bot: Bot, progress: Progress) -> None:
    await reply.update(bot.line("working", text, progress), bot.now())


async def _share(message: Message, reply: Reply, bot: Bot) -> None:
    """Puts a message into the channel, and takes the asker's working line away."""
    try:
        shared = await reply.send(message, bot.now(), in_channel=True)
    except SlackError as error:
        if not error.unclear:
            raise
        await reply.send(bot.line("unclear"), bot.now())
    else:
        if reply.replace or not shared:
            await reply.send(bot.line("shared" if shared else "not_shared"), bot.now())


def _shared(page: Page) -> bool:
    report = page.data.get("report")
    return isinstance(report, Report) and report.query.share
