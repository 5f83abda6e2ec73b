"""What Slack knows of people, and their preferences: their own settings, else their profile."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.ports import SlackError
from bot.queries.languages import CODES
from bot.queries.request import Preferences
from bot.queries.zones import known_zone
from bot.slack.client import Profile, profile
from bot.store import Store
from bot.store.people import own_settings, save_settings

log = structlog.get_logger(__name__)

PROFILE_KEPT_FOR = timedelta(hours=1)
MOST_PROFILES = 10_000  # People; beyond that all are asked for again.


class Profiles:
    """Everybody's profile. Slack is asked only where it granted `users:read`, and never twice in an hour."""

    def __init__(self, client: AsyncWebClient, scopes: frozenset[str], now: Callable[[], datetime]) -> None:
        self._client = client
        self._allowed = "users:read" in scopes
        self._now = now
        self._profiles: dict[str, tuple[datetime, Profile]] = {}

    async def of(self, user: str) -> Profile:
        """What Slack tells of a user; the last that it has told, or an empty profile, where it does not."""
        if not self._allowed:
            return Profile()
        read_at, found = self._profiles.get(user, (None, Profile()))
        if read_at is not None and self._now() - read_at < PROFILE_KEPT_FOR:
            return found
        try:
            found = await profile(self._client, user)
        except SlackError as error:  # An answer in another zone is better than none, and each names its zone.
            log.info("profile-not-read", reason=error.code)
            return found
        if len(self._profiles) >= MOST_PROFILES:
            self._profiles.clear()
        self._profiles[user] = (self._now(), found)
        return found


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
        found = await self._profiles.of(user)
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
