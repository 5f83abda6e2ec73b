"""Digests in memory, and a Slack whose channels and people are told; what is posted there is kept."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.channels import Person, Receipt, SlackError, Standing
from bot.delivery import Delivery, Digest, Kept, Tally, manual, new_delivery, new_secret
from bot.message import Message
from bot.problems import Problem


@dataclass
class ToldDigests:
    """The digests and deliveries of a workspace."""

    kept: dict[int, Digest] = field(default_factory=dict)
    sent: list[Delivery] = field(default_factory=list)
    last_id: int = 0

    async def add(self, digest: Digest) -> Digest:
        """Keeps it under the next id; ids are not used again."""
        self._refuse_double(digest)
        self.last_id += 1
        added = replace(digest, id=self.last_id, version=1, secret=new_secret())
        self.kept[added.id] = added
        return added

    async def all(self) -> list[Digest]:
        """Every digest, by id."""
        return list(self.kept.values())

    async def find(self, digest_id: int) -> Digest:
        """One digest."""
        if digest_id not in self.kept:
            raise Problem("unknown-digest", id=digest_id, known=list(self.kept))
        return self.kept[digest_id]

    async def change(self, changed: Digest) -> Digest:
        """Keeps a change, unless there was another one since."""
        self._refuse_double(changed)
        if self.kept[changed.id].version != changed.version:
            raise Problem("digest-changed-meanwhile", id=changed.id)
        self.kept[changed.id] = replace(changed, version=changed.version + 1)
        return self.kept[changed.id]

    async def remove(self, digest: Digest) -> None:
        """Takes it away."""
        del self.kept[digest.id]

    async def deliveries(self, digest_id: int, count: int) -> list[Delivery]:
        """The last deliveries, the newest first."""
        theirs = [delivery for delivery in self.sent if delivery.digest == digest_id]
        return sorted(theirs, key=lambda delivery: delivery.due, reverse=True)[:count]

    async def made_of(self, delivery_id: str) -> Kept | None:  # noqa: ARG002 (as the protocol has it)
        """Nothing: no readings are kept here."""
        return None

    async def tally(self, since: datetime) -> Tally:
        """What became of what was due."""
        due = [one for one in self.sent if one.due >= since]
        return Tally(sent=sum(one.state == "sent" for one in due), not_sent=sum(one.state == "failed" for one in due))

    async def send(self, digest: Digest, at: datetime) -> Delivery:
        """A delivery by hand."""
        self.sent.append(new_delivery(digest, manual(), at, at))
        return self.sent[-1]

    async def settle(self, delivery_id: str, arrived: bool, at: datetime) -> Delivery:
        """What became of an uncertain delivery."""
        found = next((one for one in self.sent if one.id == delivery_id), None)
        if found is None:
            raise Problem("unknown-delivery", id=delivery_id)
        if found.state != "uncertain":
            raise Problem("delivery-settled", state=found.state)
        self.sent.remove(found)
        self.sent.append(replace(found, state="sent" if arrived else "due", at=at))
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
