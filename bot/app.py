"""Builds what the process needs, and closes it again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.config import Settings
from bot.devin import Cell, Devin, Reading
from bot.devin.gather import Gather
from bot.period import WEEKDAYS
from bot.problems import Problem
from bot.request import Account, Aliases
from bot.services import Services


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """The services of a process that asks Devin with the settings' key."""
    async with AsyncExitStack() as stack:
        account = Account(
            source=settings.source,
            own_org=settings.devin_org_id,
            default_org=settings.defaults.org,
            orgs=Aliases(settings.orgs),
            users=Aliases(settings.users),
            service_users=Aliases(settings.service_users),
            playbooks=Aliases(settings.playbooks),
        )
        yield _services(settings, account, _OpenedOnFirstRead(settings, stack))


def sample_services(settings: Settings, at: datetime) -> Services:
    """The services of a made-up enterprise, as it stands at a moment."""
    from bot.playground.sample import ORGS, SampleDevin

    account = Account("v3-enterprise", orgs=Aliases(ORGS))
    return replace(_services(settings, account, SampleDevin(at)), made_up=True)


def _services(settings: Settings, account: Account, devin: Devin) -> Services:
    return Services(
        account=account,
        gather=Gather(devin, settings.limits.concurrent_calls),
        tz=settings.defaults.tz,
        lang=settings.defaults.language,
        week_start=WEEKDAYS.index(settings.defaults.week_start),
        settle=timedelta(days=settings.limits.settle_days),
    )


class _OpenedOnFirstRead:
    """Devin's API, connected when a command first needs it: `help` starts without an HTTP client."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._stack = stack
        self._opening = asyncio.Lock()
        self._devin: Devin | None = None

    async def read(self, cell: Cell) -> Reading:
        """As `Devin.read`."""
        async with self._opening:
            self._devin = self._devin or await self._open()
        return await self._devin.read(cell)

    async def _open(self) -> Devin:
        from bot.devin.http import http_devin

        settings = self._settings
        if settings.key is None:
            raise Problem("key-missing")
        deadline = timedelta(seconds=settings.limits.call_deadline)
        opened = http_devin(settings.key, settings.devin_api_url, deadline, now)
        return await self._stack.enter_async_context(opened)


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)
