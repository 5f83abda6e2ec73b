"""Digests in memory, and a Slack whose channels and people are told; what is posted there is kept."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.commands.ports import Person, Receipt, SlackError, Standing
from bot.messages.message import Message
from bot.problems import Problem
from bot.queries.request import AS_INSTALLED, Names
from bot.schedules.delivery import (
    AGAIN,
    FINAL_STATES,
    Delivery,
    DeliveryCounts,
    Digest,
    Snapshot,
    gives_reasons,
    manual_key,
    new_delivery,
    new_secret,
)

LATE = timedelta(minutes=5)


@dataclass
class ToldDigests:
    """The digests and deliveries of a workspace. `taken` are the ids and secrets that no other digest gets."""

    kept: dict[int, Digest] = field(default_factory=dict)
    sent: list[Delivery] = field(default_factory=list)
    taken: dict[int, str] = field(default_factory=dict)

    async def add(self, digest: Digest) -> Digest:
        """Keeps it under its id where that is free, else under the next one."""
        self._refuse_double(replace(digest, id=0))
        taken = self.taken | {one.id: one.secret for one in self.kept.values()}
        free = digest.id if digest.id and digest.id not in taken else max(taken, default=0) + 1
        secret = digest.secret if digest.secret and digest.secret not in taken.values() else new_secret()
        self.kept[free] = replace(digest, id=free, version=1, secret=secret)
        return self.kept[free]

    async def all(self) -> list[Digest]:
        """Every digest, by id."""
        return [self.kept[digest_id] for digest_id in sorted(self.kept)]

    async def find(self, digest_id: int) -> Digest:
        """One digest."""
        if digest_id not in self.kept:
            raise Problem("unknown-digest", id=digest_id, known=sorted(self.kept))
        return self.kept[digest_id]

    async def change(self, changed: Digest) -> Digest:
        """Keeps a change, unless there was another one since."""
        self._refuse_double(changed)
        found = self.kept.get(changed.id)
        if found is None or found.version != changed.version:
            raise Problem("digest-changed-meanwhile", id=changed.id)
        self.kept[changed.id] = replace(changed, version=changed.version + 1)
        return self.kept[changed.id]

    async def remove(self, digest: Digest) -> None:
        """Takes it away. One that has deliveries leaves its id to them."""
        removed = self.kept.pop(digest.id)
        if await self.deliveries(digest.id, 1):
            self.taken[removed.id] = removed.secret

    async def deliveries(self, digest_id: int, count: int) -> list[Delivery]:
        """The last deliveries, the newest first."""
        theirs = [delivery for delivery in self.sent if delivery.digest == digest_id]
        return sorted(theirs, key=lambda delivery: (delivery.due, delivery.at), reverse=True)[:count]

    async def made_of(self, delivery_id: str) -> Snapshot | None:  # noqa: ARG002 (as the protocol has it)
        """Nothing: no readings are kept here."""
        return None

    async def tally(self, since: datetime) -> DeliveryCounts:
        """What became of what was due."""
        due = [one for one in self.sent if one.due >= since and not gives_reasons(one)]
        sent = [one for one in due if one.state == "sent"]
        waiting = [one.due for one in due if one.state not in FINAL_STATES]
        return DeliveryCounts(
            sent=len(sent),
            late=sum(one.at - one.due >= LATE for one in sent if one.reason is None),
            not_sent=sum(one.state == "failed" or one.reason == "too-late" for one in due),
            unclear=sum(one.state == "uncertain" for one in due),
            waiting=len(waiting),
            oldest=min(waiting, default=None),
        )

    async def send(self, digest: Digest, at: datetime) -> Delivery:
        """A delivery by hand."""
        self.sent.append(new_delivery(digest, manual_key(), at, at))
        return self.sent[-1]

    async def settle(self, delivery_id: str, arrived: bool, at: datetime) -> Delivery:
        """What became of an uncertain delivery."""
        found = next((one for one in self.sent if one.id == delivery_id), None)
        if found is None:
            raise Problem("unknown-delivery", id=delivery_id)
        if found.state != "uncertain":
            raise Problem("delivery-settled", state=found.state)
        self.sent.remove(found)
        again = replace(found, state="due", planned_at=at, run_at=at, at=at, unclear=False, reason=AGAIN)
        self.sent.append(replace(found, state="sent", at=at, reason="arrived") if arrived else again)
        return self.sent[-1]

    def _refuse_double(self, digest: Digest) -> None:
        for other in self.kept.values():
            if other.id != digest.id and _settings(other) == _settings(digest):
                raise Problem("digest-exists", id=other.id)


def _settings(digest: Digest) -> tuple[object, ...]:
    return str(digest.rule), digest.tz.key, str(digest.query), digest.channel, digest.lang


@dataclass
class ToldChannels:
    """A Slack where everything is allowed that it is not told to refuse."""

    standings: dict[str, Standing | SlackError] = field(default_factory=dict)
    people: dict[str, Person | SlackError] = field(default_factory=dict)
    refuses: dict[str, SlackError] = field(default_factory=dict)
    posts: list[tuple[str, Message]] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)

    async def post(
        self, channel: str, message: Message, *, delivery: str | None = None, thread: str | None = None
    ) -> Receipt:
        """Keeps a message, which may be there even where Slack did not say so."""
        assert (delivery, thread) == (None, None)  # What a command posts is no delivery.
        error = self.refuses.get(channel)
        if error is None or error.unclear:
            self.posts.append((channel, message))
        if error:
            raise error
        return Receipt(channel, f"1.{len(self.posts):06}")

    async def find(self, channel: str, delivery: str, since: datetime, *, thread: str | None = None) -> Receipt | None:
        """Nothing is looked for by a command."""
        raise AssertionError(channel, delivery, since, thread)

    async def standing(self, channel: str) -> Standing:
        """How a channel is; one that nothing was told of is an ordinary one."""
        self.looked.append(channel)
        told = self.standings.get(channel, Standing())
        if isinstance(told, SlackError):
            raise told
        return told

    async def person(self, user: str) -> Person:
        """Who somebody is."""
        told = self.people.get(user, Person(f"Name of {user}"))
        if isinstance(told, SlackError):
            raise told
        return told

    async def names(self, team: str) -> Names:  # noqa: ARG002
        """Nobody has renamed anything."""
        return AS_INSTALLED
