"""Foreign labels in the room that Slack has for them, never cut inside what a reader takes for one character."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

ELLIPSIS = "…"

# A part of UAX #29, enough for the names that people give.
# Joiners, halfwidth sound marks, Hangul vowels and finals, skin tones, and the tags that spell a region's flag.
_TRAILING = re.compile("[\u200c\u200d\uff9e\uff9f\u1160-\u11ff\ud7b0-\ud7fb\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_HANGUL_INITIAL = re.compile("[\u1100-\u115f\ua960-\ua97c]")
_HANGUL = re.compile("[\u1100-\u115f\ua960-\ua97c\uac00-\ud7a3]")
_REGIONAL = "".join(map(chr, range(0x1F1E6, 0x1F200)))  # Two of them are a flag.


def shorten(text: str, limit: int) -> str:
    """The text, or as much of its beginning as has room before an ellipsis. The limit is 1 at least."""
    if limit < 1:
        raise ValueError(limit)
    if len(text) <= limit:
        return text
    return text[: _cut(text, range(limit - 1, -1, -1))].rstrip() + ELLIPSIS


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
        end = label[_cut(label, range(len(label) - limit // 2, len(label) + 1)) :]
        yield shorten(label, limit - len(end)) + end
    for number in numbers:
        suffix = f" ({number})"
        yield shorten(label, limit - len(suffix)) + suffix


def _cut(text: str, places: Iterable[int]) -> int:
    """The first of the places that lies between two characters, or at an end."""
    return next(at for at in places if at in {0, len(text)} or not _joined(text[:at], text[at]))


def _joined(before: str, first: str) -> bool:
    """Whether a code point belongs to the character that ends before it."""
    if first in _REGIONAL:
        return (len(before) - len(before.rstrip(_REGIONAL))) % 2 == 1
    return (
        unicodedata.category(first).startswith("M")  # Marks, among them accents and variation selectors.
        or bool(_TRAILING.match(first))
        or before[-1] == "\u200d"
        or bool(_HANGUL_INITIAL.match(before[-1]) and _HANGUL.match(first))
    )
