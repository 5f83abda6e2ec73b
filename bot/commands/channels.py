"""The port to Slack's channels."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.messages.message import Message
from bot.problems import Problem


class SlackError(Exception):
    """A call that failed: Slack's own error code, or `unreachable` or `timeout`; `unclear` where it may have worked."""

    def __init__(self, code: str, unclear: bool = False, needed: str = "", retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.unclear = unclear
        self.needed = needed
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a message stands now."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a channel is, and whether the bot may post there: as a `member`, or as in any public one by its scopes.

    `shared` is with another company.
    """

    member: bool = True
    archived: bool = False
    shared: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """A user's name in Slack, and whether their account was deactivated."""

    name: str
    gone: bool = False


class Channels(Protocol):
    """Slack, as digests use it. Every call may raise SlackError."""

    async def post(
        self, channel: str, message: Message, *, delivery: str | None = None, thread: str | None = None
    ) -> Receipt:
        """Posts once, to a channel or to a person by the user id; `delivery` travels along unseen, to be found by."""
        ...

    async def find(self, channel: str, delivery: str, since: datetime, *, thread: str | None = None) -> Receipt | None:
        """The post of a delivery in a channel's history since a moment, or among the replies to a message there.

        None says that it is not there. Where that cannot be known, it raises.
        """
        ...

    async def standing(self, channel: str) -> Standing:
        """How a channel is now."""
        ...

    async def person(self, user: str) -> Person:
        """A user by id."""
        ...


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


def closed(error: SlackError) -> bool:
    """Whether the channel will not become open by waiting."""
    return error.code in CLOSED


def channel_problem(error: SlackError, channel: str) -> Problem:
    """The words for a channel that could not be posted to or looked at."""
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
