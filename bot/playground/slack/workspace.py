"""Holds a made-up Slack workspace: its users, channels, messages and the app's calls."""

import asyncio
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from bot.playground.slack.faults import SlackFault
from bot.playground.slack.forms import Trigger, View
from bot.playground.slack.payloads import Json
from bot.playground.slack.records import Call, Channel, Post, Reason, Response, User

Found = TypeVar("Found")

_MICROSECONDS = 1_000_000
_TEXT_LIMIT = 40_000  # Slack cuts what is longer.
_APP = "A01STANDIN"


class Refused(Exception):
    """Slack's refusal: its error code, and what else the answer tells."""

    def __init__(self, error: str, **details: object) -> None:
        super().__init__(error)
        self.error = error
        self.details = details


@dataclass(slots=True)
class StandinWorkspace:
    """What the app's calls read and change. A test sets it up by changing it."""

    clock: Callable[[], datetime]
    signing_clock: Callable[[], datetime] | None = None  # For signatures, where another than `clock`.
    team_id: str = "T01STANDIN"
    enterprise_id: str | None = None  # The organization that this workspace is part of.
    enterprise_name: str = "Stand-in Organization"
    is_enterprise_install: bool = False  # The app is installed in the whole organization: one token for all of it.
    command_name: str = "/devin-metrics"  # As this workspace calls it.
    app_id: str = _APP
    bot_id: str = "B01STANDIN"
    bot_user_id: str = "U01METRICS"
    bot_name: str = "devin_metrics"
    bot_display_name: str = "Devin Metrics"
    bot_token: str = f"xoxb-{_APP}-bot"
    app_token: str = f"xapp-1-{_APP}-app"
    signing_secret: str = f"signs-for-{_APP}"
    users: dict[str, User] = field(
        default_factory=lambda: {"U01NEWYORK": User("newyork"), "U01TOKYO": User("tokyo", "Asia/Tokyo", "ja-JP")}
    )
    channels: dict[str, Channel] = field(
        default_factory=lambda: {
            "C01REPORTS": Channel("reports"),
            "C01RANDOM": Channel("random", is_member=False),
            "G01BOARD": Channel("board", is_private=True, is_member=False),
        }
    )
    scopes: set[str] = field(default_factory=lambda: {"commands", "chat:write"})
    refuses: set[str] = field(default_factory=set)  # Block types that have not been rolled out to this workspace.
    revoked: str | None = None  # The error that calls with the bot's token get: `token_revoked`, `account_inactive`.
    calls: list[Call] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)  # In the order of their ts.
    directs: set[str] = field(default_factory=set)  # The users with whom the bot has exchanged direct messages.
    responses: list[Response] = field(default_factory=list)
    modals: list[View] = field(default_factory=list)  # The open ones, the latest last.
    homes: dict[str, View] = field(default_factory=dict)  # By user.
    triggers: dict[str, Trigger] = field(default_factory=dict)
    faults: defaultdict[str, deque[SlackFault]] = field(default_factory=lambda: defaultdict(deque))
    http_url: str | None = None  # Where the bot listens; without one it is reached over its sockets.
    dismisses: Reason | None = None  # What every new websocket is told to go for, at once.
    counts_connections: int | None = None  # What `hello` claims, where that is not how many are open.
    # Whether an answer waits for its ack, a command's own lines can be replaced, and the zone of another company's
    # people is told: no source says so, and reports of the second say no.
    lenient: bool = False
    ack_timeout: float = 3.0  # Seconds that Slack waits for an ack, and for a modal.
    tell: Callable[[Json], None] = field(default=lambda _: None)  # Tells the bot of an event, in its own time.
    version: int = 0  # Of all this: another one after each change.
    _last: int = 0
    _change: asyncio.Event = field(default_factory=asyncio.Event)

    def require(self, scope: str) -> None:
        """Refuses what the app has no scope for."""
        if scope not in self.scopes:
            raise Refused("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def fault(self, name: str, channel: str = "") -> SlackFault:
        """What goes wrong with the request that has just come in, to a method or to a "response_url"."""
        queue = self.faults[name]
        fault = next((fault for fault in queue if fault.channel in {None, channel}), None)
        if fault is None:
            return SlackFault()
        queue.remove(fault)
        return fault

    def ts(self) -> str:
        """The name of the next message: its time, later than that of any before."""
        self._last = max(int(self.clock().timestamp() * _MICROSECONDS), self._last + 1)
        return f"{self._last // _MICROSECONDS}.{self._last % _MICROSECONDS:06}"

    def trigger(self, user: str, view: str | None = None) -> str:
        """The id that allows to open a modal for what a user has just done."""
        trigger_id = f"{self.ts()}.standin"
        self.triggers[trigger_id] = Trigger(user, self.clock(), view)
        return trigger_id

    def modal(self, user: str) -> View | None:
        """The modal that a user has in front, if any is open."""
        return next((view for view in reversed(self.modals) if view.user == user), None)

    def direct(self, user: str) -> str:
        """The id of the conversation between the bot and a user."""
        return f"D{user[1:]}"

    def conversation(self, post: Post) -> str:
        """The id of the conversation that a post is in."""
        return self.direct(post.channel) if post.channel in self.users else post.channel

    def place(self, conversation: str) -> str:
        """Where a post of this conversation is read: the channel, or the user of a direct message."""
        if not conversation.startswith("D"):
            return conversation
        return next((user for user in self.users if self.direct(user) == conversation), conversation)

    def post(
        self, conversation: str, message: Mapping[str, Any], ephemeral_to: str | None = None, author: str | None = None
    ) -> Post:
        """Shows a message that has been checked."""
        place, thread = self.place(conversation), message.get("thread_ts")
        if place in self.users:
            self.directs.add(place)
        post = Post(place, self.ts(), "", thread_ts=thread, ephemeral_to=ephemeral_to, author=author)
        self.posts.append(_written(post, message))
        self.changed()
        return self.posts[-1]

    def find(self, ts: str | None) -> Post | None:
        """The message of that name, if it can still be read."""
        index = self._index(ts or "")
        return None if index is None else self.posts[index]

    def root(self, place: str, ts: str) -> Post | None:
        """The message that a thread began with, by its own ts or by that of a reply."""
        post = self.find(ts)
        if post is None or post.channel != place or post.ephemeral_to:
            return None
        return self.find(post.thread_ts) if post.thread_ts else post

    def rewrite(self, post: Post, message: Mapping[str, Any]) -> Post:
        """Puts another message in a post's place; who can see it stays as it was."""
        index = self._index(post.ts)
        assert index is not None
        edited = None if post.ephemeral_to else self.ts()
        self.posts[index] = replace(_written(post, message), edited=edited)
        self.changed()
        return self.posts[index]

    def delete(self, post: Post) -> None:
        """Deletes a message."""
        index = self._index(post.ts)
        assert index is not None
        del self.posts[index]
        self.changed()

    def _index(self, ts: str) -> int | None:
        at = micros(ts)
        index = bisect_left(self.posts, at, key=lambda post: micros(post.ts))
        return index if index < len(self.posts) and self.posts[index].ts == ts else None

    def changed(self) -> None:
        """Wakes every waiter."""
        self.version += 1
        self._change.set()

    async def until(self, condition: Callable[[], Found | None], seconds: float = 60) -> Found:
        """Waits until a condition is true, and returns its value. Raises TimeoutError after so many seconds."""
        async with asyncio.timeout(seconds):
            while not (found := condition()):
                self._change.clear()
                await self._change.wait()
        return found


def micros(ts: str) -> int:
    """A ts as a number that can be compared; 0 for what is none."""
    seconds, _, part = ts.partition(".")
    return int(seconds + part.ljust(6, "0")) if (seconds + part).isdecimal() else 0


def _written(post: Post, message: Mapping[str, Any]) -> Post:
    text = str(message.get("text") or "")[:_TEXT_LIMIT]
    blocks, metadata = message.get("blocks") or [], message.get("metadata")
    return replace(post, text=text, blocks=blocks, metadata=metadata, files=tuple(message.get("files", post.files)))
