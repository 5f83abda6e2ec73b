"""Time zones by name."""

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from bot.problems import Problem
from bot.queries.zones import zone


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


def test_zone_rules_come_from_the_locked_package_and_not_from_the_machine(tmp_path: Path) -> None:
    """The machine's folder has New York's rules under Vancouver's name, as stale as any old image's could be."""
    stale = tmp_path / "zoneinfo" / "America" / "Vancouver"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(files("tzdata").joinpath("zoneinfo/America/New_York").read_bytes())
    command = ["digests", "preview", "weekly monday 9:00 tz=America/Vancouver", "--from", "2026-11-20T00:00:00+00:00"]
    previewed = subprocess.run(
        [sys.executable, "-m", "bot", *command, "--count", "2"],
        env={**os.environ, "PYTHONTZPATH": str(tmp_path / "zoneinfo")},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    # The locked rules keep British Columbia at UTC-7 through the winter; older ones have -08:00 there.
    assert [line.split("\t")[0] for line in previewed.stdout.splitlines()] == [
        "2026-11-23T09:00:00-07:00",
        "2026-11-30T09:00:00-07:00",
    ]
