"""The age of a reading: how long after the end of its window it was made."""

from datetime import timedelta

from bot.devin import Reading

FINAL_AFTER = timedelta(hours=48)  # Sessions, and what they were started with, are final then.


def age(reading: Reading) -> timedelta:
    """How long after the end of its window a reading was made; negative while the window was open."""
    return reading.read_at - reading.cell.window.before


def same_age_range(wanted: timedelta) -> tuple[timedelta, timedelta]:
    """The youngest and the oldest age that count as the same: the younger of two is at least nine tenths of the older.

    So it does not matter which of the two is `wanted`. Ages are whole microseconds.
    """
    return -(-wanted * 9 // 10), wanted * 10 // 9


def same_age(one: timedelta, other: timedelta) -> bool:
    """Whether two ages count as the same."""
    youngest, oldest = same_age_range(one)
    return youngest <= other <= oldest
