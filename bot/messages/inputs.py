"""Block Kit's input block, which stands in views only, with Slack's limits."""

from typing import Annotated, Literal, NotRequired

from annotated_types import Len
from pydantic import Field

from bot.messages.blocks import (
    ActionId,
    BlockPart,
    IdentifiedBlock,
    Option,
    Placeholder,
    PlainText,
    StaticSelect,
    Words,
    rule,
    short,
)


class MultiStaticSelect(BlockPart):
    """A menu of which several options can be chosen."""

    type: Literal["multi_static_select"]
    action_id: ActionId
    placeholder: Placeholder
    options: Annotated[list[Option], Len(1, 100)]
    initial_options: NotRequired[Annotated[list[Option], Len(1, 100)]]


class ExternalSelect(BlockPart):
    """A menu whose options the bot is asked for."""

    type: Literal["external_select"]
    action_id: ActionId
    placeholder: Placeholder
    initial_option: NotRequired[Option]
    min_query_length: NotRequired[int]


class ConversationFilter(BlockPart):
    """Which conversations a menu offers."""

    include: Annotated[list[Literal["public", "private"]], Len(1)]
    exclude_bot_users: NotRequired[bool]


class ConversationsSelect(BlockPart):
    """A menu of channels."""

    type: Literal["conversations_select"]
    action_id: ActionId
    placeholder: Placeholder
    filter: ConversationFilter
    initial_conversation: NotRequired[Words]


class RadioButtons(BlockPart):
    """Options that are all in sight; one can be chosen."""

    type: Literal["radio_buttons"]
    action_id: ActionId
    options: Annotated[list[Option], Len(1, 10)]
    initial_option: NotRequired[Option]


class DispatchActionConfig(BlockPart):
    """Which keys make Slack tell of an input before the form is sent."""

    trigger_actions_on: Annotated[list[Literal["on_enter_pressed", "on_character_entered"]], Len(1)]


class PlainTextInput(BlockPart):
    """A field for words."""

    type: Literal["plain_text_input"]
    action_id: ActionId
    placeholder: NotRequired[Placeholder]
    initial_value: NotRequired[Annotated[str, Len(1, 3000)]]
    max_length: NotRequired[int]
    dispatch_action_config: NotRequired[DispatchActionConfig]


class Datepicker(BlockPart):
    """A field for a date such as 2026-11-20."""

    type: Literal["datepicker"]
    action_id: ActionId
    initial_date: NotRequired[Annotated[str, Len(10, 10)]]


class Timepicker(BlockPart):
    """A field for a time such as 09:00."""

    type: Literal["timepicker"]
    action_id: ActionId
    initial_time: NotRequired[Annotated[str, Len(5, 5)]]


def _offers_its_initial_option(element: StaticSelect | RadioButtons) -> bool:
    return "initial_option" not in element or element["initial_option"] in element["options"]


def _offers_its_initial_options(element: MultiStaticSelect) -> bool:
    return all(option in element["options"] for option in element.get("initial_options", []))


AMONG_OPTIONS = "Initial options should be among the options"
InputElement = Annotated[
    Annotated[StaticSelect, rule(AMONG_OPTIONS, _offers_its_initial_option)]
    | Annotated[MultiStaticSelect, rule(AMONG_OPTIONS, _offers_its_initial_options)]
    | Annotated[RadioButtons, rule(AMONG_OPTIONS, _offers_its_initial_option)]
    | ExternalSelect
    | ConversationsSelect
    | PlainTextInput
    | Datepicker
    | Timepicker,
    Field(discriminator="type"),
]


class Input(IdentifiedBlock):
    """A field of a form with its label."""

    type: Literal["input"]
    label: Annotated[PlainText, short(2000)]
    hint: NotRequired[Annotated[PlainText, short(2000)]]
    element: InputElement
    optional: NotRequired[bool]
    dispatch_action: NotRequired[bool]
