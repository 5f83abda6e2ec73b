"""How long it is until something is tried again: longer each time, never for too long, and not for ever."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.commands.ports import SlackError
from bot.digests.clock import Timing
from bot.digests.outcome import is_retryable, next_try, retry_delay
from bot.problems import Problem
from bot.slack import connection
from bot.slack.connection import keep_trying

DUE = datetime(2026, 11, 23, 14, tzinfo=UTC)
TIMING = Timing()


@pytest.mark.parametrize(
    ("tried_for", "wait"),
    [
        (timedelta(0), timedelta(seconds=15)),
        (timedelta(seconds=30), timedelta(seconds=15)),
        (timedelta(seconds=32), timedelta(seconds=16)),
        (timedelta(minutes=10), timedelta(minutes=5)),
        (timedelta(minutes=30), timedelta(minutes=15)),
        (timedelta(hours=5, minutes=59), timedelta(minutes=15)),
    ],
)
def test_a_delivery_is_tried_again_after_half_of_the_time_that_it_was_tried(
    tried_for: timedelta, wait: timedelta
) -> None:
    assert next_try(DUE, DUE + tried_for, TIMING) == DUE + tried_for + wait


@pytest.mark.parametrize(("seconds", "ends"), [(-1, False), (0, True), (1, True)])
def test_after_six_hours_it_is_tried_no_more(seconds: int, ends: bool) -> None:
    assert (next_try(DUE, DUE + timedelta(hours=6, seconds=seconds), TIMING) is None) == ends


def test_from_try_to_try_the_waits_grow_from_seconds_to_a_quarter_of_an_hour() -> None:
    at, length = DUE, [timedelta(0)]
    while again := next_try(DUE, at, TIMING):
        length, at = [*length, again - at], again
    assert length == sorted(length)
    assert (length[1], length[-1]) == (timedelta(seconds=15), timedelta(minutes=15))
    assert len(length) < 40


@pytest.mark.parametrize(
    ("asked", "wait"),
    [(None, 15), (0.0, 15), (1.0, 1), (30.0, 30), (900.0, 900), (901.0, 900), (30_000.0, 900)],
)
def test_slack_is_left_alone_for_as_long_as_it_asks_but_for_a_quarter_of_an_hour_at_most(
    asked: float | None, wait: int
) -> None:
    assert retry_delay(SlackError("ratelimited", retry_after=asked), TIMING) == timedelta(seconds=wait)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (SlackError("unreachable"), True),
        (SlackError("ratelimited"), True),
        (SlackError("http_503", retry_after=5), True),
        (SlackError("unreachable", unclear=True), False),
        (SlackError("ratelimited", unclear=True, retry_after=5), False),
        (SlackError("invalid_auth"), False),
        (SlackError("msg_too_long"), False),
    ],
)
def test_only_what_slack_surely_did_not_take_and_may_take_later_is_sent_again(error: SlackError, again: bool) -> None:
    assert is_retryable(error) == again


class Refused:
    """A first call to Slack that fails with these errors, one after the other, and then succeeds."""

    def __init__(self, *errors: SlackError) -> None:
        self.errors = list(errors)

    async def __call__(self) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return "hello"


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, instead of waiting."""
    kept: list[float] = []

    async def pause(seconds: float, _stop: asyncio.Event) -> None:
        kept.append(seconds)

    monkeypatch.setattr(connection, "_pause", pause)
    return kept


async def test_at_the_start_the_waits_for_slack_double_up_to_half_a_minute(pauses: list[float]) -> None:
    away = Refused(*[SlackError("unreachable")] * 8)
    assert await keep_trying(away, "SLACK_BOT_TOKEN", asyncio.Event()) == "hello"
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]


async def test_at_the_start_slack_is_asked_again_when_it_says_so(pauses: list[float]) -> None:
    limited = Refused(SlackError("ratelimited", retry_after=7.0), SlackError("unreachable"))
    assert await keep_trying(limited, "SLACK_BOT_TOKEN", asyncio.Event()) == "hello"
    assert pauses == [7, 2]


async def test_a_token_that_slack_refuses_is_not_tried_again(pauses: list[float]) -> None:
    with pytest.raises(Problem, match="slack-said"):
        await keep_trying(Refused(SlackError("invalid_auth")), "SLACK_BOT_TOKEN", asyncio.Event())
    assert pauses == []
