"""What an answer needs to know of its asker and of the names that the settings define."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from bot.devin import Source
from bot.queries.spelling import fold


class Names(NamedTuple):
    """What a workspace calls the command and the bot, as texts name them to a reader."""

    command: str = "/devin-metrics"
    bot: str = "Devin Metrics"


AS_INSTALLED = Names()  # Where a workspace has not renamed them.


@dataclass(frozen=True, slots=True)
class Request:
    """A text, its user, and the moment at which it was asked: the only clock of its answer.

    `tz` and `lang` are the asker's own; None leaves them to the settings. `user`, `channel` and `team` are Slack's ids;
    `names` are those of the asker's workspace. A `public` request is answered for all who can read it;
    `shared` is whether another company can, where that is told.
    """

    text: str
    at: datetime
    user: str | None = None
    channel: str | None = None
    tz: str | None = None
    lang: str | None = None
    team: str = ""
    names: Names = AS_INSTALLED
    public: bool = False
    shared: bool | None = None


@dataclass(frozen=True, slots=True)
class Preferences:
    """A zone and a language code; None leaves them to the next in the order of precedence."""

    tz: str | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was answered: its text, the first line of the answer, and when it was asked."""

    text: str
    said: str
    at: datetime


class Alias(NamedTuple):
    """A Devin id and the name that the settings give it."""

    label: str
    id: str


class Aliases:
    """The aliases of one table of the settings, such as `[orgs]`, found in any case."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._aliases = {fold(alias): Alias(alias, devin_id) for alias, devin_id in table.items()}

    def find(self, name: str) -> Alias | None:
        """The alias of that name or of that Devin id."""
        return self._aliases.get(fold(name)) or next((alias for alias in self if alias.id == name), None)

    def __iter__(self) -> Iterator[Alias]:
        return iter(self._aliases.values())


@dataclass(frozen=True, slots=True)
class Account:
    """What the bot's Devin key sees, and the aliases of the settings for it.

    `own_org` is the id of an organization key's organization; `default_org` is asked for where a text names none.
    """

    source: Source
    own_org: str | None = None
    default_org: str | None = None
    orgs: Aliases = field(default_factory=lambda: Aliases({}))
    users: Aliases = field(default_factory=lambda: Aliases({}))
    service_users: Aliases = field(default_factory=lambda: Aliases({}))
    playbooks: Aliases = field(default_factory=lambda: Aliases({}))
