"""Slack's errors of a channel, as Problems."""

from bot.commands.ports import SlackError, Standing
from bot.problems import Problem

# What Slack says where a channel cannot be posted to, and will not become so by waiting.
CLOSED = {
    "channel_not_found": "channel-not-found",
    "not_in_channel": "channel-not-joined",
    "is_archived": "channel-archived",
    "restricted_action": "channel-restricted",
    "restricted_action_read_only_channel": "channel-restricted",
    "restricted_action_thread_only_channel": "channel-restricted",
    "restricted_action_non_threadable_channel": "channel-restricted",
    "restricted_action_thread_locked": "channel-restricted",
    "messages_tab_disabled": "channel-restricted",
    "user_disabled": "channel-not-found",
    "user_not_found": "channel-not-found",
}


def is_closed(error: SlackError) -> bool:
    """Whether the channel stays closed however long one waits."""
    return error.code in CLOSED


def channel_problem(error: SlackError, channel: str) -> Problem:
    """The Problem of a channel that could not be posted to or looked at."""
    if error.code == "missing_scope":
        return Problem("scope-missing", scope=error.needed)
    if error.code in CLOSED:
        return Problem(CLOSED[error.code], channel=channel)
    return Problem("slack-refused", code=error.code, channel=channel)


def standing_problem(standing: Standing, channel: str, allowed: bool = False) -> Problem | None:
    """Why a channel in this state gets no digest, if it does not. A shared one may be `allowed` to."""
    if standing.archived:
        return Problem("channel-archived", channel=channel)
    if not standing.member:
        return Problem("channel-not-joined", channel=channel)
    if standing.shared and not allowed:
        return Problem("channel-shared", channel=channel)
    return None
