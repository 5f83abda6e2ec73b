"""What the listeners of Slack's events answer with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from weakref import WeakValueDictionary

from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.ports import Services
from bot.messages.message import Message
from bot.messages.page import Page
from bot.messages.render import render
from bot.queries.request import AS_INSTALLED, Names, Request
from bot.slack.answer_queue import AnswerQueue
from bot.slack.asker import Asker
from bot.slack.channels import with_fallback
from bot.slack.client import Workspace, post
from bot.slack.fallback import Fallback
from bot.slack.names import WorkspaceNames
from bot.slack.people import Profiles
from bot.store import Store


@dataclass(frozen=True, slots=True)
class Bot:
    """What a listener needs to answer. A user's Home is published under that user's lock of `home_locks`.

    `services_of` gives the services of a workspace by its id, for those that `holds` says the bot works for. `guests`
    may ask where that is set.
    """

    services: Services
    services_of: Callable[[str], Services]
    holds: Callable[[str], bool]
    client: AsyncWebClient
    queue: AnswerQueue
    profiles: Profiles
    names: WorkspaceNames
    workspace: Workspace
    store: Store
    now: Callable[[], datetime]
    guests: bool = False
    fallback: Fallback = field(default_factory=Fallback)
    home_locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def request(self, text: str, asker: Asker, public: bool = False) -> Request:
        """A text that a user asks now."""
        team = asker.team if self.workspace.org_wide else self.workspace.team
        request = Request(text, self.now(), user=asker.user, channel=asker.channel, team=team)
        return replace(request, public=public, shared=asker.shared)

    async def tell(self, user: str, message: Message) -> None:
        """Sends a user a direct message. Raises SlackError."""
        await with_fallback(message, self.fallback, self.now(), partial(post, self.client, user))

    def line(self, template: str, names: Names = AS_INSTALLED, **data: object) -> Message:
        """A short line from `templates/slack/`, in the default language, so that no asker is looked up."""
        return render(Page(f"slack/{template}", self.services.lang, data), names)


def warm_up(bot: Bot) -> None:
    """Renders the lines that cannot wait once: the first rendering loads templates and Babel's data."""
    bot.line("busy")
    bot.line("progress", asked="last 7d", calls=2)
