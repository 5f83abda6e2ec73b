"""What each workspace calls the command and the bot: as it was typed there last, and as Slack shows it."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import DBAPIError

from bot.commands.ports import SlackError
from bot.problems import Problem
from bot.queries.request import AS_INSTALLED, Names
from bot.slack.client import Workspace, profile
from bot.store import Store
from bot.store.workspaces import store_workspace, stored_command
from bot.telemetry import log_failure

log = structlog.get_logger(__name__)

# What a workspace may have: less narrow than what the manifest gives, and without a sign that Slack reads as its own.
COMMAND = re.compile(r"/[\w-]{1,31}")
NAME_KNOWN_FOR = timedelta(minutes=5)  # Another process may have stored another name since.
LONGEST_NAME_LOOK = 1.0  # Seconds: Slack opens a form within three, or never.
NO_LETTER = re.compile(r"[^a-z]")


class _Known(NamedTuple):
    """The command's name in a workspace, None where it was never typed; since when, and whether it is stored."""

    command: str | None
    at: datetime
    stored: bool


class WorkspaceNames:
    """The names in every workspace. `bot` is what Slack shows the bot as."""

    def __init__(self, store: Store, bot: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._bot = bot
        self._now = now
        self._known: dict[str, _Known] = {}

    def typed(self, team: str, command: str) -> Names:
        """The names where the command was just called by this one. Nothing is waited for."""
        known = self._known.get(team)
        if COMMAND.fullmatch(command) and (known is None or known.command != command):
            self._known[team] = _Known(command, self._now(), stored=False)
        return self.known(team)

    async def store(self, team: str, enterprise: str | None) -> None:
        """Stores a workspace in which a user asks, and the command's name there, unless they are stored. Where that
        fails, the next question stores them.
        """
        known = self._known.get(team)
        if known is None or known.stored:
            return
        try:
            await store_workspace(self._store, team, enterprise, known.command, self._now())
        except (DBAPIError, Problem) as error:
            log.warning("workspace-not-stored", reason=str(error))
        else:
            self._learn(team, known.command)

    async def of(self, team: str) -> Names:
        """The names where nothing was typed just now. Without the database they are those that were known last."""
        known = self._known.get(team)
        if known is None or (known.stored and self._now() - known.at >= NAME_KNOWN_FOR):
            looking = asyncio.ensure_future(self._look(team))
            looking.add_done_callback(partial(log_failure, event="command-not-read"))
            await asyncio.wait([looking], timeout=LONGEST_NAME_LOOK)
        return self.known(team)

    def known(self, team: str) -> Names:
        """The names as far as they are known. Nothing is waited for."""
        known = self._known.get(team)
        return Names(known.command if known and known.command else AS_INSTALLED.command, self._bot)

    async def _look(self, team: str) -> None:
        command = await stored_command(self._store, team)
        known = self._known.get(team)
        if known is None or known.stored:  # Else it was typed meanwhile, which is newer.
            self._learn(team, command if command and COMMAND.fullmatch(command) else None, stored=command is not None)

    def _learn(self, team: str, command: str | None, stored: bool = True) -> None:
        self._known[team] = _Known(command, self._now(), stored)


async def bot_name(client: AsyncWebClient, workspace: Workspace) -> str:
    """What people type after an @ to invite the bot: its full name where Slack tells that, else its handle.

    The full name is the app's, which a workspace can change; the handle is made of letters, digits, underscores, dashes
    and periods (api.slack.com/best-practices/the-small-stuff), and may have a number behind it. Where the handle may be
    made of the name that the app was installed with, it is that name.
    """
    if "users:read" in workspace.scopes:
        try:
            return (await profile(client, workspace.bot_user)).name or AS_INSTALLED.bot
        except SlackError as error:
            log.info("bot-not-named", reason=error.code)
    same = _letters(workspace.handle) in {"", _letters(AS_INSTALLED.bot)}
    return AS_INSTALLED.bot if same else workspace.handle


def _letters(name: str) -> str:
    return NO_LETTER.sub("", name.casefold())
