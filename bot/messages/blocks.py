"""Block Kit's texts, elements and blocks as this bot uses them, with Slack's limits."""

from collections.abc import Callable, Hashable
from operator import itemgetter
from typing import Annotated, Literal, NotRequired, TypeVar

from annotated_types import Len
from pydantic import AfterValidator, ConfigDict, Field, with_config
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

# Limits are those of docs.slack.dev, on the page of the block or element that they stand at, unless a remark names
# another source. "House" is a rule of this bot, where Slack's pages disagree or allow more than it wants. Validation
# changes nothing: messages keep the dictionaries that they were given, and these classes describe their keys.

Checked = TypeVar("Checked")

BlockId = Annotated[str, Len(1, 255)]
ActionId = Annotated[str, Len(1, 255)]
Words = Annotated[str, Len(1)]


def rule(words: str, holds: Callable[[Checked], bool]) -> AfterValidator:
    """A rule that no length can say. A refusal has its words only: the value may be private."""

    def check(value: Checked) -> Checked:
        if not holds(value):
            raise PydanticCustomError("rule", words)
        return value

    return AfterValidator(check)


def unique(words: str, key: Callable[[Checked], Hashable]) -> AfterValidator:
    """The rule that no two of a list have the same key."""

    def differ(checked: list[Checked]) -> bool:
        return len({key(one) for one in checked}) == len(checked)

    return rule(f"{words} should be unique", differ)


def short(most: int) -> AfterValidator:
    """The rule for a place that has less room than text objects have by themselves; in characters."""

    def fits(text: "Text") -> bool:
        return len(text["text"]) <= most

    return rule(f"Text should have at most {most} characters", fits)


@with_config(ConfigDict(extra="forbid", strict=True))
class BlockPart(TypedDict):
    """A dictionary with the keys of its class and no others. One that may be left out may not be null."""


class IdentifiedBlock(BlockPart):
    """A block of a message or a view, which may have an id."""

    block_id: NotRequired[BlockId]


class PlainText(BlockPart):
    """Words as they are. House: a colon in a foreign name stays a colon."""

    type: Literal["plain_text"]
    text: Annotated[str, Len(1, 3000)]
    emoji: Literal[False]


class Mrkdwn(BlockPart):
    """Styled words. House: what only looks like a link or a mention does not become one."""

    type: Literal["mrkdwn"]
    text: Annotated[str, Len(1, 3000)]
    verbatim: Literal[True]


Text = Annotated[PlainText | Mrkdwn, Field(discriminator="type")]
Placeholder = Annotated[PlainText, short(150)]


class Option(BlockPart):
    """One of the things that a menu offers. House: Slack's SDK lets values have 150 characters."""

    text: Annotated[PlainText, short(75)]
    value: Annotated[str, Len(1, 75)]


class Confirmation(BlockPart):
    """The question that Slack asks before it sends a click."""

    title: Annotated[PlainText, short(100)]
    text: Annotated[Text, short(300)]
    confirm: Annotated[PlainText, short(30)]
    deny: Annotated[PlainText, short(30)]


class Button(BlockPart):
    """House: its value is a query text, and its label is for those who cannot see what it stands beside."""

    type: Literal["button"]
    action_id: ActionId
    text: Annotated[PlainText, short(75)]
    value: Annotated[str, Len(1, 2000)]
    accessibility_label: Annotated[str, Len(1, 75)]
    confirm: NotRequired[Confirmation]


class Overflow(BlockPart):
    """The menu behind three dots."""

    type: Literal["overflow"]
    action_id: ActionId
    options: Annotated[list[Option], Len(1, 5)]


class StaticSelect(BlockPart):
    """A menu whose options come with it."""

    type: Literal["static_select"]
    action_id: ActionId
    placeholder: Placeholder
    options: Annotated[list[Option], Len(1, 100)]
    initial_option: NotRequired[Option]


class Header(IdentifiedBlock):
    """A line in large letters."""

    type: Literal["header"]
    text: Annotated[PlainText, short(150)]


class UncheckedSection(IdentifiedBlock):
    """A paragraph or a grid of words, and what can be clicked beside it."""

    type: Literal["section"]
    text: NotRequired[Text]
    fields: NotRequired[Annotated[list[Annotated[Text, short(2000)]], Len(1, 10)]]
    accessory: NotRequired[Annotated[Button | Overflow, Field(discriminator="type")]]


def _has_words(section: UncheckedSection) -> bool:
    return "text" in section or "fields" in section


Section = Annotated[UncheckedSection, rule("Section should have text or fields", _has_words)]


class Context(IdentifiedBlock):
    """A line in small letters."""

    type: Literal["context"]
    elements: Annotated[list[Text], Len(1, 10)]


ActionElement = Annotated[Button | Overflow | StaticSelect, Field(discriminator="type")]


class Actions(IdentifiedBlock):
    """A row of what can be clicked."""

    type: Literal["actions"]
    elements: Annotated[list[ActionElement], Len(1, 25), unique("action_ids", itemgetter("action_id"))]


class Divider(IdentifiedBlock):
    """A thin line."""

    type: Literal["divider"]
