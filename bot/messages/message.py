"""A message to Slack, checked against Slack's limits."""

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Len
from pydantic import Field, TypeAdapter, ValidationError

from bot.messages.blocks import Actions, Context, Divider, Header, Section
from bot.messages.faults import InvalidBlocks, faults_of_parts, repeated_ids
from bot.messages.rich_text import RichText
from bot.messages.tables import DataTable, DataVisualization, Table, cell_characters

# Limits are those of docs.slack.dev, on the page of the block that they are of, unless a remark names another source.
TEXT_LIMIT = 4000  # chat.update refuses more; chat.postMessage does not.
BLOCK_LIMIT = 50  # The overview of blocks.
TYPE_LIMITS = {"table": 1, "data_visualization": 2}  # Blocks of one type. A single table: Slack's Block Kit skill.
CELL_LIMITS = {"table": 10_000, "data_table": 20_000}  # Characters in the cells of all blocks of one type.
ESCAPED_CHANNEL = re.compile(r"&lt;#([CG][A-Z0-9]{1,20})&gt;")  # What becomes of `<#C…>`, which is to stay.

MessageBlock = Annotated[
    Header | Section | Context | Actions | Divider | RichText | Table | DataTable | DataVisualization,
    Field(discriminator="type"),
]
MESSAGE_BLOCKS = TypeAdapter[list[MessageBlock]](Annotated[list[MessageBlock], Len(0, BLOCK_LIMIT)])


class InvalidMessage(InvalidBlocks):
    """A message that Slack would refuse."""


@dataclass(frozen=True, slots=True)
class Message:
    """What Slack is sent: a text that is complete by itself, and blocks, which stay the dictionaries given."""

    text: str
    blocks: tuple[dict[str, Any], ...]

    def __post_init__(self) -> None:
        if faults := list(_message_faults(self)):
            raise InvalidMessage(faults)

    def as_dict(self) -> dict[str, Any]:
        """The two arguments of Slack's methods. In `text` Slack would read `<` and `&` as its own; a channel it may."""
        return {"text": ESCAPED_CHANNEL.sub(r"<#\1>", html.escape(self.text, quote=False)), "blocks": list(self.blocks)}


def _message_faults(message: Message) -> Iterator[str]:
    if not 1 <= len(message.text) <= TEXT_LIMIT:
        yield f"/text: Text should have 1 to {TEXT_LIMIT} characters"
    try:
        blocks = MESSAGE_BLOCKS.validate_python(message.blocks)
    except ValidationError as error:
        yield from faults_of_parts(error, message.blocks, at="/blocks")
    else:
        yield from _faults_together(blocks)
        yield from repeated_ids(blocks)


def _faults_together(blocks: Sequence[MessageBlock]) -> Iterator[str]:
    """What blocks that are right by themselves have too much of."""
    types = Counter[str](block["type"] for block in blocks)
    for name, most in TYPE_LIMITS.items():
        if types[name] > most:
            yield f"/blocks: Message should have at most {most} {name}"
    characters = Counter[str]()
    for block in blocks:
        if block["type"] == "table" or block["type"] == "data_table":
            characters[block["type"]] += cell_characters(block)
    for name, most in CELL_LIMITS.items():
        if characters[name] > most:
            yield f"/blocks: Cells in each {name} should together have at most {most} characters"
