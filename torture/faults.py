"""What goes wrong at Slack, one fault a call, drawn with a seed; and which of it really did."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from random import Random

from bot.playground.slack.standin import Slack, SlackFault
from bot.slack.client import DEADLINE

POST, LOOK_UP = "chat.postMessage", "conversations.history"
# Of a hundred calls.
ODDS = {
    POST: {"drop": 3, "drop late": 3, "busy": 1, "wrong": 2, "wrong late": 2, "slow": 4, "too slow": 1},
    LOOK_UP: {"drop": 3, "busy": 2, "wrong": 2, "slow": 2},
}


@dataclass(slots=True)
class Faults:
    """The faults of a stand-in, as they were put into its queues."""

    slack: Slack
    put: dict[str, list[SlackFault]] = field(default_factory=lambda: {POST: [], LOOK_UP: []})

    def add(self, method: str, faults: Iterable[SlackFault]) -> None:
        """Has the next calls of a method go wrong."""
        new = list(faults)
        self.put[method] += new
        self.slack.faults[method].extend(new)

    def draw(self, random: Random, posts: int) -> None:
        """Has calls go wrong at random, for as long as a trial of so many posts may last."""
        for method, odds in ODDS.items():
            self.add(method, islice(_drawn(random, odds), 4 * posts))

    def end(self) -> None:
        """Slack is well again: what no call has met by now, none will."""
        for method in self.put:
            self.put[method] = self.met(method)
            self.slack.faults[method].clear()

    def met(self, method: str) -> list[SlackFault]:
        """Those that a call has really met."""
        left = {id(fault) for fault in self.slack.faults[method]}
        return [fault for fault in self.put[method] if id(fault) not in left and fault != SlackFault()]

    @property
    def refused_looks(self) -> int:
        """Look-ups that were refused in Slack's own words: so many deliveries can be uncertain, and no more."""
        return sum(fault.error is not None for fault in self.met(LOOK_UP))


def _drawn(random: Random, odds: Mapping[str, int]) -> Iterator[SlackFault]:
    kinds = deque(("", *odds))
    weights = (100 - sum(odds.values()), *odds.values())
    while True:
        (kind,) = random.choices(kinds, weights)
        yield _fault(kind, random)


def _fault(kind: str, random: Random) -> SlackFault:
    """`late` is after the message was taken: whoever sent it cannot know."""
    match kind:
        case "drop" | "drop late":
            return SlackFault(drop=True, accepted=kind == "drop late", delay=random.uniform(0, 0.5))
        case "wrong" | "wrong late":
            return SlackFault(status=random.choice((500, 502, 503)), accepted=kind == "wrong late")
        case "busy":
            return SlackFault(status=429, headers={"Retry-After": str(random.choice((1, 2)))})
        case "slow":
            return SlackFault(delay=random.uniform(0.5, DEADLINE / 2), accepted=random.random() < 0.5)
        case "too slow":
            return SlackFault(delay=DEADLINE * 1.2, accepted=random.random() < 0.5)
    return SlackFault()
