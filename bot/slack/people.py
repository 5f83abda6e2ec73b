"""What Slack knows of people, and their preferences: their own settings, else their profile."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.ports import SlackError
from bot.queries.languages import CODES
from bot.queries.request import Preferences
from bot.queries.zones import known_zone
from bot.slack.client import Profile, profile
from bot.store import Store
from bot.store.people import own_settings, save_settings
from bot.telemetry import log_failure

log = structlog.get_logger(__name__)

PROFILE_KEPT_FOR = timedelta(hours=1)
FAILURE_KEPT_FOR = timedelta(seconds=10)  # Slack is not asked again at once where it did not tell.
LONGEST_LOOK = 3.0  # Seconds that an answer waits for a profile.
MOST_PROFILES = 10_000  # People; beyond that all are asked for again.


class Profiles:
    """Everybody's profile. Slack is asked only where it granted `users:read`, and never twice in an hour."""

    def __init__(self, client: AsyncWebClient, scopes: frozenset[str], now: Callable[[], datetime]) -> None:
        self._client = client
        self._allowed = "users:read" in scopes
        self._now = now
        self._profiles: dict[str, tuple[datetime, Profile | None]] = {}  # With when Slack is to be asked again.
        self._looks: dict[str, asyncio.Task[None]] = {}

    async def of(self, user: str, within: float = LONGEST_LOOK) -> Profile | None:
        """What Slack tells of a user, or has told last; an empty profile where the app may not ask. None where Slack
        did not tell `within` so many seconds.
        """
        if not self._allowed:
            return Profile()
        until, _ = self._profiles.get(user, (None, None))
        if until is None or self._now() >= until:
            await asyncio.wait([self._look(user)], timeout=within)
        return self._profiles[user][1] if user in self._profiles else None

    def _look(self, user: str) -> asyncio.Task[None]:
        """The look that is under way, or a new one: those who ask at once share it."""
        if user not in self._looks:
            self._looks[user] = asyncio.create_task(self._read(user))
            self._looks[user].add_done_callback(partial(log_failure, event="profile-not-read"))
            self._looks[user].add_done_callback(lambda _: self._looks.pop(user))
        return self._looks[user]

    async def _read(self, user: str) -> None:
        kept_for, known = PROFILE_KEPT_FOR, self._profiles.get(user, (None, None))[1]
        try:
            known = await profile(self._client, user)
        except SlackError as error:  # An answer in another zone is better than none, and each names its zone.
            log.info("profile-not-read", reason=error.code)
            kept_for = FAILURE_KEPT_FOR
        if len(self._profiles) >= MOST_PROFILES:
            self._profiles.clear()
        self._profiles[user] = (self._now() + kept_for, known)


class SlackPeople:
    """The preferences of the people of a workspace."""

    def __init__(self, profiles: Profiles, store: Store, team: str, now: Callable[[], datetime]) -> None:
        self._profiles = profiles
        self._store = store
        self._team = team
        self._now = now
        self._chosen: dict[str, Preferences] = {}

    async def preferences(self, user: str) -> Preferences:
        """What a user chose, else what their Slack profile says."""
        own = await self.chosen(user)
        if own.tz and own.lang:
            return own
        found = await self._profiles.of(user) or Profile()
        lang = (found.locale or "").partition("-")[0]
        tz = found.tz if found.tz and known_zone(found.tz) else None
        return Preferences(own.tz or tz, own.lang or (lang if lang in CODES else None))

    async def chosen(self, user: str) -> Preferences:
        """What a user chose, nothing else. A database of one process is read once: no other process writes to it."""
        if user in self._chosen:
            return self._chosen[user]
        own = await own_settings(self._store, self._team, user)
        # A choice that was made while this was read is newer.
        return self._chosen.get(user) or self._keep(user, own)

    async def choose(self, user: str, chosen: Preferences) -> None:
        """Keeps a choice; None takes it back."""
        await save_settings(self._store, self._team, user, tz=chosen.tz, lang=chosen.lang, at=self._now())
        self._keep(user, chosen)

    def _keep(self, user: str, chosen: Preferences) -> Preferences:
        if not self._store.shared:
            if len(self._chosen) >= MOST_PROFILES:
                self._chosen.clear()
            self._chosen[user] = chosen
        return chosen
