"""Plainer versions of a message, for workspaces that refuse a kind of block."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from bot.messages.message import CELL_LIMITS, Message

Block = dict[str, Any]
REMEMBERED_FOR = timedelta(days=1)
# Of a `table`, its header included; a `data_table` may have twice as many, and twice the characters.
MOST_TABLE_ROWS = 100
MOST_CHARACTERS = CELL_LIMITS["table"] - 100  # Room for the row that counts the others.


AS_IT_IS, TABLES, LISTS, TEXT = range(4)


def fallbacks(message: Message, first: int = AS_IT_IS) -> list[tuple[int, Message]]:
    """The message as it is; charts and data tables as tables; tables as lists; the text alone: from step `first` on.

    A step that changes nothing is left out. A chart beside a table goes with the first step: the table has its numbers.
    """
    beside = any(block["type"] in {"table", "data_table"} for block in message.blocks)
    tables = _with(message.blocks, {"data_visualization": _gone if beside else _table_of_chart, "data_table": _table})
    steps = [message.blocks, tables, _with(tables, {"table": _list}), ()]
    taken = [step for step in range(first, len(steps)) if step == first or steps[step] != steps[step - 1]]
    return [(step, Message(message.text, steps[step])) for step in taken]


class Fallback:
    """The first step that a workspace accepts, remembered for a day.

    The text alone is not remembered: one odd message would take the blocks from every later one.
    """

    def __init__(self) -> None:
        self._taken = AS_IT_IS
        self._until: datetime | None = None

    def first(self, at: datetime) -> int:
        """The step to begin with."""
        return self._taken if self._until is not None and at < self._until else AS_IT_IS

    def took(self, step: int, at: datetime) -> None:
        """Remembers a step that worked. The step that was tried first proves nothing new, and its day goes on."""
        if step in {TABLES, LISTS} and step != self.first(at):
            self._taken, self._until = step, at + REMEMBERED_FOR


def _with(blocks: tuple[Block, ...], made_of: Mapping[str, Callable[[Block], Block | None]]) -> tuple[Block, ...]:
    made = (made_of[block["type"]](block) if block["type"] in made_of else block for block in blocks)
    return tuple(block for block in made if block is not None)


def _gone(_block: Block) -> None:
    return None


def _table_of_chart(block: Block) -> Block:
    """A row a category, a column a series; the title stands over the categories."""
    chart = block["chart"]
    values = [{point["label"]: point["value"] for point in series["data"]} for series in chart["series"]]
    header = [block["title"], *(series["name"] for series in chart["series"])]
    rows = [[label, *(f"{of[label]:,g}" for of in values)] for label in chart["axis_config"]["categories"]]
    return _table_of([[_cell(text) for text in row] for row in [header, *rows]])


def _table(block: Block) -> Block:
    """As many rows as a table holds; the last one counts the others."""
    rows = block["rows"]
    lengths = accumulate(sum(len(_cell_text(cell)) for cell in row) for row in rows)
    short = sum(length <= MOST_CHARACTERS for length in lengths)
    if len(rows) > MOST_TABLE_ROWS or short < len(rows):
        kept = min(short, MOST_TABLE_ROWS - 1)
        more = [_cell(f"+{len(rows) - kept}"), *(_cell("…") for _ in rows[0][1:])]
        rows = [*rows[:kept], more]
    return _table_of(rows)


def _table_of(rows: list[list[Block]]) -> Block:
    """Numbers stand on the right, as a data table has them by itself."""
    sides = ["left", *("right" for _ in rows[0][1:])]
    return {"type": "table", "column_settings": [{"align": side} for side in sides], "rows": rows}


def _list(block: Block) -> Block:
    """A line a row, its cells told with the header's names."""
    header, *rows = [[_cell_text(cell) for cell in row] for row in block["rows"]]
    lines = [
        f"{row[0]}: " + ", ".join(f"{name} {told}" for name, told in zip(header[1:], row[1:], strict=False))
        for row in rows
    ]
    sections = [{"type": "rich_text_section", "elements": [{"type": "text", "text": line}]} for line in lines]
    return {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": sections}]}


def _cell(text: str) -> Block:
    return {"type": "raw_text", "text": text}


def _cell_text(part: Any) -> str:
    """The words of a cell, whichever kind it is."""
    if isinstance(part, list):
        return "".join(map(_cell_text, part))
    inner = part.get("elements", part.get("text", ""))
    return inner if isinstance(inner, str) else _cell_text(inner)
