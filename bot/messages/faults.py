"""What Slack would refuse, told by its place and the rule, without the content."""

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from bot.messages.blocks import IdentifiedBlock


class InvalidBlocks(Exception):
    """Slack would refuse what was to be sent, by a mistake of ours. A fault is "pointer: rule"."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def faults_of_parts(error: ValidationError, checked: object, at: str = "") -> Iterator[str]:
    """The faults that pydantic found in what it has checked, which stands `at` a place."""
    for fault in error.errors(include_url=False, include_input=False):
        # Here alone pydantic would quote what it was given.
        rule = "Type should be a known one" if fault["type"] == "union_tag_invalid" else fault["msg"]
        yield f"{at}{_pointer(fault['loc'], checked)}: {rule}"


def repeated_ids(blocks: Sequence[IdentifiedBlock]) -> Iterator[str]:
    """The fault of blocks that have the same id."""
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(set(ids)) < len(ids):
        yield "/blocks: block_ids should be unique"


def _pointer(place: Sequence[int | str], value: object) -> str:
    """A JSON pointer. Where pydantic chose a class by its type, the place has that type as a step of its own."""
    pointer, chosen = "", _type(value)
    for step in place:
        if step == chosen:
            chosen = None
            continue
        pointer += f"/{step}"
        value = _inside(value, step)
        chosen = _type(value)
    return pointer


def _inside(value: object, step: int | str) -> object:
    if isinstance(value, dict):
        return value.get(step)
    return value[int(step)] if isinstance(value, Sequence) else None


def _type(value: object) -> object:
    return value.get("type") if isinstance(value, dict) else None
