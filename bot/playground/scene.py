"""The playground's workspace as one of its people sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.messages.render import say
from bot.playground.clock import Journey, MovedClock
from bot.playground.slack.standin import File, Slack
from bot.playground.slack.views import told
from bot.playground.slack.workspace import Channel, Json, Post, User
from bot.playground.switches import KEYS, Switches

USERS = {
    "U01NEWYORK": User("newyork", "America/New_York", "en-US", real_name="Reader in New York"),
    "U01TOKYO": User("tokyo", "Asia/Tokyo", "ja-JP", real_name="Reader in Tokyo"),
    "U01BERLIN": User("berlin", "Europe/Berlin", "de-DE", real_name="Reader in Berlin"),
}
CHANNELS = {
    "C01REPORTS": Channel("reports"),
    "C01LEADERSHIP": Channel("leadership"),
    "C01RANDOM": Channel("random", is_member=False),
}
TRY = (
    "last 7d",
    "last week org=payments",
    "this month vs=year",
    "last 12w by=week",
    "last 4w by=org",
    "last 7d by=size",
    "last 4w playbook=bug-fix",
    "csv last 4w by=week",
    "why ship-rate",
    "digest add weekly monday 9:00",
    "help",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A running playground: the workspace, its clock, its switches, and what the app's manifest tells of itself."""

    slack: Slack
    clock: MovedClock
    journey: Journey
    switches: Switches
    name: str
    command: Mapping[str, str]
    shortcuts: Sequence[Mapping[str, str]]

    def seen_by(self, user: str) -> Json:
        """All that a user sees: no answer that only another user sees, and no other user's direct messages.

        A page that does not know its reader yet asks as "".
        """
        slack, home = self.slack, self.slack.homes.get(user)
        return {
            "version": slack.version,
            "now": self.clock().isoformat(),
            "team": "Playground",
            "command": self.command["command"],
            "hint": self.command["usage_hint"],
            "example": list(TRY),
            "bot": {"id": slack.bot_user_id, "name": self.name},
            "users": [_person(id_, person) for id_, person in slack.users.items()],
            "channels": [
                {"id": id_, "name": channel.name, "unread_hint": False} for id_, channel in slack.channels.items()
            ],
            "messages": [self._message(post) for post in slack.posts if self.sees(user, post)],
            "modals": [told(slack, view) | {"errors": view.errors} for view in slack.modals if view.user == user],
            "home": told(slack, home) if home else None,
            "shortcuts": [{key: shortcut[key] for key in ("callback_id", "name")} for shortcut in self.shortcuts],
            "faults": [
                {"key": key, "label": say("playground/_faults", "fault", key, "en"), "on": key in self.switches.on}
                for key in KEYS
            ],
        }

    def sees(self, user: str, post: Post) -> bool:
        """Whether a user sees a message."""
        return post.ephemeral_to in {None, user} and post.channel in {user, *self.slack.channels}

    def _message(self, post: Post) -> Json:
        return {
            "channel": post.channel,
            "ts": post.ts,
            "user": post.author or self.slack.bot_user_id,
            "text": post.text,
            "blocks": post.blocks,
            "thread_ts": post.thread_ts,
            "ephemeral": post.ephemeral_to is not None,
            "edited": post.edited,
            "metadata": post.metadata,
            "files": [_file(file) for file in self.slack.files if file.ts == post.ts],
        }


def _person(id_: str, person: User) -> Json:
    return {"id": id_, "name": person.real_name, "tz": person.tz, "locale": person.locale}


def _file(file: File) -> Json:
    return {"name": file.name, "size": file.length, "url": f"/api/file/{file.id}/{file.name}"}
