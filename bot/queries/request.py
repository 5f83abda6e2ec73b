"""A request: who asks, with which names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from bot.devin import Source
from bot.queries.spelling import fold


@dataclass(frozen=True, slots=True)
class Request:
    """A text, its user, and the moment, which is the line's only clock.

    `tz` and `lang` are the asker's own; None leaves them to the settings. `user` and `channel` are Slack's ids.
    """

    text: str
    at: datetime
    user: str | None = None
    channel: str | None = None
    tz: str | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Preferences:
    """A zone and a language code; None leaves them to the next in the order of precedence."""

    tz: str | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was answered: its text, the first line of what was said, and when."""

    text: str
    said: str
    at: datetime


class Named(NamedTuple):
    """A Devin id, and what people here call it."""

    label: str
    id: str


class Aliases:
    """The names of one table of the settings, such as `[orgs]`, found in whatever case they are typed."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._named = {fold(alias): Named(alias, devin_id) for alias, devin_id in table.items()}

    def find(self, name: str) -> Named | None:
        """The entry of that name or of that Devin id."""
        return self._named.get(fold(name)) or next((named for named in self if named.id == name), None)

    def __iter__(self) -> Iterator[Named]:
        return iter(self._named.values())


@dataclass(frozen=True, slots=True)
class Account:
    """What the bot's Devin key sees, and what things there are called.

    `own_org` is the id of an organization key's organization; `default_org` is asked for where a text names none.
    """

    source: Source
    own_org: str | None = None
    default_org: str | None = None
    orgs: Aliases = field(default_factory=lambda: Aliases({}))
    users: Aliases = field(default_factory=lambda: Aliases({}))
    service_users: Aliases = field(default_factory=lambda: Aliases({}))
    playbooks: Aliases = field(default_factory=lambda: Aliases({}))
