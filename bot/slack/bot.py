"""What the listeners of Slack's events answer with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakValueDictionary

from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.ports import People, Services
from bot.messages.message import Message
from bot.messages.page import Page
from bot.messages.render import render
from bot.slack.answer_queue import AnswerQueue
from bot.slack.fallback import Fallback


@dataclass(frozen=True, slots=True)
class Bot:
    """What a listener needs to answer. A user's Home is published under that user's lock of `home_locks`.

    `services_of` gives the services of a workspace by its id, for those that `holds` says the bot works for.
    """

    services: Services
    services_of: Callable[[str], Services]
    holds: Callable[[str], bool]
    client: AsyncWebClient
    queue: AnswerQueue
    people: People
    now: Callable[[], datetime]
    fallback: Fallback = field(default_factory=Fallback)
    scopes: frozenset[str] = frozenset()
    home_locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def line(self, template: str, **data: object) -> Message:
        """A short line from `templates/slack/`, in the default language, so that no asker is looked up."""
        return render(Page(f"slack/{template}", self.services.lang, data))


def warm_up(bot: Bot) -> None:
    """Renders the lines that cannot wait once: the first rendering loads templates and Babel's data."""
    bot.line("busy")
    bot.line("progress", asked="last 7d", calls=2)
