"""The records of a made-up Slack workspace: users, channels, messages, calls, answers."""

from dataclasses import dataclass, field
from typing import Literal

from bot.playground.slack.payloads import Json

Reason = Literal[
    "warning", "refresh_requested", "link_disabled", "too_many_websockets"
]  # Why Slack asks to disconnect.


@dataclass(slots=True)
class User:
    """A person, as `users.info` shows them; the real name is made of the name unless there is one.

    Without a zone or a locale Slack tells of none. A `team_id` is of another workspace, which may be part of an
    organization: of this workspace's own, or of another company's.
    """

    name: str
    tz: str | None = "America/New_York"
    locale: str | None = "en-US"
    deleted: bool = False
    real_name: str | None = None
    display_name: str = ""
    team_id: str | None = None
    enterprise_id: str | None = None
    is_restricted: bool = False  # A guest.
    is_ultra_restricted: bool = False  # A guest of one channel.


@dataclass(slots=True)
class Channel:
    """A channel, and how the bot stands to it. Everybody is a member unless these are named."""

    name: str
    is_private: bool = False
    is_member: bool = True
    is_archived: bool = False
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    members: set[str] | None = None

    def has(self, user: str) -> bool:
        """Whether a user is a member."""
        return self.members is None or user in self.members


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a Web API method as it came in, of its token only what tells the kind."""

    method: str
    arguments: Json
    token: str


@dataclass(frozen=True, slots=True)
class Post:
    """A message that is there to be read. In a direct message the channel is the reader's user id.

    The author is the bot unless it is a user.
    """

    channel: str
    ts: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    ephemeral_to: str | None = None
    author: str | None = None
    edited: str | None = None  # The ts of its last change, if others saw it before.
    files: tuple[Json, ...] = ()  # What a user shared with it.


@dataclass(slots=True)
class Response:
    """One use of a response URL, and Slack's answer: `ok`, the word that says why not, or nothing."""

    url: str
    message: Json
    answer: str = ""
