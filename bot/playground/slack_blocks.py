"""What Slack refuses of a message, as far as the bot could come near it; written without a look at `bot.message`."""

from collections.abc import Collection, Iterator
from typing import Any

from bot.playground.slack_workspace import Json, Refused

# What docs.slack.dev lists for messages; `alert`, `file` and `call` cannot be posted.
KINDS = frozenset(
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
_TEXTS = frozenset({"plain_text", "mrkdwn", "raw_text", "text"})
_ITEMS = {"actions": ("elements", 25), "context": ("elements", 10), "section": ("fields", 10)}

# Nowhere documented. Slack's staff speaks of 12,000 characters in slackapi/bolt-js issue 2509; tables have limits of
# their own, and only chat.postMessage was seen to count.
_SUM = 12_000
_UNCOUNTED = frozenset({"table", "data_table", "data_visualization"})


def check(message: Json, refuses: Collection[str]) -> None:
    """Refuses a message without words, or with blocks that Slack or this workspace does not take."""
    blocks = message.get("blocks") or []
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise Refused("invalid_blocks_format")
    if not blocks and not message.get("text"):
        raise Refused("no_text")
    if problems := [f"{problem} [json-pointer:/blocks{where}]" for where, problem in _problems(blocks, refuses)]:
        messages = [f"[ERROR] {problem}" for problem in problems]
        raise Refused("invalid_blocks", errors=problems, response_metadata={"messages": messages})


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


def _problems(blocks: list[Json], refuses: Collection[str]) -> Iterator[tuple[str, str]]:
    if len(blocks) > 50:
        yield "", "no more than 50 items allowed"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    for number, block in enumerate(blocks):
        if block.get("type") not in KINDS or block["type"] in refuses:
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
