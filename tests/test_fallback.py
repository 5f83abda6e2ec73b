"""The same numbers at each step down."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.messages.message import Message
from bot.slack.fallback import AS_IT_IS, LISTS, REMEMBERED_FOR, TABLES, TEXT, Fallback, fallbacks
from tests.asking import NOW
from tests.splits import message

AT = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
HEADER = {"type": "header", "text": {"type": "plain_text", "text": "Last 2 weeks", "emoji": False}}
CHART: dict[str, Any] = {
    "type": "data_visualization",
    "title": "Sessions a week",
    "chart": {
        "type": "bar",
        "axis_config": {"categories": ["Nov 2", "Nov 9"]},
        "series": [
            {"name": "sessions", "data": [{"label": "Nov 2", "value": 389}, {"label": "Nov 9", "value": 1421}]},
            {"name": "shipped", "data": [{"label": "Nov 2", "value": 207}, {"label": "Nov 9", "value": 214}]},
        ],
    },
}
NUMBERS = ["389", "207", "1,421", "214"]


def row(*cells: str) -> list[dict[str, str]]:
    return [{"type": "raw_text", "text": cell} for cell in cells]


def data_table(rows: int) -> dict[str, Any]:
    body = [row(f"week {number}", str(number), str(2 * number)) for number in range(1, rows + 1)]
    return {"type": "data_table", "caption": "By week", "rows": [row("week", "sessions", "shipped"), *body]}


def kinds(message: Message) -> list[list[str]]:
    return [[block["type"] for block in step.blocks] for _, step in fallbacks(message)]


def test_a_message_of_plain_blocks_has_two_rungs() -> None:
    assert kinds(Message("Text", (HEADER,))) == [["header"], []]


def test_a_chart_becomes_a_table_then_a_list_then_text() -> None:
    assert kinds(Message("Text", (HEADER, CHART))) == [
        ["header", "data_visualization"],
        ["header", "table"],
        ["header", "rich_text"],
        [],
    ]


def test_a_chart_beside_a_table_is_dropped_with_the_first_step() -> None:
    assert kinds(Message("Text", (CHART, data_table(3)))) == [
        ["data_visualization", "data_table"],
        ["table"],
        ["rich_text"],
        [],
    ]


@pytest.mark.parametrize("block", [CHART, data_table(3)], ids=["of a chart", "of a data table"])
def test_the_numbers_of_a_table_stand_on_the_right(block: dict[str, Any]) -> None:
    ((_, message), *_) = fallbacks(Message("Text", (block,)), TABLES)
    assert [column["align"] for column in message.blocks[0]["column_settings"]] == ["left", "right", "right"]


@pytest.mark.parametrize("text", ["last 4w by=week", "last 7d by=org", "last 7d by=size"])
async def test_a_report_keeps_its_words_on_each_rung_and_loses_a_block_at_a_time(text: str) -> None:
    made = await message(text, lambda _: NOW)
    first, *steps, last = kinds(made)
    words = [kind for kind in first if kind not in {"data_visualization", "data_table"}]
    assert len(first) == len(words) + 2
    assert steps == [[*words[:-1], "table", words[-1]], [*words[:-1], "rich_text", words[-1]]]
    assert last == []


def test_every_rung_of_a_chart_has_its_numbers() -> None:
    made = dict(fallbacks(Message("Text", (CHART,))))
    for step in (made[TABLES], made[LISTS]):
        told = re.sub(r"[{}'\[\]]", " ", str(step.blocks))
        assert all(number in told for number in NUMBERS)


def test_a_list_tells_each_row_with_the_names_of_its_columns() -> None:
    listed = dict(fallbacks(Message("Text", (data_table(2),))))[LISTS]
    items = listed.blocks[0]["elements"][0]["elements"]
    assert [item["elements"][0]["text"] for item in items] == [
        "week 1: sessions 1, shipped 2",
        "week 2: sessions 2, shipped 4",
    ]


def test_a_table_that_is_too_long_counts_what_it_leaves_out() -> None:
    table = dict(fallbacks(Message("Text", (data_table(150),))))[TABLES].blocks[0]
    assert len(table["rows"]) == 100
    assert table["rows"][-1][0]["text"] == "+52"


def test_a_table_with_too_many_words_counts_what_it_leaves_out() -> None:
    wide = {**data_table(40), "rows": [row("week", "sessions"), *[row("w" * 500, str(at)) for at in range(39)]]}
    table = dict(fallbacks(Message("Text", (wide,))))[TABLES].blocks[0]
    assert len(table["rows"]) == 21
    assert table["rows"][-1][0]["text"] == "+20"


def test_the_rung_that_worked_is_where_the_next_message_begins_for_a_day() -> None:
    fallback = Fallback()
    assert fallback.first(AT) == AS_IT_IS
    fallback.took(TABLES, AT)
    assert fallback.first(AT + REMEMBERED_FOR - timedelta(seconds=1)) == TABLES
    fallback.took(TABLES, AT + timedelta(hours=20))
    assert fallback.first(AT + REMEMBERED_FOR) == AS_IT_IS


@pytest.mark.parametrize("step", [AS_IT_IS, TEXT])
def test_neither_the_first_rung_nor_the_text_alone_is_remembered(step: int) -> None:
    fallback = Fallback()
    fallback.took(step, AT)
    assert fallback.first(AT) == AS_IT_IS


def test_a_workspace_without_charts_still_gets_the_blocks_that_it_takes() -> None:
    assert [step.blocks for _, step in fallbacks(Message("Text", (HEADER,)), first=LISTS)] == [(HEADER,), ()]
