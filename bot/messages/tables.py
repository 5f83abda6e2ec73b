"""Block Kit's tables and charts, which stand in messages only, with Slack's limits."""

from operator import itemgetter
from typing import Annotated, Literal, NotRequired

from annotated_types import Len
from pydantic import Field

from bot.messages.blocks import BlockPart, IdentifiedBlock, Words, rule, unique
from bot.messages.rich_text import RichText, characters

CellNumber = Annotated[float, Field(allow_inf_nan=False)]  # JSON has no other numbers.
ChartLabel = Annotated[str, Len(1, 20)]


class RawText(BlockPart):
    """A cell of words."""

    type: Literal["raw_text"]
    text: Words


class RawNumber(BlockPart):
    """A cell that is sorted by its value and shows its text."""

    type: Literal["raw_number"]
    value: CellNumber
    text: Words


TableCell = Annotated[RawText | RawNumber | RichText, Field(discriminator="type")]
TableRow = Annotated[list[TableCell], Len(1, 20)]


class ColumnSetting(BlockPart):
    """How a column of a table is set."""

    align: NotRequired[Literal["left", "center", "right"]]
    is_wrapped: NotRequired[bool]


class Table(IdentifiedBlock):
    """Rows and columns."""

    type: Literal["table"]
    rows: Annotated[list[TableRow], Len(1, 100)]
    column_settings: NotRequired[Annotated[list[ColumnSetting | None], Len(0, 20)]]


def _equally_long(rows: list[TableRow]) -> bool:
    return len({len(row) for row in rows}) == 1


def _has_plain_header(rows: list[TableRow]) -> bool:
    return all(cell["type"] != "rich_text" for cell in rows[0])


class UncheckedDataTable(IdentifiedBlock):
    """Rows and columns that a reader can sort and page through."""

    type: Literal["data_table"]
    caption: Words
    rows: Annotated[
        list[TableRow],
        Len(2, 201),
        rule("Rows should be equally long", _equally_long),
        rule("Header should not be rich_text", _has_plain_header),
    ]
    page_size: NotRequired[Annotated[int, Field(ge=1, le=100)]]
    row_header_column_index: NotRequired[Annotated[int, Field(ge=0)]]


def _has_row_header(table: UncheckedDataTable) -> bool:
    return table.get("row_header_column_index", 0) < len(table["rows"][0])


DataTable = Annotated[UncheckedDataTable, rule("row_header_column_index should be that of a column", _has_row_header)]


class ChartAxes(BlockPart):
    """What stands below and beside a chart."""

    categories: Annotated[list[ChartLabel], Len(1, 20), unique("Categories", str)]
    x_label: NotRequired[Annotated[str, Len(1, 50)]]
    y_label: NotRequired[Annotated[str, Len(1, 50)]]


class ChartPoint(BlockPart):
    """The height of a bar or a line at one category."""

    label: ChartLabel
    value: CellNumber


class ChartSeries(BlockPart):
    """Bars of one colour, or a line."""

    name: ChartLabel
    data: Annotated[list[ChartPoint], Len(1, 20)]


class Chart(BlockPart):
    """Bars or lines. House: some pages let it have 12 series."""

    type: Literal["bar", "line"]
    axis_config: ChartAxes
    series: Annotated[list[ChartSeries], Len(1, 6), unique("Names of series", itemgetter("name"))]


def _complete(chart: Chart) -> bool:
    categories = sorted(chart["axis_config"]["categories"])
    return all(sorted(point["label"] for point in series["data"]) == categories for series in chart["series"])


class DataVisualization(IdentifiedBlock):
    """A chart with its title."""

    type: Literal["data_visualization"]
    title: Annotated[str, Len(1, 50)]
    chart: Annotated[Chart, rule("Series should have one point per category", _complete)]


def cell_characters(table: Table | UncheckedDataTable) -> int:
    """How many characters a reader sees in all cells."""
    cells = (cell for row in table["rows"] for cell in row)
    return sum(characters(cell) if cell["type"] == "rich_text" else len(cell["text"]) for cell in cells)
