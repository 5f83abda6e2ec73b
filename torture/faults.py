"""What goes wrong at Slack, one fault a call, drawn with a seed."""

from collections.abc import Iterator
from random import Random

from bot.playground.slack import Fault
from torture.trial import DEADLINE

# Of a hundred calls.
POST_FAULTS = {"drop": 3, "drop late": 3, "busy": 1, "wrong": 2, "wrong late": 2, "slow": 4, "too slow": 1}
HISTORY_FAULTS = {"drop": 3, "busy": 2, "wrong": 2, "slow": 2}
PAUSE = 0.4  # The world's seconds that Slack asks to wait, at most.


def post_faults(random: Random, speed: float) -> Iterator[Fault]:
    """For `chat.postMessage`, without end."""
    return _drawn(random, speed, POST_FAULTS)


def history_faults(random: Random, speed: float) -> Iterator[Fault]:
    """For `conversations.history`, without end."""
    return _drawn(random, speed, HISTORY_FAULTS)


def _drawn(random: Random, speed: float, odds: dict[str, int]) -> Iterator[Fault]:
    kinds = ("", *odds)
    weights = (100 - sum(odds.values()), *odds.values())
    while True:
        (kind,) = random.choices(kinds, weights)
        yield _fault(kind, random, speed)


def _fault(kind: str, random: Random, speed: float) -> Fault:
    """`late` is after the message was taken: whoever sent it cannot know."""
    match kind:
        case "drop" | "drop late":
            return Fault(drop=True, accepted=kind == "drop late", delay=random.uniform(0, 0.1))
        case "wrong" | "wrong late":
            return Fault(status=random.choice((500, 502, 503)), accepted=kind == "wrong late")
        case "busy":
            return Fault(status=429, headers={"Retry-After": str(round(speed * random.uniform(0.1, PAUSE)))})
        case "slow":
            return Fault(delay=random.uniform(0.1, DEADLINE / 2), accepted=random.random() < 0.5)
        case "too slow":
            return Fault(delay=DEADLINE * 1.3, accepted=random.random() < 0.5)
    return Fault()
