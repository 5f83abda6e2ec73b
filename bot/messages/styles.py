"""Styled words, from the marks that a template prints to plain text, mrkdwn or rich text."""

import html
import re
from typing import Any

from markupsafe import Markup

# Marks around styled words, on their way from a template to a block. Foreign text is stripped of them. Around a channel
# is its id, around a user the id, a bar and the name.
CODE, BOLD, CHANNEL, USER, END = "\x0e", "\x0f", "\x11", "\x12", "\x10"
STYLES = {"code": CODE, "bold": BOLD, "channel": CHANNEL, "user": USER}
STYLED = re.compile(f"([{''.join(STYLES.values())}])([^{END}]*){END}")
CELL = Markup("\x13")  # Around each number of a line that stands in columns where it can.
BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# What foreign text may not bring along: these marks and other control codes, which would move a terminal's cursor, and
# what turns the direction of the words and numbers that follow.
CONTROLS = {*range(0x20), *range(0x7F, 0xA0)} - {ord("\n")}
STRIPPED = dict.fromkeys((*CONTROLS, *map(ord, BIDI_CONTROLS)))
LONGEST_RUN = 3000  # Of an element in rich text: nowhere documented, and what other texts may have.


def mark(words: str, style: str) -> Markup:
    """Words between the marks of a style, one of `STYLES`."""
    return Markup("{}{}{}").format(STYLES[style], clean(words), END)


def clean(value: Any) -> Any:
    """What a template prints of a value: text from outside without control codes, numbers as they are."""
    return value.translate(STRIPPED) if isinstance(value, str) and not isinstance(value, Markup) else value


def lines(text: Markup) -> Markup:
    """Escaped words without blank lines and indents."""
    return Markup("\n").join(line.strip(" ") for line in text.splitlines() if line.strip())


def plain(text: Markup) -> str:
    """Escaped words as plain text: lines without their indent, styled words in quotation marks or bare."""
    return html.unescape(_styled(text, {CODE: "“{}”", BOLD: "{}", CHANNEL: "<#{}>", USER: "{}"}))


def mrkdwn(text: Markup) -> str:
    """Escaped words as Slack's mrkdwn, where only `&`, `<` and `>` stay escaped."""
    styled = _styled(text, {CODE: "`{}`", BOLD: "*{}*", CHANNEL: "<#{}>", USER: "{}"})
    return styled.replace("&#39;", "'").replace("&#34;", '"')


def _styled(text: Markup, styles: dict[str, str]) -> str:
    """Lines whose marked words are written as their style says. A user is named, not mentioned, which would notify."""

    def written(found: re.Match[str]) -> str:
        return styles[found[1]].format(found[2].partition("|")[2] if found[1] == USER else found[2])

    return STYLED.sub(written, lines(text))


def rich_text_elements(text: Markup, heading: bool = False) -> list[dict[str, Any]]:
    """Escaped words as the elements of a rich text section; those of a heading are bold throughout."""
    parts = STYLED.split(lines(text))  # words, style, styled words, words, style, …
    found: list[dict[str, Any]] = []
    for position, part in enumerate(parts):
        mark = parts[position - 1] if position % 3 == 2 else ""
        style = {"bold": True} if heading or mark == BOLD else {}
        if position % 3 != 1 and part:
            style |= {"code": True} if mark == CODE else {}
            found += [one | ({"style": style} if style else {}) for one in _runs(_element(part, mark))]
    return found


def _runs(element: dict[str, Any]) -> list[dict[str, Any]]:
    """An element, or several that read as one where its text is too long."""
    words = element.get("text", "")
    if len(words) <= LONGEST_RUN:
        return [element]
    return [{**element, "text": words[at : at + LONGEST_RUN]} for at in range(0, len(words), LONGEST_RUN)]


def _element(part: str, mark: str) -> dict[str, Any]:
    if mark == CHANNEL:
        return {"type": "channel", "channel_id": html.unescape(part)}
    if mark == USER:
        return {"type": "user", "user_id": html.unescape(part.partition("|")[0])}
    return {"type": "text", "text": html.unescape(part)}
