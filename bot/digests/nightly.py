"""Runs the nightly round of checks and deletions."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.commands.channel_errors import channel_problem, is_closed, standing_problem
from bot.commands.ports import SlackError
from bot.digests.bugs import Bug, bugs_as_problems
from bot.digests.context import DigestContext
from bot.problems import Problem
from bot.schedules.delivery import Digest
from bot.schedules.schedule import Rule, occurrences
from bot.store.deliveries import delete_old_deliveries
from bot.store.digests import all_digests, drop_steward, pause_digest
from bot.store.events import delete_old_events
from bot.store.notices import Notice, add_notice, delete_old_notices
from bot.store.questions import delete_old_questions
from bot.store.readings import delete_old_readings
from bot.store.slots import take_slot
from bot.store.snapshots import delete_old_snapshots

log = structlog.get_logger(__name__)

NIGHTLY_RULE = Rule("daily", time(3))
LOOKUP_GAP = timedelta(seconds=1.3)  # Slack takes fifty such calls a minute.
# Slack repeats an event within five minutes; where "delayed events" is on, each hour for a day
# (https://docs.slack.dev/apis/events-api, on retries).
EVENTS_KEPT = timedelta(days=2)
DELETE_OLD = delete_old_deliveries, delete_old_snapshots, delete_old_notices, delete_old_readings, delete_old_questions


@dataclass(frozen=True, slots=True)
class NightlyRound:
    """Checks the channels and stewards of an installation's digests, and deletes rows older than `keep`, events sooner.

    `shared_channels` may be shared with another company.
    """

    context: DigestContext
    tz: ZoneInfo
    shared_channels: frozenset[str]
    keep: timedelta

    async def run(self) -> bool:
        """Runs the round where it is due and no other replica has run it. Whether it ran."""
        at, installation = self.context.now(), self.context.installation
        teams = await installation.all()
        async with self.context.store.writing() as connection:
            times = (at, next(occurrences(NIGHTLY_RULE, self.tz, at)).at)
            if not await take_slot(connection, self.context.store, installation.key, "nightly round", times):
                return False
            stored_under = (*teams, installation.key)
            for forget in DELETE_OLD:
                await forget(connection, stored_under, at - self.keep)
            await delete_old_events(connection, stored_under, at - EVENTS_KEPT)
        for team in teams:
            await self._check(self.context.of(team), at)
        return True

    async def _check(self, here: DigestContext, at: datetime) -> None:
        async with here.store.reading() as connection:
            digests = await all_digests(connection, here.team)
        for steward in sorted({digest.steward for digest in digests if digest.steward}):
            # A bug in one must not block the others.
            with suppress(Bug), bugs_as_problems(steward=steward, team=here.team):
                if await self._gone(steward):
                    await _hand_over(here, [digest for digest in digests if digest.steward == steward], at)
        running = [digest for digest in digests if not digest.paused]
        for channel in sorted({digest.channel for digest in running}):
            with suppress(Bug), bugs_as_problems(channel=channel, team=here.team):
                if problem := await self._problem(channel):
                    await _pause(here, [digest for digest in running if digest.channel == channel], problem, at)

    async def _problem(self, channel: str) -> Problem | None:
        await self.context.clock.sleep(LOOKUP_GAP)
        try:
            standing = await self.context.channels.standing(channel)
        except SlackError as error:
            if is_closed(error):
                return channel_problem(error, channel)
            log.info("channel-not-looked-at", channel=channel, reason=error.code)
            return None
        return standing_problem(standing, channel, allowed=channel in self.shared_channels)

    async def _gone(self, user: str) -> bool:
        await self.context.clock.sleep(LOOKUP_GAP)
        try:
            return (await self.context.channels.person(user)).gone
        except SlackError as error:
            log.info("person-not-looked-at", reason=error.code)
            return False


async def _pause(here: DigestContext, digests: list[Digest], problem: Problem, at: datetime) -> None:
    for digest in digests:
        async with here.store.writing() as connection:
            await pause_digest(connection, here.team, digest.id, problem.key)
            await add_notice(connection, here.team, Notice(digest.id, "paused", problem, at))


async def _hand_over(here: DigestContext, digests: list[Digest], at: datetime) -> None:
    """Takes the steward off digests, and asks their channels once for a new one."""
    for digest in digests:
        async with here.store.writing() as connection:
            await drop_steward(connection, here.team, digest.id)
            problem = Problem("steward-gone", name=digest.steward_name or digest.steward)
            await add_notice(connection, here.team, Notice(digest.id, "handover", problem, at))
