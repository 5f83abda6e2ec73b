"""The playground's state, as one of its users sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.messages.render import say
from bot.playground.clock import ClockMover, MovableClock
from bot.playground.slack.payloads import Json
from bot.playground.slack.records import Channel, Post, User
from bot.playground.slack.standin import Slack, UploadedFile
from bot.playground.slack.views import view_json
from bot.playground.switches import SWITCH_KEYS, Switches

PLAYGROUND_USERS = {
    "U01NEWYORK": User("newyork", "America/New_York", "en-US", real_name="Reader in New York"),
    "U01TOKYO": User("tokyo", "Asia/Tokyo", "ja-JP", real_name="Reader in Tokyo"),
    "U01BERLIN": User("berlin", "Europe/Berlin", "de-DE", real_name="Reader in Berlin"),
}
PLAYGROUND_CHANNELS = {
    "C01REPORTS": Channel("reports"),
    "C01LEADERSHIP": Channel("leadership"),
    "C01RANDOM": Channel("random", is_member=False),
}
EXAMPLE_COMMANDS = (
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
class Simulation:
    """A running playground: its workspace, clock and fault switches, and the names in the app's manifest."""

    slack: Slack
    clock: MovableClock
    clock_mover: ClockMover
    switches: Switches
    name: str
    command: Mapping[str, str]
    shortcuts: Sequence[Mapping[str, str]]

    def state_for(self, user: str) -> Json:
        """The state that the page shows a user, as JSON: without other users' direct and ephemeral messages.

        A page whose reader has not chosen a user yet asks for the user "".
        """
        slack, home = self.slack, self.slack.homes.get(user)
        return {
            "version": slack.version,
            "now": self.clock().isoformat(),
            "team": "Playground",
            "command": self.command["command"],
            "hint": self.command["usage_hint"],
            "example": list(EXAMPLE_COMMANDS),
            "bot": {"id": slack.bot_user_id, "name": self.name},
            "users": [_person_json(id_, person) for id_, person in slack.users.items()],
            "channels": [
                {"id": id_, "name": channel.name, "unread_hint": False} for id_, channel in slack.channels.items()
            ],
            "messages": [self._message(post) for post in slack.posts if self.sees(user, post)],
            "modals": [view_json(slack, view) | {"errors": view.errors} for view in slack.modals if view.user == user],
            "home": view_json(slack, home) if home else None,
            "shortcuts": [{key: shortcut[key] for key in ("callback_id", "name")} for shortcut in self.shortcuts],
            "faults": [
                {"key": key, "label": say("playground/_faults", "fault", key, "en"), "on": key in self.switches.on}
                for key in SWITCH_KEYS
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
            "edited": post.edited is not None,
            "metadata": post.metadata,
            "files": [_file_json(file) for file in self.slack.files if file.ts == post.ts],
        }


def _person_json(id_: str, person: User) -> Json:
    return {"id": id_, "name": person.real_name, "tz": person.tz, "locale": person.locale}


def _file_json(file: UploadedFile) -> Json:
    return {"name": file.name, "size": file.length, "url": f"/api/file/{file.id}/{file.name}"}
