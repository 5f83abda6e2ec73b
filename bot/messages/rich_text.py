"""Block Kit's rich text as this bot uses it, with Slack's limits."""

from collections.abc import Iterator
from typing import Annotated, Literal, NotRequired

from annotated_types import Len
from pydantic import Field

from bot.messages.blocks import BlockPart, IdentifiedBlock, Words


class Style(BlockPart):
    """How an element of a line is set."""

    bold: NotRequired[bool]
    italic: NotRequired[bool]
    strike: NotRequired[bool]
    code: NotRequired[bool]


class TextElement(BlockPart):
    """Words of one style."""

    type: Literal["text"]
    text: Words
    style: NotRequired[Style]


class LinkElement(BlockPart):
    """A link; without words it shows its address."""

    type: Literal["link"]
    url: Words
    text: NotRequired[Words]
    style: NotRequired[Style]


class ChannelElement(BlockPart):
    """A channel's name, which Slack writes."""

    type: Literal["channel"]
    channel_id: Words
    style: NotRequired[Style]


class UserElement(BlockPart):
    """A user's name, which Slack writes; it notifies that user."""

    type: Literal["user"]
    user_id: Words
    style: NotRequired[Style]


LineElement = Annotated[TextElement | LinkElement | ChannelElement | UserElement, Field(discriminator="type")]


class RichTextSection(BlockPart):
    """A paragraph."""

    type: Literal["rich_text_section"]
    elements: Annotated[list[LineElement], Len(1)]


class RichTextPreformatted(BlockPart):
    """Lines in a box, in letters of one width."""

    type: Literal["rich_text_preformatted"]
    elements: Annotated[list[LineElement], Len(1)]


class RichTextQuote(BlockPart):
    """A paragraph with a bar before it."""

    type: Literal["rich_text_quote"]
    elements: Annotated[list[LineElement], Len(1)]


class RichTextList(BlockPart):
    """Paragraphs with a point or a number before each."""

    type: Literal["rich_text_list"]
    style: Literal["bullet", "ordered"]
    elements: Annotated[list[RichTextSection], Len(1)]


RichTextElement = Annotated[
    RichTextSection | RichTextPreformatted | RichTextQuote | RichTextList, Field(discriminator="type")
]


class RichText(IdentifiedBlock):
    """Paragraphs, boxes, quotes and lists."""

    type: Literal["rich_text"]
    elements: Annotated[list[RichTextElement], Len(1)]


def characters(block: RichText) -> int:
    """How many characters a reader sees, without the names that Slack writes."""
    return sum(_shown_characters(element) for paragraph in _paragraphs(block) for element in paragraph)


def _paragraphs(block: RichText) -> Iterator[list[LineElement]]:
    for part in block["elements"]:
        if part["type"] == "rich_text_list":
            yield from (paragraph["elements"] for paragraph in part["elements"])
        else:
            yield part["elements"]


def _shown_characters(element: LineElement) -> int:
    if element["type"] == "text":
        return len(element["text"])
    return len(element.get("text", element["url"])) if element["type"] == "link" else 0
