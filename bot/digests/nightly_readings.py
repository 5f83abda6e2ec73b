"""Makes readings each night, so that a later report can compare windows of the same age."""

from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from bot.commands.ports import Services
from bot.devin import Cell
from bot.problems import Problem
from bot.queries.query import Query, parse
from bot.reports.plan import ALL_ORGS, plan

log = structlog.get_logger(__name__)

EVERY_NIGHT = ("yesterday", "last 7d")


async def make_nightly_readings(services: Services, at: datetime) -> None:
    """Reads the counts of the day, week and month that have just closed, in total and of each organization."""
    try:
        await services.gather(nightly_cells(services, at))
    except Problem as problem:  # The next night reads its own; a comparison that is missing says so.
        log.warning("not-read-for-later", reason=problem.key)


def nightly_cells(services: Services, at: datetime) -> list[Cell]:
    """The cells to read in the night of a moment."""
    tz, account = ZoneInfo(services.tz), services.account
    today = at.astimezone(tz).date()
    texts = [*EVERY_NIGHT]
    texts += ["last week"] if today.weekday() == services.week_start else []
    texts += ["last month"] if today.day == 1 else []
    orgs = [()] if account.own_org else [(ALL_ORGS,), *((org.id,) for org in account.orgs)]
    queries = [Query(period=parse(text).period, orgs=orgs_, vs="none") for text in texts for orgs_ in orgs]
    return [plan(query, account, at, tz, services.week_start).cell for query in queries]
