"""Foreign labels in the room that Slack has for them, never cut inside what a reader takes for one character."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate, count, takewhile

from wcwidth import iter_graphemes

ELLIPSIS = "…"


def shorten(text: str, limit: int) -> str:
    """The text, or as much of its beginning as has room before an ellipsis. The limit is 1 at least."""
    if limit < 1:
        raise ValueError(limit)
    if len(text) <= limit:
        return text
    *_, end = takewhile(lambda place: place < limit, _boundaries(text))
    return text[:end].rstrip() + ELLIPSIS


def shorten_all(labels: Sequence[str], limit: int) -> list[str]:
    """The labels in their order, each within the limit and no two of them alike.

    One that has room stays as it is. Those with the same beginning show their ends too, or else a number, which takes
    at least 4 characters.
    """
    starts = [shorten(label, limit) for label in labels]
    alike = Counter(starts)
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(2))  # Each start goes on where it was.
    shown: dict[str, None] = {}
    for label, start in zip(labels, starts, strict=True):
        alone = alike[start] == 1 or (start == label and label not in shown)
        others = _others(label, limit, numbers[start])
        shown[start if alone else next(one for one in others if one not in alike and one not in shown)] = None
    return list(shown)


def _others(label: str, limit: int, numbers: Iterator[int]) -> Iterator[str]:
    if len(label) > limit:
        earliest = len(label) - limit // 2
        end = label[next(place for place in _boundaries(label) if place >= earliest) :]
        yield shorten(label, limit - len(end)) + end
    for number in numbers:
        suffix = f" ({number})"
        yield shorten(label, limit - len(suffix)) + suffix


def _boundaries(text: str) -> Iterator[int]:
    """The places between what a reader takes for characters (UAX #29), from the beginning of the text to its end."""
    return accumulate(map(len, iter_graphemes(text)), initial=0)
