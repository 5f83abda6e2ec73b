"""Normalises typed text: Unicode, quotes, dashes, Slack's escapes."""

import difflib
import re
import unicodedata
from collections.abc import Iterable

from bot.problems import Problem
from bot.telemetry import redact

LONGEST_TEXT = 1500

# What Slack makes of mentions and links where the manifest says `should_escape`; typed `<` and `>` come as entities.
SLACK_TOKEN = re.compile(r"<(?:[@#](\w+)(?:\|[^>]*)?|mailto:([^|>]*)(?:\|[^>]*)?|(https?://[^|>]*)(?:\|([^>]*))?)>")
SLACK_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))

QUOTED = r'"(?:\\.|[^"\\])*"'
TYPED_WORD = re.compile(rf"(?:{QUOTED}|\S)+")
SEPARATOR_SPACES = re.compile(rf"(?P<quoted>{QUOTED})|(?P<next>, *(?=[A-Za-z_-]+ *=))| += *| *, *")
LIST_ITEM = re.compile(rf"(?:{QUOTED}|[^,])+")
NEEDS_QUOTES = re.compile(r'[\s,"=]|^$')


class _Characters(dict[int, int | str | None]):
    """A table for `str.translate`, filled at a character's first use."""

    def __missing__(self, code: int) -> int | str | None:
        self[code] = self._plain(code)
        return self[code]

    @staticmethod
    def _plain(code: int) -> int | str | None:
        character = chr(code)
        category = unicodedata.category(character)
        if category == "Pd" or character == "\N{MINUS SIGN}":
            return "~" if character == "\N{WAVE DASH}" else "-"
        if category in {"Pi", "Pf"} or character in '„"「」『』':
            return "'" if character in "‘’‹›" else '"'
        if category == "Cs":
            return "\N{REPLACEMENT CHARACTER}"  # Half of a surrogate pair, which no terminal and no JSON can hold.
        if category == "Cf":
            return None  # Direction marks and joiners: invisible, and often pasted along.
        return " " if category in {"Cc", "Zs", "Zl", "Zp"} else "," if character == "、" else code


_CHARACTERS = _Characters()


def normalise(text: str) -> str:
    """The text as a plain keyboard would have typed it, with keys and tokens redacted. Raises Problem if too long."""
    if len(text) > LONGEST_TEXT:
        raise Problem("text-too-long", length=len(text), longest=LONGEST_TEXT)
    text = SLACK_TOKEN.sub(lambda token: token[1] or token[2] or token[4] or token[3] or "", text)
    for entity, character in SLACK_ENTITIES:
        text = text.replace(entity, character)
    text = unicodedata.normalize("NFKC", text).translate(_CHARACTERS)
    text = unicodedata.normalize("NFC", text)  # Once more: a joiner may have stood between a letter and its accent.
    return redact(" ".join(text.split()))


def words(text: str) -> list[str]:
    """The words of a normalised text. Double quotes hold a word together; `org = a, b` is one word, `org=a,b`."""
    return TYPED_WORD.findall(
        SEPARATOR_SPACES.sub(lambda found: found["quoted"] or (" " if found["next"] else found[0].strip()), text)
    )


def items(value: str) -> list[str]:
    """The items of a comma-separated value, unquoted."""
    return [_unquote(item) for item in LIST_ITEM.findall(value)]


def quote(value: str) -> str:
    """The value as it must be typed to come back as one item: in double quotes where it needs them."""
    if not NEEDS_QUOTES.search(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def fold(name: str) -> str:
    """The form in which two spellings of one name are equal."""
    return normalise(name).casefold()


def nearest(word: str, among: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The spelling that is most similar to a word (`difflib`), or None if none reaches the cutoff."""
    spellings = {fold(spelling): spelling for spelling in among}
    found = difflib.get_close_matches(fold(word), spellings, n=1, cutoff=cutoff)
    return spellings[found[0]] if found else None


def _unquote(item: str) -> str:
    return re.sub(QUOTED, lambda part: re.sub(r"\\(.)", r"\1", part[0][1:-1]), item)
