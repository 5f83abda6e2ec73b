"""Decides whether and when a failed call is retried."""

from datetime import datetime, timedelta

from bot.commands.ports import SlackError
from bot.digests.clock import Timing


def is_retryable(error: SlackError) -> bool:
    """Whether a failed call to Slack can be retried: it surely had no effect, and the error passes."""
    return not error.unclear and (
        error.code == "unreachable" or error.retry_after is not None or is_rate_limited(error)
    )


def is_rate_limited(error: SlackError) -> bool:
    """Whether Slack asks for fewer calls."""
    return error.code in {"ratelimited", "rate_limited"}


def next_try(since: datetime, at: datetime, timing: Timing) -> datetime | None:
    """The moment of the next try, after half of the time since the first one. None where it is time to give up."""
    age = at - since
    if age >= timing.give_up:
        return None
    return at + min(max(age / 2, timing.first_retry), timing.longest_retry)


def retry_delay(error: SlackError, timing: Timing) -> timedelta:
    """The wait that Slack asks for, up to `longest_retry`: a wrong number must not stop a workspace."""
    asked = timedelta(seconds=error.retry_after) if error.retry_after else timing.first_retry
    return min(asked, timing.longest_retry)
