"""What a failure means for a delivery: retry, give up, or uncertain."""

from datetime import datetime, timedelta

from bot.commands.channels import SlackError
from bot.digests.clock import Timing


def is_retryable(error: SlackError) -> bool:
    """Whether a call that Slack did not take may be made again: nothing was sent."""
    return not error.unclear and (
        error.code == "unreachable" or error.retry_after is not None or is_rate_limited(error)
    )


def is_rate_limited(error: SlackError) -> bool:
    """Whether Slack asks for fewer calls."""
    return error.code in {"ratelimited", "rate_limited"}


def next_try(since: datetime, at: datetime, timing: Timing) -> datetime | None:
    """When something is tried again: after half of the time that it has been tried. None where that was long enough."""
    age = at - since
    if age >= timing.give_up:
        return None
    return at + min(max(age / 2, timing.first_retry), timing.longest_retry)


def retry_delay(error: SlackError, timing: Timing) -> timedelta:
    """How long Slack asks to wait; a wrong number must not silence a workspace."""
    asked = timedelta(seconds=error.retry_after) if error.retry_after else timing.first_retry
    return min(asked, timing.longest_retry)
