"""Checks blocks as Slack does, independently of the bot's own checks."""

from collections.abc import Collection, Iterator
from typing import Any

from bot.playground.slack.elements import element_problems
from bot.playground.slack.payloads import Json
from bot.playground.slack.workspace import Refused

# What docs.slack.dev lists for messages; `alert`, `file` and `call` cannot be posted.
BLOCK_TYPES = frozenset(
    {
        *("actions", "card", "carousel", "container", "context", "context_actions", "data_table", "data_visualization"),
        *(
            "divider",
            "header",
            "image",
            "input",
            "markdown",
            "plan",
            "rich_text",
            "section",
            "table",
            "task_card",
            "video",
        ),
    }
)
# Of a Home and a modal; an `alert` stands in modals only.
_NOT_IN_HOMES = frozenset({"context_actions", "data_visualization", "data_table", "markdown", "plan", "task_card"})
_NOT_IN_MODALS = _NOT_IN_HOMES | {"table", "carousel", "container"}
_TEXTS = frozenset({"plain_text", "mrkdwn", "raw_text", "text"})
_ITEMS = {"actions": ("elements", 25), "context": ("elements", 10), "section": ("fields", 10)}

# Nowhere documented. Slack's staff speaks of 12,000 characters in slackapi/bolt-js issue 2509; tables have limits of
# their own, and only chat.postMessage was seen to count.
_SUM = 12_000
_UNCOUNTED = frozenset({"table", "data_table", "data_visualization"})


def check_message(message: Json, refuses: Collection[str]) -> None:
    """Refuses a message without words, or with blocks that Slack or this workspace does not take."""
    blocks = message.get("blocks") or []
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise Refused("invalid_blocks_format")
    if not blocks and not message.get("text"):
        raise Refused("no_text")
    if problems := [f"{problem} [json-pointer:/blocks{where}]" for where, problem in _block_problems(blocks, refuses)]:
        messages = [f"[ERROR] {problem}" for problem in problems]
        raise Refused("invalid_blocks", errors=problems, response_metadata={"messages": messages})


def view_problems(view: Json, kind: str, refuses: Collection[str]) -> Iterator[tuple[str, str]]:
    """What Slack does not take of a view, which is to be a `modal` or a `home`, each with the place where it stands."""
    blocks = view.get("blocks")
    if view.get("type") != kind:
        yield "/type", f"must be a valid enum value: {kind}"
    elif not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        yield "", "missing required field: blocks"
    else:
        yield from _around_blocks(view, kind)
        barred = _NOT_IN_MODALS if kind == "modal" else _NOT_IN_HOMES
        for where, problem in _block_problems(blocks, {*refuses, *barred}, 100, {"alert"} if kind == "modal" else ()):
            yield f"/blocks{where}", problem


def _around_blocks(view: Json, kind: str) -> Iterator[tuple[str, str]]:
    if kind == "modal":
        for key in ("title", "submit", "close"):
            text = view.get(key, {}).get("text", "")
            if key in view and not 1 <= len(text) <= 24:
                yield (
                    f"/{key}/text",
                    "must be more than 0 characters" if not text else "must be less than 25 characters",
                )
        if "title" not in view:
            yield "", "missing required field: title"
        if "submit" not in view and any(block.get("type") == "input" for block in view["blocks"]):
            yield "", "must define `submit` to use an `input` block in modals"
    for key, most in (("private_metadata", 3000), ("callback_id", 255)):
        if len(view.get(key, "")) > most:
            yield f"/{key}", f"must be less than {most + 1} characters"


def check_sum(message: Json) -> None:
    """Refuses more text than `chat.postMessage` takes in all blocks together."""
    counted = [block for block in message.get("blocks") or [] if block["type"] not in _UNCOUNTED]
    if sum(len(text) for block in counted for _, text in _texts(block, "")) > _SUM:
        raise Refused("msg_blocks_too_long")


def check_metadata(message: Json) -> None:
    """Refuses metadata that are no event with its payload."""
    metadata = message.get("metadata")
    if metadata is None:
        return
    if not isinstance(metadata, dict):
        raise Refused("invalid_metadata_format")
    kind, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict):
        raise Refused("invalid_metadata_schema")


def _block_problems(
    blocks: list[Json], refuses: Collection[str], most: int = 50, also: Collection[str] = ()
) -> Iterator[tuple[str, str]]:
    if len(blocks) > most:
        yield "", f"no more than {most} items allowed"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    for number, block in enumerate(blocks):
        if block.get("type") not in {*BLOCK_TYPES, *also} or block["type"] in refuses:
            yield f"/{number}", f"unsupported type: {block.get('type')}"
        elif ids.count(block.get("block_id")) > 1:
            yield f"/{number}/block_id", f"`block_id` {block['block_id']} already exists"
        else:
            yield from ((f"/{number}{where}", problem) for where, problem in _in_block(block))


def _in_block(block: Json) -> Iterator[tuple[str, str]]:
    kind = block["type"]
    if kind in _ITEMS:
        yield from _in_items(block, *_ITEMS[kind])
    if kind == "section" and not (block.get("text") or block.get("fields")):
        yield "", "must define either `fields` or `text`"
    if kind == "header" and "text" not in block:
        yield "", "missing required field: text"
    yield from element_problems(block)
    for where, text in _texts(block, ""):
        limit = 2000 if where.startswith("/fields") else 150 if kind == "header" else 3000
        if not text:
            yield f"{where}/text", "must be more than 0 characters"
        elif len(text) > limit:
            yield f"{where}/text", f"must be less than {limit + 1} characters"


def _in_items(block: Json, key: str, limit: int) -> Iterator[tuple[str, str]]:
    if key in block and not block[key]:
        yield f"/{key}", "no fewer than 1 items allowed"
    elif len(block.get(key, ())) > limit:
        yield f"/{key}", f"no more than {limit} items allowed"
    elif key == "elements" and key not in block:
        yield "", f"missing required field: {key}"


def _texts(part: Any, where: str) -> Iterator[tuple[str, str]]:
    """Every text in a block, however deep, with the place where it stands."""
    if isinstance(part, dict):
        if part.get("type") in _TEXTS:
            yield where, str(part.get("text") or "")
        for key, value in part.items():
            yield from _texts(value, f"{where}/{key}")
    elif isinstance(part, list):
        for number, value in enumerate(part):
            yield from _texts(value, f"{where}/{number}")
