"""Where the clocks change, a digest comes once on each of its dates, by the clock of its zone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.periods.period import Last
from bot.periods.window import day_start
from bot.schedules.schedule import Remark, Rule, due, next_sends, occurrences, read_rule
from tests.examples import DAYS, NEW_YORK, ZONES, clock_changes

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
TIMES = (time(0), time(0, 30), time(1, 30), time(2), time(2, 15), time(2, 30))
CHANGES = [(tz, change) for tz in ZONES for change in clock_changes(tz)]
W47 = date(2026, 11, 16)

RULES: dict[str, Callable[[date], bool]] = {
    "daily": lambda day: True,  # noqa: ARG005
    "weekdays": lambda day: f"{day:%a}" not in {"Sat", "Sun"},
    "weekly sun,fri": lambda day: f"{day:%a}" in {"Sun", "Fri"},
    "every 2 weeks sun,fri from 2026-W47": lambda day: day >= W47 and (day - W47).days % 14 in {4, 6},
    "monthly 1": lambda day: day.day == 1,
    "monthly last": lambda day: (day + DAY).day == 1,
}


def rule(text: str) -> Rule:
    return read_rule(text, W47)


def around(zone: ZoneInfo, clock: str, day: date) -> dict[date, str]:
    """Three daily sends, from the day before a date: the key of each, and what the clocks show then."""
    sends = islice(occurrences(rule(f"daily {clock}"), zone, day_start(day - DAY, zone) - SECOND), 3)
    return {send.day: f"{send.at.astimezone(zone):%a %H:%M %z}" for send in sends}


def instants(wall: datetime, tz: ZoneInfo) -> list[datetime]:
    """Every instant at which the clocks of a zone show a wall time: all that may be are tried."""
    tried = [wall.replace(tzinfo=UTC) + timedelta(minutes=15 * number) for number in range(-14 * 4, 12 * 4 + 1)]
    return [instant for instant in tried if instant.astimezone(tz).replace(tzinfo=None) == wall]


# Once for each date


@pytest.mark.parametrize("text", RULES)
@pytest.mark.parametrize("tz", ZONES, ids=str)
def test_every_date_of_a_rule_has_one_send_and_they_follow_one_another(tz: ZoneInfo, text: str) -> None:
    since, at = day_start(DAYS[0], tz) - SECOND, day_start(DAYS[-1] + DAY, tz) - SECOND
    dates = [day for day in DAYS if RULES[text](day)]
    for clock in TIMES:
        sends = due(rule(f"{text} {clock:%H:%M}"), tz, since, at)
        assert [send.day for send in sends] == dates
        assert all(one.at < following.at for one, following in pairwise(sends))


@pytest.mark.parametrize("clock", TIMES, ids=str)
def test_of_a_time_that_the_clocks_show_twice_the_first_counts(clock: time) -> None:
    shown = [
        (send.at, found)
        for tz, change in CHANGES
        for send in due(Rule("daily", clock), tz, change - 2 * DAY, change + 2 * DAY)
        if (found := instants(datetime.combine(send.day, clock), tz))
    ]
    assert all(at == found[0] for at, found in shown)


@pytest.mark.parametrize("clock", TIMES, ids=str)
def test_a_time_that_the_clocks_skip_moves_forward_by_as_much_as_they_do(clock: time) -> None:
    for tz, change in CHANGES:
        for send in due(Rule("daily", clock), tz, change - 2 * DAY, change + 2 * DAY):
            wall = datetime.combine(send.day, clock)
            if not instants(wall, tz):
                skipped = change.astimezone(tz).replace(tzinfo=None) - (change - SECOND).astimezone(tz).replace(
                    tzinfo=None
                )
                assert send.at.astimezone(tz).replace(tzinfo=None) == wall + skipped - SECOND


@pytest.mark.parametrize(
    ("zone", "clock", "day", "before", "then", "after"),
    [
        # 02:00 is 03:00; 02:00 is 01:00 again.
        ("America/New_York", "02:30", "2026-03-08", "Sat 02:30 -0500", "Sun 03:30 -0400", "Mon 02:30 -0400"),
        ("America/New_York", "09:00", "2026-03-08", "Sat 09:00 -0500", "Sun 09:00 -0400", "Mon 09:00 -0400"),
        ("America/New_York", "01:30", "2026-11-01", "Sat 01:30 -0400", "Sun 01:30 -0400", "Mon 01:30 -0500"),
        ("America/New_York", "09:00", "2026-11-01", "Sat 09:00 -0400", "Sun 09:00 -0500", "Mon 09:00 -0500"),
        # 02:00 is 03:00; 03:00 is 02:00 again.
        ("Europe/Berlin", "02:30", "2026-03-29", "Sat 02:30 +0100", "Sun 03:30 +0200", "Mon 02:30 +0200"),
        ("Europe/Berlin", "02:30", "2026-10-25", "Sat 02:30 +0200", "Sun 02:30 +0200", "Mon 02:30 +0100"),
        # 02:00 is 02:30; 02:00 is 01:30 again.
        ("Australia/Lord_Howe", "02:15", "2026-10-04", "Sat 02:15 +1030", "Sun 02:45 +1100", "Mon 02:15 +1100"),
        ("Australia/Lord_Howe", "01:45", "2026-04-05", "Sat 01:45 +1100", "Sun 01:45 +1100", "Mon 01:45 +1030"),
        # Midnight is 01:00; midnight is 23:00 of the day before again.
        ("Africa/Cairo", "00:30", "2026-04-24", "Thu 00:30 +0200", "Fri 01:30 +0300", "Sat 00:30 +0300"),
        ("Africa/Cairo", "00:00", "2026-04-24", "Thu 00:00 +0200", "Fri 01:00 +0300", "Sat 00:00 +0300"),
        ("Africa/Cairo", "23:30", "2026-10-29", "Wed 23:30 +0300", "Thu 23:30 +0300", "Fri 23:30 +0200"),
        ("Africa/Cairo", "00:00", "2026-10-30", "Thu 00:00 +0300", "Fri 00:00 +0200", "Sat 00:00 +0200"),
        # Midnight is 01:00; 01:00 is midnight again.
        ("Atlantic/Azores", "00:30", "2026-03-29", "Sat 00:30 -0100", "Sun 01:30 +0000", "Mon 00:30 +0000"),
        ("Atlantic/Azores", "00:00", "2026-10-25", "Sat 00:00 +0000", "Sun 00:00 +0000", "Mon 00:00 -0100"),
        # 23:00 is midnight: the send of that Saturday comes on Sunday.
        ("America/Nuuk", "23:30", "2026-03-28", "Fri 23:30 -0200", "Sun 00:30 -0100", "Sun 23:30 -0100"),
    ],
)
def test_the_sends_around_a_clock_change(zone: str, clock: str, day: str, before: str, then: str, after: str) -> None:
    middle = date.fromisoformat(day)
    found = around(ZoneInfo(zone), clock, middle)
    assert found == {middle - DAY: before, middle: then, middle + DAY: after}


def test_a_date_that_a_zone_left_out_has_no_send_and_its_neighbours_have_one_each() -> None:
    assert around(ZoneInfo("Pacific/Apia"), "09:00", date(2011, 12, 30)) == {
        date(2011, 12, 29): "Thu 09:00 -1000",
        date(2011, 12, 31): "Sat 09:00 +1400",
        date(2012, 1, 1): "Sun 09:00 +1400",
    }


# Timers


@given(st.sampled_from(CHANGES), st.sampled_from(TIMES), st.lists(st.integers(-90, 90), min_size=1, max_size=8))
def test_a_timer_that_fires_early_and_again_finds_each_send_once(
    place: tuple[ZoneInfo, datetime], clock: time, jitter: list[int]
) -> None:
    (tz, change), daily = place, Rule("daily", clock)
    start, end = change - 2 * DAY, change + 2 * DAY
    sends = due(daily, tz, start, end)
    fired = sorted(at + seconds * SECOND for at in (change, *(send.at for send in sends)) for seconds in jitter)
    found = [send for since, at in pairwise([start, *fired, end]) for send in due(daily, tz, since, at)]
    assert found == sends


@pytest.mark.parametrize("seconds", [-90, -1, 0, 1, 90])
def test_what_comes_after_a_send_does_not_depend_on_when_its_timer_fired(seconds: int) -> None:
    for tz, change in CHANGES:
        sends = due(rule("daily 01:30"), tz, change - 3 * DAY, change + 3 * DAY)
        for send, following in pairwise(sends):
            found = next(occurrences(rule("daily 01:30"), tz, send.at + seconds * SECOND))
            assert found == (send if seconds < 0 else following)


# Previews


@pytest.mark.parametrize(
    ("text", "after", "remarks"),
    [
        ("daily 02:30", "2026-03-06T12:00-05:00", {7: "", 8: "skipped", 9: "", 10: ""}),
        ("daily 09:00", "2026-03-06T12:00-05:00", {7: "", 8: "offset", 9: "", 10: ""}),
        ("daily 01:30", "2026-10-30T12:00-04:00", {31: "", 1: "twice", 2: "offset", 3: ""}),
        ("weekly mon", "2026-10-30T12:00-04:00", {2: "offset", 9: "", 16: "", 23: ""}),
        ("weekly mon", "2026-11-01T12:00-05:00", {2: "", 9: "", 16: "", 23: ""}),
    ],
)
def test_a_preview_says_what_a_clock_change_does_to_a_send(text: str, after: str, remarks: dict[int, str]) -> None:
    sends = next_sends(rule(text), NEW_YORK, Last(1, "day"), datetime.fromisoformat(after), count=4)
    assert {send.day.day: send.remark.kind for send in sends} == remarks


def test_a_remark_tells_the_time_that_was_meant_and_the_offset_before() -> None:
    after = datetime.fromisoformat("2026-03-07T12:00-05:00")
    (send,) = next_sends(rule("daily 02:30"), NEW_YORK, Last(1, "day"), after, count=1)
    assert send.at.isoformat() == "2026-03-08T03:30:00-04:00"
    assert send.remark == Remark("skipped", time(2, 30), timedelta(hours=-5))


def test_a_send_past_a_skipped_midnight_keeps_the_date_that_was_meant() -> None:
    after = datetime.fromisoformat("2026-03-28T12:00-02:00")
    (send,) = next_sends(rule("daily 23:30"), ZoneInfo("America/Nuuk"), Last(1, "day"), after, count=1)
    assert (str(send.day), send.at.isoformat()) == ("2026-03-28", "2026-03-29T00:30:00-01:00")


def test_a_send_that_a_gap_moves_past_midnight_still_covers_the_day_before_its_own() -> None:
    nuuk = ZoneInfo("America/Nuuk")
    saturday = datetime(2026, 3, 28, 12, tzinfo=nuuk)
    late = next_sends(read_rule("daily 23:30", saturday.date()), nuuk, Last(1, "day"), saturday, count=2)
    assert [(send.day.isoformat(), f"{send.at:%a %H:%M}", send.span.first_day.isoformat()) for send in late] == [
        ("2026-03-28", "Sun 00:30", "2026-03-27"),
        ("2026-03-29", "Sun 23:30", "2026-03-28"),
    ]
