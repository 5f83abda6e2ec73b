"""The moment of an HTTP answer, by the clock of who answered."""

from datetime import UTC, datetime

import pytest

from bot.devin.http_date import answered_at


@pytest.mark.parametrize("value", ["Fri, 20 Nov 2026 19:05:00 GMT", "Fri, 20 Nov 2026 19:05:00 -0000"])
def test_a_date_is_a_moment_in_utc(value: str) -> None:
    assert answered_at({"DATE": value}) == datetime(2026, 11, 20, 19, 5, tzinfo=UTC)


@pytest.mark.parametrize("headers", [{}, {"Date": ""}, {"Date": "now"}, {"Date": "Fri, 99 Nov 2026 19:05:00 GMT"}])
def test_what_is_none_is_left_out(headers: dict[str, str]) -> None:
    assert answered_at(headers) is None
