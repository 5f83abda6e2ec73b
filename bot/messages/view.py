"""A view in Slack, checked against Slack's limits."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Len
from pydantic import Field, TypeAdapter, ValidationError

from bot.messages.blocks import Actions, BlockPart, Context, Divider, Header, PlainText, Section, short
from bot.messages.faults import InvalidBlocks, faults_of_parts, repeated_ids
from bot.messages.inputs import Input
from bot.messages.rich_text import RichText

# Limits are those of docs.slack.dev, on the page of the view.
LARGEST_VIEW = 250_000  # Characters of a view as JSON: the views' reference says 250 kB.

ViewBlock = Annotated[Header | Section | Context | Actions | Divider | RichText | Input, Field(discriminator="type")]
ViewBlocks = Annotated[list[ViewBlock], Len(0, 100)]
ViewTitle = Annotated[PlainText, short(24)]


class ModalView(BlockPart):
    """The view argument of `views.open` and `views.update`."""

    type: Literal["modal"]
    callback_id: Annotated[str, Len(1, 255)]
    title: ViewTitle
    submit: ViewTitle
    close: ViewTitle
    private_metadata: Annotated[str, Len(0, 3000)]
    blocks: ViewBlocks


class HomeView(BlockPart):
    """The view argument of `views.publish`."""

    type: Literal["home"]
    blocks: ViewBlocks


VIEW = TypeAdapter[ModalView | HomeView](Annotated[ModalView | HomeView, Field(discriminator="type")])


class InvalidView(InvalidBlocks):
    """A view that Slack would refuse."""


@dataclass(frozen=True, slots=True)
class Modal:
    """A form. Slack brings back `private_metadata` with all that is done in it; it is not shown."""

    callback_id: str
    title: str
    submit: str
    close: str
    blocks: tuple[dict[str, Any], ...]
    private_metadata: str = ""

    def __post_init__(self) -> None:
        _check_view(self.as_dict())

    def as_dict(self) -> dict[str, Any]:
        """The view argument of Slack's methods."""
        return {
            "type": "modal",
            "callback_id": self.callback_id,
            "title": _plain_text(self.title),
            "submit": _plain_text(self.submit),
            "close": _plain_text(self.close),
            "private_metadata": self.private_metadata,
            "blocks": list(self.blocks),
        }


@dataclass(frozen=True, slots=True)
class Home:
    """What a user sees in the bot's own tab."""

    blocks: tuple[dict[str, Any], ...]

    def __post_init__(self) -> None:
        _check_view(self.as_dict())

    def as_dict(self) -> dict[str, Any]:
        """The view argument of `views.publish`."""
        return {"type": "home", "blocks": list(self.blocks)}


def _plain_text(text: str) -> PlainText:
    return {"type": "plain_text", "text": text, "emoji": False}


def _check_view(view: dict[str, Any]) -> None:
    if faults := list(_view_faults(view)):
        raise InvalidView(faults)


def _view_faults(view: dict[str, Any]) -> Iterator[str]:
    try:
        checked = VIEW.validate_python(view)
    except ValidationError as error:
        yield from faults_of_parts(error, view)
    else:
        yield from repeated_ids(checked["blocks"])
        if len(json.dumps(view)) > LARGEST_VIEW:
            yield f": View should have at most {LARGEST_VIEW} characters"
