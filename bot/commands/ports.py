"""What a command may use: people, questions, digests and channels as ports, and what its answers depend on."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.devin.gather import Gather
from bot.messages.message import Message
from bot.queries.query import Query
from bot.queries.request import Account, Asked, Names, Preferences, Request
from bot.queries.spelling import quote
from bot.reports.metrics import Metric
from bot.reports.plan import Plan, check_calls, plan
from bot.schedules.delivery import Delivery, DeliveryCounts, Digest, Snapshot


class People(Protocol):
    """What people chose for themselves, and what Slack knows of them."""

    async def preferences(self, user: str) -> Preferences:
        """What a user chose, else what their profile says."""
        ...

    async def chosen(self, user: str) -> Preferences:
        """What a user chose, nothing else."""
        ...

    async def choose(self, user: str, chosen: Preferences) -> None:
        """Keeps a choice; None takes it back."""
        ...


class Questions(Protocol):
    """What people asked last."""

    async def last(self, user: str) -> list[Asked]:
        """The last three different texts of a user, the newest first."""
        ...

    async def keep(self, user: str, question: Asked) -> None:
        """Keeps a question and its answer, and forgets what is no longer among the last three. Raises nothing where the
        database is away.
        """
        ...


class Digests(Protocol):
    """The digests of a workspace, and their deliveries."""

    async def add(self, digest: Digest) -> Digest:
        """Stores it under the next id. Raises Problem `digest-exists` (with `id`) where another one is the same."""
        ...

    async def all(self) -> list[Digest]:
        """Every digest that was not removed, by id."""
        ...

    async def find(self, digest_id: int) -> Digest:
        """One digest. Raises Problem `unknown-digest` (with `id` and `known`)."""
        ...

    async def change(self, changed: Digest) -> Digest:
        """Stores a changed digest. Raises Problem `digest-changed-meanwhile` where its version is no longer the stored
        one, and `digest-exists` where another one is the same.
        """
        ...

    async def remove(self, digest: Digest) -> None:
        """Removes it; what it sent can still be asked about."""
        ...

    async def deliveries(self, digest_id: int, count: int) -> list[Delivery]:
        """The last deliveries of a digest, the newest first."""
        ...

    async def made_of(self, delivery_id: str) -> Snapshot | None:
        """What a delivery was made of, while that is kept."""
        ...

    async def tally(self, since: datetime) -> DeliveryCounts:
        """What became of all deliveries that were due since a moment."""
        ...

    async def send(self, digest: Digest, at: datetime) -> Delivery:
        """A delivery by hand, due now."""
        ...

    async def settle(self, delivery_id: str, arrived: bool, at: datetime) -> Delivery:
        """What became of an uncertain delivery: it arrived, or it is to be posted again.

        Raises Problem `unknown-delivery`, and `delivery-settled` (with `state`) where it is no longer uncertain.
        """
        ...


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
    """Slack, as digests use it. Every call but that for names may raise SlackError."""

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

    async def names(self, team: str) -> Names:
        """What a workspace calls the command and the bot now."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The way to Devin, what its key sees, and the settings that answers depend on. It has no clock.

    `commands` are the words that call one: a command knows the others by them alone, as what a text may have meant.
    `cost` is a figure only where there is a price; `made_up` marks a sample's reports. `people`, `questions` and
    `channels` are None in a terminal, `digests` where no database is open. `shared_channels` may get digests though
    another company reads them. `max_calls` is how many calls one answer may take.
    """

    account: Account
    gather: Gather
    commands: Collection[str]
    tz: str = "UTC"
    lang: str = "en"
    week_start: int = 0
    settle: timedelta = timedelta(days=30)
    cost: Metric | None = None
    made_up: bool = False
    people: People | None = None
    questions: Questions | None = None
    digests: Digests | None = None
    channels: Channels | None = None
    shared_channels: frozenset[str] = frozenset()
    max_calls: int = 60

    def plan(self, query: Query, at: datetime, tz: ZoneInfo, me: str | None = None) -> Plan:
        """The calls that answer a query, none of them made yet. Raises Problem, also where they are too many."""
        planned = plan(query, self.account, at, tz, self.week_start, me)
        check_calls(planned, self.max_calls)
        return planned

    def lang_of(self, request: Request, asked: str | None = None) -> str:
        """The language to answer in: the one asked for, else the asker's own, else the default."""
        return asked or request.lang or self.lang

    def corrections(self) -> dict[str, str]:
        """What people type where they mean a command or an organization, and what to suggest instead."""
        commands = {word: word for word in self.commands}
        return commands | {named.label: f"org={quote(named.label)}" for named in self.account.orgs}
