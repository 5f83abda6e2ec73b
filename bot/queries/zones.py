"""Finds time zones by their IANA names, in any case."""

import re
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from bot.problems import Problem
from bot.queries.spelling import fold, nearest

OFFSET = re.compile(r"(?:utc|gmt)([+-])(\d{1,2})(?::?00)?")


def zone(name: str) -> ZoneInfo:
    """The zone of that name. Raises Problem with the nearest name where there is none."""
    names, wanted = _zone_names(), fold(name).replace(" ", "_")
    if offset := OFFSET.fullmatch(wanted):
        # The names below Etc/ count the other way round: Etc/GMT-9 is nine hours ahead of UTC.
        wanted = f"etc/gmt{'-' if offset[1] == '+' else '+'}{int(offset[2])}"
    found = names.get(wanted)
    if found is None:
        raise Problem("unknown-zone", name=name, nearest=_nearest_zone(name))
    return ZoneInfo(found)


def known_zone(name: str) -> bool:
    """Whether there is a zone of that name."""
    return fold(name) in _zone_names()


@cache
def _zone_names() -> dict[str, str]:
    """Folded name -> name, of all zones; the list comes with tzdata, so it is the same on every machine."""
    return {name.casefold(): name for name in files("tzdata").joinpath("zones").read_text("utf-8").split()}


def _nearest_zone(name: str) -> str | None:
    """A zone by its city (`tokyo` is Asia/Tokyo), else the one with the most similar name."""
    wanted = fold(name).replace(" ", "_")
    cities = [known for known in _zone_names() if "/" in known and not known.startswith("etc/")]
    by_city = {known.rpartition("/")[2]: known for known in sorted(cities, reverse=True)}
    city = nearest(wanted, by_city, cutoff=0.8)
    likely = by_city[city] if city else nearest(wanted, cities, cutoff=0.75)
    return _zone_names()[likely] if likely else None
