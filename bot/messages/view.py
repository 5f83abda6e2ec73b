"""Slack views, validated against Slack's limits."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Len
from pydantic import TypeAdapter, ValidationError

from bot.messages.message import (
    _ACTIONS,
    _CONTEXT,
    _DIVIDER,
    _HEADER,
    _ID,
    _OPTION,
    _PLAIN,
    _RICH_TEXT,
    _SECTION,
    _SELECT,
    _any_of,
    _block,
    _joint_faults,
    _kind,
    _list,
    _optional,
    _part,
    _pointer,
    _rule,
    _short,
    _words,
)

# Limits are those of docs.slack.dev, on the page of the view, block or element that they stand at. "House" is as in
# `bot.messages.message`, whose blocks these are, too.
LARGEST = 250_000  # Characters of a view as JSON: the views' reference says 250 kB.

_PLACEHOLDER = _short(_PLAIN, 150)
_DATE = Annotated[str, Len(10, 10)]
_TIME = Annotated[str, Len(5, 5)]


def _from_options(kind: Any) -> Any:
    def among(element: Any) -> bool:
        first = getattr(element, "initial_options", None) or [getattr(element, "initial_option", None)]
        return all(one is None or one in element.options for one in first)

    return _rule(kind, "Initial options should be among the options", among)


_MULTI_SELECT = _kind(
    "multi_static_select",
    action_id=_ID,
    placeholder=_PLACEHOLDER,
    options=_list(_OPTION, 1, 100),
    initial_options=_optional(_list(_OPTION, 1, 100)),
)
_EXTERNAL_SELECT = _kind(
    "external_select",
    action_id=_ID,
    placeholder=_PLACEHOLDER,
    initial_option=_optional(_OPTION),
    min_query_length=_optional(int),
)
_FILTER = _part(include=_list(Literal["public", "private"], 1), exclude_bot_users=_optional(bool))
_CONVERSATIONS = _kind(
    "conversations_select",
    action_id=_ID,
    placeholder=_PLACEHOLDER,
    filter=_FILTER,
    initial_conversation=_optional(_words()),
)
_RADIO = _kind("radio_buttons", action_id=_ID, options=_list(_OPTION, 1, 10), initial_option=_optional(_OPTION))
_TYPED_ON = _part(trigger_actions_on=_list(Literal["on_enter_pressed", "on_character_entered"], 1))
_TEXT_INPUT = _kind(
    "plain_text_input",
    action_id=_ID,
    placeholder=_optional(_PLACEHOLDER),
    initial_value=_optional(_words(3000)),
    max_length=_optional(int),
    dispatch_action_config=_optional(_TYPED_ON),
)
_DATEPICKER = _kind("datepicker", action_id=_ID, initial_date=_optional(_DATE))
_TIMEPICKER = _kind("timepicker", action_id=_ID, initial_time=_optional(_TIME))

_CHOSEN = (_from_options(_SELECT), _from_options(_MULTI_SELECT), _from_options(_RADIO))
_INPUT = _block(
    "input",
    label=_short(_PLAIN, 2000),
    hint=_optional(_short(_PLAIN, 2000)),
    element=_any_of(*_CHOSEN, _EXTERNAL_SELECT, _CONVERSATIONS, _TEXT_INPUT, _DATEPICKER, _TIMEPICKER),
    optional=_optional(bool),
    dispatch_action=_optional(bool),
)

_BLOCK = _any_of(_HEADER, _SECTION, _CONTEXT, _ACTIONS, _DIVIDER, _RICH_TEXT, _INPUT)
_BLOCKS = _list(_BLOCK, 0, 100)
_TITLE = _short(_PLAIN, 24)
_METADATA = Annotated[str, Len(0, 3000)]
_VIEW = TypeAdapter[Any](
    _any_of(
        _kind(
            "modal",
            callback_id=_ID,
            title=_TITLE,
            submit=_TITLE,
            close=_TITLE,
            private_metadata=_METADATA,
            blocks=_BLOCKS,
        ),
        _kind("home", blocks=_BLOCKS),
    )
)


class InvalidView(Exception):
    """A view that Slack would refuse, by a mistake of ours. A fault is "pointer: rule", without the content."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


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
        _check(self.as_dict())

    def as_dict(self) -> dict[str, Any]:
        """The view argument of Slack's methods."""
        return {
            "type": "modal",
            "callback_id": self.callback_id,
            "title": _plain(self.title),
            "submit": _plain(self.submit),
            "close": _plain(self.close),
            "private_metadata": self.private_metadata,
            "blocks": list(self.blocks),
        }


@dataclass(frozen=True, slots=True)
class Home:
    """What a user sees in the bot's own tab."""

    blocks: tuple[dict[str, Any], ...]

    def __post_init__(self) -> None:
        _check(self.as_dict())

    def as_dict(self) -> dict[str, Any]:
        """The view argument of `views.publish`."""
        return {"type": "home", "blocks": list(self.blocks)}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _check(view: dict[str, Any]) -> None:
    if faults := list(_faults(view)):
        raise InvalidView(faults)


def _faults(view: dict[str, Any]) -> Iterator[str]:
    try:
        _VIEW.validate_python(view)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            rule = "Type should be a known one" if fault["type"] == "union_tag_invalid" else fault["msg"]
            yield f"{_pointer(fault['loc'][1:], view)}: {rule}"
    else:
        yield from _joint_faults(view["blocks"])
        if len(json.dumps(view)) > LARGEST:
            yield f": View should have at most {LARGEST} characters"
