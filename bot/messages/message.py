"""Block Kit as this bot sends it, with Slack's limits."""

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union

from annotated_types import Len
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from pydantic_core import PydanticCustomError

# Limits are those of docs.slack.dev, on the page of the block or element that they stand at, unless a remark names
# another source. "House" is a rule of this bot, where Slack's pages disagree or allow more than it wants.
TEXT_LIMIT = 4000  # chat.update refuses more; chat.postMessage does not.
BLOCK_LIMIT = 50  # The overview of blocks.
TYPE_LIMITS = {"table": 1, "data_visualization": 2}  # Blocks of one type. A single table: Slack's Block Kit skill.
CELL_LIMITS = {"table": 10_000, "data_table": 20_000}  # Characters in the cells of all blocks of one type.
CHANNEL = re.compile(r"&lt;#([CG][A-Z0-9]{1,20})&gt;")  # What escaping makes of `<#C…>`, which is to stay.


def _part(**keys: Any) -> Any:
    """A model that knows these keys and refuses others."""
    return create_model("Part", __config__=ConfigDict(extra="forbid", frozen=True, strict=True), **keys)


def _kind(name: str, **keys: Any) -> Any:
    return _part(type=Literal[name], **keys)


def _block(name: str, **keys: Any) -> Any:
    return _kind(name, block_id=_optional(_ID), **keys)


def _any_of(*kinds: Any) -> Any:
    return Annotated[Union[kinds], Field(discriminator="type")]  # noqa: UP007 - a tuple of them.


def _optional(kind: Any) -> Any:
    """A key that may be left out, but not be null."""
    return (kind, None)


def _words(most: int | None = None) -> Any:
    return Annotated[str, Len(1, most)]


def _list(kind: Any, least: int, most: int | None = None) -> Any:
    return Annotated[list[kind], Len(least, most)]


def _rule(kind: Any, words: str, holds: Callable[[Any], bool]) -> Any:
    """Adds a rule that no length can say. A refusal has its words only: the value may be private."""

    def check(value: Any) -> Any:
        if not holds(value):
            raise PydanticCustomError("rule", words)
        return value

    return Annotated[kind, AfterValidator(check)]


def _unique(kind: Any, words: str, key: Callable[[Any], object]) -> Any:
    return _rule(kind, f"{words} should be unique", lambda them: len({key(one) for one in them}) == len(them))


def _short(kind: Any, most: int) -> Any:
    """A text object in a place with less room than text objects have by themselves."""
    return _rule(kind, f"Text should have at most {most} characters", lambda text: len(text.text) <= most)


# The kinds of blocks, and of what is in them; a line is a key with its limits. A message keeps the dictionaries that it
# was given, so nothing but pydantic sees these models, and this table says all that thirty classes would.

# House: a colon in a foreign name stays a colon, and what only looks like a link or a mention does not become one.
_PLAIN = _kind("plain_text", text=_words(3000), emoji=Literal[False])
_MRKDWN = _kind("mrkdwn", text=_words(3000), verbatim=Literal[True])
_TEXT = _any_of(_PLAIN, _MRKDWN)
_ID = _words(255)

_OPTION = _part(text=_short(_PLAIN, 75), value=_words(75))  # House: Slack's SDK lets values have 150.
_ANSWER = _short(_PLAIN, 30)
_CONFIRM = _part(title=_short(_PLAIN, 100), text=_short(_TEXT, 300), confirm=_ANSWER, deny=_ANSWER)
# House: a button has a query text for its value, and a label for those who cannot see what it stands beside.
_BUTTON = _kind(
    "button",
    action_id=_ID,
    text=_short(_PLAIN, 75),
    value=_words(2000),
    accessibility_label=_words(75),
    confirm=_optional(_CONFIRM),
)
_OVERFLOW = _kind("overflow", action_id=_ID, options=_list(_OPTION, 1, 5))
_SELECT = _kind(
    "static_select",
    action_id=_ID,
    placeholder=_short(_PLAIN, 150),
    options=_list(_OPTION, 1, 100),
    initial_option=_optional(_OPTION),
)

_HEADER = _block("header", text=_short(_PLAIN, 150))
_SECTION = _rule(
    _block(
        "section",
        text=_optional(_TEXT),
        fields=_optional(_list(_short(_TEXT, 2000), 1, 10)),
        accessory=_optional(_any_of(_BUTTON, _OVERFLOW)),
    ),
    "Section should have text or fields",
    lambda section: bool(section.text or section.fields),
)
_CONTEXT = _block("context", elements=_list(_TEXT, 1, 10))
_ELEMENTS = _list(_any_of(_BUTTON, _OVERFLOW, _SELECT), 1, 25)
_ACTIONS = _block("actions", elements=_unique(_ELEMENTS, "action_ids", lambda element: element.action_id))
_DIVIDER = _block("divider")

_STYLE = _part(bold=_optional(bool), italic=_optional(bool), strike=_optional(bool), code=_optional(bool))
_RUN = _any_of(
    _kind("text", text=_words(), style=_optional(_STYLE)),
    _kind("link", url=_words(), text=_optional(_words()), style=_optional(_STYLE)),
    _kind("channel", channel_id=_words(), style=_optional(_STYLE)),
    _kind("user", user_id=_words(), style=_optional(_STYLE)),
)
_RUNS = _list(_RUN, 1)
_PARAGRAPH = _kind("rich_text_section", elements=_RUNS)
_LISTING = _kind("rich_text_preformatted", elements=_RUNS)
_QUOTE = _kind("rich_text_quote", elements=_RUNS)
_POINTS = _kind("rich_text_list", style=Literal["bullet", "ordered"], elements=_list(_PARAGRAPH, 1))
_RICH_TEXT = _block("rich_text", elements=_list(_any_of(_PARAGRAPH, _LISTING, _QUOTE, _POINTS), 1))

_NUMBER = Annotated[float, Field(allow_inf_nan=False)]
_CELL = _any_of(_kind("raw_text", text=_words()), _kind("raw_number", value=_NUMBER, text=_words()), _RICH_TEXT)
_COLUMN = _part(align=_optional(Literal["left", "center", "right"]), is_wrapped=_optional(bool))
_ROW = _list(_CELL, 1, 20)
_TABLE = _block("table", rows=_list(_ROW, 1, 100), column_settings=_optional(_list(_COLUMN | None, 0, 20)))
_ROWS = _rule(_list(_ROW, 2, 201), "Rows should be equally long", lambda rows: len({len(row) for row in rows}) == 1)
_DATA_TABLE = _rule(
    _block(
        "data_table",
        caption=_words(),
        rows=_rule(_ROWS, "Header should not be rich_text", lambda rows: all(c.type != "rich_text" for c in rows[0])),
        page_size=_optional(Annotated[int, Field(ge=1, le=100)]),
        row_header_column_index=_optional(Annotated[int, Field(ge=0)]),
    ),
    "row_header_column_index should be that of a column",
    lambda table: (table.row_header_column_index or 0) < len(table.rows[0]),
)

_LABEL = _words(20)
_AXIS = _part(
    categories=_unique(_list(_LABEL, 1, 20), "Categories", str),
    x_label=_optional(_words(50)),
    y_label=_optional(_words(50)),
)
_SERIES = _part(name=_LABEL, data=_list(_part(label=_LABEL, value=_NUMBER), 1, 20))
_CHART = _part(
    type=Literal["bar", "line"],
    axis_config=_AXIS,
    series=_unique(_list(_SERIES, 1, 6), "Names of series", lambda series: series.name),  # House: some pages say 12.
)


def _complete(chart: Any) -> bool:
    categories = sorted(chart.axis_config.categories)
    return all(sorted(point.label for point in series.data) == categories for series in chart.series)


_DATA_VISUALIZATION = _block(
    "data_visualization",
    title=_words(50),
    chart=_rule(_CHART, "Series should have one point per category", _complete),
)

_TABULAR = (_TABLE, _DATA_TABLE, _DATA_VISUALIZATION)
_BLOCK = _any_of(_HEADER, _SECTION, _CONTEXT, _ACTIONS, _DIVIDER, _RICH_TEXT, *_TABULAR)
_BLOCKS = TypeAdapter[Any](_list(_BLOCK, 0, BLOCK_LIMIT))


class InvalidMessage(Exception):
    """A message that Slack would refuse, by a mistake of ours. A fault is "pointer: rule", without the content."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Message:
    """What Slack is sent: a text that is complete by itself, and blocks, which stay the dictionaries given."""

    text: str
    blocks: tuple[dict[str, Any], ...]

    def __post_init__(self) -> None:
        if faults := list(_faults(self)):
            raise InvalidMessage(faults)

    def as_dict(self) -> dict[str, Any]:
        """The two arguments of Slack's methods. In `text` Slack would read `<` and `&` as its own; a channel it may."""
        return {"text": CHANNEL.sub(r"<#\1>", html.escape(self.text, quote=False)), "blocks": list(self.blocks)}


def _faults(message: Message) -> Iterator[str]:
    if not 1 <= len(message.text) <= TEXT_LIMIT:
        yield f"/text: Text should have 1 to {TEXT_LIMIT} characters"
    try:
        _BLOCKS.validate_python(message.blocks)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            # Here alone pydantic would quote what it was given.
            rule = "Type should be a known one" if fault["type"] == "union_tag_invalid" else fault["msg"]
            yield f"/blocks{_pointer(fault['loc'], message.blocks)}: {rule}"
    else:
        yield from _joint_faults(message.blocks)


def _pointer(place: Sequence[int | str], value: Any) -> str:
    """A JSON pointer. Where pydantic chose a model by its type, the place has that type as a step of its own."""
    pointer, chosen = "", None
    for step in place:
        if step == chosen:
            chosen = None
            continue
        pointer += f"/{step}"
        value = value.get(step) if isinstance(value, dict) else value[int(step)]
        chosen = value.get("type") if isinstance(value, dict) else None
    return pointer


def _joint_faults(blocks: Sequence[dict[str, Any]]) -> Iterator[str]:
    types = Counter(block["type"] for block in blocks)
    for name, most in TYPE_LIMITS.items():
        if types[name] > most:
            yield f"/blocks: Message should have at most {most} {name}"
    for name, most in CELL_LIMITS.items():
        if sum(_characters(block["rows"]) for block in blocks if block["type"] == name) > most:
            yield f"/blocks: Cells in each {name} should together have at most {most} characters"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(set(ids)) < len(ids):
        yield "/blocks: block_ids should be unique"


def _characters(part: Any) -> int:
    """What a reader sees of cells; a link without words shows its address."""
    if isinstance(part, list):
        return sum(map(_characters, part))
    shown = part.get("elements") or part.get("text") or part.get("url") or ""
    return len(shown) if isinstance(shown, str) else _characters(shown)
