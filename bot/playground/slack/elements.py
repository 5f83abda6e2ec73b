"""Checks block elements as Slack does: buttons, menus, inputs."""

from collections.abc import Iterator

from bot.playground.slack.payloads import Json

# Of options, how many there may be: the page of each element.
_MOST_OPTIONS = {
    "overflow": 5,
    "static_select": 100,
    "multi_static_select": 100,
    "radio_buttons": 10,
    "checkboxes": 10,
}
_INPUTS = frozenset(
    {
        *("static_select", "external_select", "multi_static_select", "multi_external_select"),
        *("conversations_select", "channels_select", "users_select", "radio_buttons", "checkboxes"),
        *("plain_text_input", "datepicker", "timepicker"),
    }
)


def element_problems(block: Json) -> Iterator[tuple[str, str]]:
    """What is wrong with the elements of a block, each with its place in it."""
    if block["type"] == "input":
        yield from _in_input(block)
    inside = list(enumerate(block.get("elements", ()))) if block["type"] == "actions" else []
    for number, element in inside:
        yield from ((f"/elements/{number}{where}", problem) for where, problem in _in_element(element))
    ids = [element.get("action_id") for _, element in inside if "action_id" in element]
    if len(set(ids)) < len(ids):
        yield "/elements", "`action_id` already exists"
    for key in ("accessory", "element"):
        if key in block:
            yield from ((f"/{key}{where}", problem) for where, problem in _in_element(block[key]))


def _in_input(block: Json) -> Iterator[tuple[str, str]]:
    for key in ("label", "element"):
        if key not in block:
            yield "", f"missing required field: {key}"
    kind = block.get("element", {}).get("type")
    if kind is not None and kind not in _INPUTS:
        yield "/element", f"unsupported type: {kind}"
    for key in ("label", "hint"):
        if key in block and (block[key].get("type") != "plain_text" or len(block[key].get("text", "")) > 2000):
            yield f"/{key}", "must be plain_text of less than 2001 characters"


def _in_element(element: Json) -> Iterator[tuple[str, str]]:
    if len(element.get("action_id", "")) > 255:
        yield "/action_id", "must be less than 256 characters"
    if len(element.get("value") or "") > 2000:
        yield "/value", "must be less than 2001 characters"
    if len(element.get("placeholder", {}).get("text", "")) > 150:
        yield "/placeholder/text", "must be less than 151 characters"
    if element.get("type") in _MOST_OPTIONS:
        yield from _in_options(element, _MOST_OPTIONS[element["type"]])


def _in_options(element: Json, most: int) -> Iterator[tuple[str, str]]:
    options = element.get("options", [])
    if not options:
        yield "/options", "no fewer than 1 items allowed"
    elif len(options) > most:
        yield "/options", f"no more than {most} items allowed"
    for number, option in enumerate(options):
        if len(option.get("text", {}).get("text", "")) > 75:
            yield f"/options/{number}/text/text", "must be less than 76 characters"
        if len(option.get("value", "")) > 150:
            yield f"/options/{number}/value", "must be less than 151 characters"
    first = [element["initial_option"]] if "initial_option" in element else element.get("initial_options", [])
    if any(one not in options for one in first):
        yield "", "initial option must exactly match one of the provided options"
