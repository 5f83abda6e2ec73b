"""Time zones by name."""

import pytest

from bot.problems import Problem
from bot.zones import zone


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("America/New_York", "America/New_York"),
        ("america/new_york", "America/New_York"),
        ("AMERICA/NEW YORK", "America/New_York"),
        ("Ａｓｉａ／Ｔｏｋｙｏ", "Asia/Tokyo"),
        ("utc", "UTC"),
        ("Etc/GMT–9", "Etc/GMT-9"),
        ("Asia/Calcutta", "Asia/Calcutta"),
    ],
)
def test_a_zone_is_found_in_whatever_case_it_is_typed(typed: str, name: str) -> None:
    assert zone(typed).key == name


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        pytest.param("tokyo", "Asia/Tokyo", id="a city"),
        pytest.param("New York", "America/New_York", id="a city of two words"),
        pytest.param("Buenos Aires", "America/Argentina/Buenos_Aires", id="a city of two zones"),
        pytest.param("Asia/Tokio", "Asia/Tokyo", id="a typo"),
        pytest.param("Berlln", "Europe/Berlin", id="a typo in a city"),
        pytest.param("europe/berlin/mitte", "Europe/Berlin", id="too much"),
        pytest.param("xxxxxx", None, id="nothing like it"),
        pytest.param("../../etc/passwd", None, id="a path"),
        pytest.param("localtime", None, id="the machine's own"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest_one(typed: str, nearest: str | None) -> None:
    with pytest.raises(Problem) as raised:
        zone(typed)
    assert (raised.value.key, raised.value.data) == ("unknown-zone", {"name": typed, "nearest": nearest})
