"""What is read in the night, so that a later report has something of its own age to be compared with."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.digests.nightly_readings import make_nightly_readings, nightly_cells
from bot.problems import Problem
from bot.queries.request import Account, Aliases
from bot.store.slots import next_slot
from tests.asking import services
from tests.at_work import NEW_YORK, TEAM, AsOf, Hand, World


@pytest.mark.parametrize(
    ("night", "windows"),
    [
        ("2026-11-20", ["11-19..11-20", "11-13..11-20"]),
        ("2026-11-23", ["11-22..11-23", "11-16..11-23", "11-16..11-23"]),
        ("2026-12-01", ["11-30..12-01", "11-24..12-01", "11-01..12-01"]),
    ],
)
def test_a_night_reads_the_day_the_week_and_the_month_that_have_just_closed(night: str, windows: list[str]) -> None:
    at = datetime.fromisoformat(f"{night}T03:00").replace(tzinfo=NEW_YORK)
    made = services(AsOf(Hand()), Account("v3-enterprise"))
    bounds = [
        [f"{bound.astimezone(NEW_YORK):%m-%d}" for bound in (c.window.after, c.window.before)]
        for c in nightly_cells(made, at)
    ]
    assert ["..".join(pair) for pair in bounds] == windows


def test_it_reads_them_of_everything_and_of_each_organization_or_of_a_key_s_own() -> None:
    at = Hand().at
    named = Account("v3-enterprise", default_org="org-1", orgs=Aliases({"Payments": "org-1", "Search": "org-2"}))
    asked = [cell.filter.orgs for cell in nightly_cells(services(AsOf(Hand()), named), at)]
    assert asked == [(), ("org-1",), ("org-2",)] * 2
    own = Account("v3-organization", own_org="org-1", orgs=Aliases({"Payments": "org-1"}))
    assert [cell.filter.orgs for cell in nightly_cells(services(AsOf(Hand()), own), at)] == [("org-1",)] * 2


async def test_a_night_in_which_devin_is_down_is_left_out(world: World) -> None:
    hand = Hand()
    down = AsOf(hand, [Problem("devin-down", status=503)] * 99)
    await make_nightly_readings(services(down), hand.at)
    await make_nightly_readings(replace(world.services), hand.at)
    assert isinstance(world.devin, AsOf)
    assert len(world.devin.cells) == 8


@pytest.mark.parametrize("start", ["02:59", "04:00", "14:05"])
async def test_readings_are_made_at_the_hour_of_the_round_and_not_when_a_process_starts_at_another(
    world: World, start: str
) -> None:
    world.hand.at = datetime.fromisoformat(f"2026-11-20T{start}").replace(tzinfo=NEW_YORK)
    begun, night = world.hand.at, datetime(2026, 11, 21, 3, 10, tzinfo=NEW_YORK)
    assert isinstance(world.devin, AsOf)
    cells = world.devin.cells

    async def round_is_made() -> bool:
        return await next_slot(world.context.store, TEAM, "nightly round") > begun

    async def eight_are_read() -> bool:
        return len(cells) >= 8

    async with world.working():
        await world.until(round_is_made)
        world.hand.at = night
        await world.until(eight_are_read)
    midnight = night.replace(hour=0, minute=0)
    assert {cell.window.before for cell in cells} == {midnight}
    assert {cell.window.after for cell in cells} == {midnight - timedelta(days=days) for days in (1, 7)}
