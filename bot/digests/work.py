"""Opens what a process needs to work on digests, from its settings."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from bot.commands.ports import Services
from bot.config.settings import Settings
from bot.devin.cache import ReadingCache
from bot.digests.clock import Clock, Timing
from bot.digests.context import DigestContext
from bot.digests.runner import Options, open_engine, running
from bot.digests.team_services import TeamServices
from bot.digests.watchdog import Watchdog
from bot.store.installation import Installation
from bot.store.readings import StoredReadings


@asynccontextmanager
async def digests_at_work(
    settings: Settings, services: Services, installation: Installation, clock: Clock
) -> AsyncIterator[TeamServices]:
    """The services of each workspace, with what the store keeps for it. Until the end of the block digests are sent.

    All workspaces of an installation ask the same Devin: its readings are stored once.
    """
    store, channels, timing = installation.store, services.channels, Timing()
    assert channels
    cache = ReadingCache(StoredReadings(store, installation.key), clock.now, services.settle)
    async with open_engine(installation, clock, timing) as engine:
        of_teams = TeamServices(replace(services, gather=services.gather.with_cache(cache)), store, engine)
        context = DigestContext(store, installation, engine, channels, clock, timing)
        async with running(context, of_teams, _options(settings), Watchdog(os._exit)):
            yield of_teams


def _options(settings: Settings) -> Options:
    limits = settings.limits
    return Options(
        policy=limits.catch_up,
        restate=Fraction(limits.restate) / 100,
        pace=limits.pace,
        keep=timedelta(days=limits.keep_days),
        admin_channel=settings.access.admin_channel,
    )
