"""Time zones by their IANA names, in whatever case they are typed."""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from bot.problems import Problem
from bot.spelling import fold, nearest


def zone(name: str) -> ZoneInfo:
    """The zone of that name. Raises Problem with the nearest name where there is none."""
    names = _names()
    found = names.get(fold(name).replace(" ", "_"))
    if found is None:
        raise Problem("unknown-zone", name=name, nearest=_nearest(name))
    return ZoneInfo(found)


@cache
def _names() -> dict[str, str]:
    """Folded name -> name, of all zones; the list comes with tzdata, so it is the same on every machine."""
    return {name.casefold(): name for name in files("tzdata").joinpath("zones").read_text("utf-8").split()}


def _nearest(name: str) -> str | None:
    """A zone by its city (`tokyo` is Asia/Tokyo), else the one spelled most like it."""
    wanted = fold(name).replace(" ", "_")
    by_city = {known.rpartition("/")[2]: known for known in sorted(_names(), reverse=True)}
    city = nearest(wanted, by_city, cutoff=0.8)
    likely = by_city[city] if city else nearest(wanted, _names(), cutoff=0.75)
    return _names()[likely] if likely else None
