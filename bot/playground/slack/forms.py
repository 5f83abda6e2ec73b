"""Keeps what a user enters into a view, as Slack sends it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.playground.slack.payloads import Json

EnteredValues = dict[str, dict[str, Json]]

# Under which key Slack tells of what was entered; the key of what stands there at first says `initial_` instead.
_VALUE_KEYS = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "users_select": "selected_user",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "plain_text_input": "value",
}


@dataclass(slots=True, eq=False)
class View:
    """A modal or a Home as one user sees it: as the bot made it, with what was entered, and with its errors."""

    id: str
    user: str
    content: Json
    hash: str
    root: str
    previous: str | None = None
    values: dict[str, dict[str, Json]] = field(default_factory=dict)  # By block_id and action_id.
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Trigger:
    """What a user's click allows: to open one modal, for a moment. `view` is where it was made, if that was in one."""

    user: str
    at: datetime
    view: str | None = None
    exchanged: bool = False


def elements(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element that a user can act on, after the block that it stands in."""
    for block in blocks:
        inside = block.get("elements", []) if block["type"] == "actions" else []
        for element in [*inside, block.get("accessory", {}), block.get("element", {})]:
            if "action_id" in element:
                yield block, element


def initial_values(blocks: Iterable[Json], entered: Mapping[str, Mapping[str, Json]]) -> EnteredValues:
    """What the elements hold: what was entered before under the same ids, else what they begin with."""
    values: EnteredValues = {}
    for block, element in elements(blocks):
        if key := _VALUE_KEYS.get(element["type"]):
            block_id, action_id = block["block_id"], element["action_id"]
            before = entered.get(block_id, {}).get(action_id, {})
            first = element.get(key.replace("selected", "initial") if key != "value" else "initial_value")
            fresh = {"type": element["type"], key: [] if first is None and key.endswith("s") else first}
            values.setdefault(block_id, {})[action_id] = before if before.get("type") == element["type"] else fresh
    return values


def enter_value(view: View, action_id: str, value: Any) -> tuple[Json, Json]:
    """Enters a value into an element, or chooses its options by value; a block and what became of its element.

    An option of an external select comes whole. LookupError: there is no such element, or no such option.
    """
    for block, element in elements(view.content["blocks"]):
        if element["action_id"] == action_id:
            acted: Json = {"type": element["type"], "action_id": action_id, "block_id": block["block_id"]}
            if key := _VALUE_KEYS.get(element["type"]):
                state = {"type": element["type"], key: _state(element, value)}
                view.values[block["block_id"]][action_id] = state
                return block, acted | state
            if "options" in element:
                return block, acted | {"selected_option": _option(element, value)}
            return block, acted | {name: element[name] for name in ("text", "value") if name in element}
    raise LookupError(action_id)


def missing_inputs(view: View) -> dict[str, str]:
    """The inputs that have to be filled in and are not, by block_id: Slack keeps such a form to itself."""
    empty = {
        block["block_id"]
        for block, element in elements(view.content["blocks"])
        if block["type"] == "input"
        and not block.get("optional")
        and not view.values[block["block_id"]][element["action_id"]][_VALUE_KEYS[element["type"]]]
    }
    return dict.fromkeys(sorted(empty), "Please complete this required field.")


def _state(element: Json, value: Any) -> Any:
    if value is None:
        return [] if _VALUE_KEYS[element["type"]].endswith("s") else None
    if isinstance(value, list) and "options" in element:
        return [_option(element, one) for one in value]
    return _option(element, value) if "options" in element else value


def _option(element: Json, value: Any) -> Json:
    for option in element["options"]:
        if option["value"] == value:
            chosen: Json = option
            return chosen
    raise LookupError(f"{element['action_id']} {value}")
