"""What a message may hold, and how it is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.message import InvalidMessage, Message

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def button(**keys: Any) -> Block:
    return {
        "type": "button",
        "action_id": "trend",
        "text": plain("Trend"),
        "value": "last 12w by=week",
        "accessibility_label": "Show the last 12 weeks",
        **keys,
    }


def option(text: str = "Help", value: str = "help") -> Block:
    return {"text": plain(text), "value": value}


def overflow(*options: Block) -> Block:
    return section(accessory={"type": "overflow", "action_id": "more", "options": list(options)})


def select(**keys: Any) -> Block:
    return {"type": "static_select", "action_id": "by", "placeholder": plain("By"), "options": [option()], **keys}


def asking(**texts: Block) -> Block:
    question = {"title": plain("Share?"), "text": plain("All see it."), "confirm": plain("Yes"), "deny": plain("No")}
    return section(accessory=button(confirm={**question, **texts}))


def section(**keys: Any) -> Block:
    return {"type": "section", "text": plain("Payments"), **keys}


def context(*elements: Block) -> Block:
    return {"type": "context", "elements": list(elements)}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def buttons(count: int) -> list[Block]:
    return [button(action_id=f"trend_{number}") for number in range(count)]


def words(text: str = "Payments") -> Block:
    return {"type": "text", "text": text}


def rich_text(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def paragraph(*elements: Block) -> Block:
    return {"type": "rich_text_section", "elements": list(elements)}


def bullets(*elements: Block) -> Block:
    return {"type": "rich_text_list", "style": "bullet", "elements": list(elements)}


def cell(text: str = "Payments") -> Block:
    return {"type": "raw_text", "text": text}


def cells(rows: int, columns: int, text: str = "Payments") -> list[list[Block]]:
    return [[cell(text)] * columns] * rows


def table(rows: list[list[Block]]) -> Block:
    return {"type": "table", "rows": rows}


def data_table(rows: list[list[Block]] | None = None, **keys: Any) -> Block:
    return {"type": "data_table", "caption": "Sessions", "rows": rows or cells(2, 2), **keys}


def chart(categories: list[str], *series: Block, title: str = "Sessions", kind: str = "bar", **axes: str) -> Block:
    drawn = {"type": kind, "axis_config": {"categories": categories, **axes}, "series": list(series)}
    return {"type": "data_visualization", "title": title, "chart": drawn}


def line(name: str, labels: list[str]) -> Block:
    return {"name": name, "data": [{"label": label, "value": 421} for label in labels]}


def one_line(**keys: str) -> Block:
    return chart(["W46"], line("Sessions", ["W46"]), **keys)


def numbered(count: int) -> list[str]:
    return [f"W{number}" for number in range(count)]


def faults(*blocks: Any, text: str = "Payments: 184 sessions") -> list[str]:
    try:
        Message(text, blocks)
    except InvalidMessage as refused:
        return refused.faults
    return []


def test_a_message_keeps_the_blocks_that_it_was_given() -> None:
    header = {"type": "header", "text": plain("Payments")}
    assert Message("Payments", (header,)).blocks[0] is header


def test_a_message_goes_out_as_text_and_blocks() -> None:
    sent = Message("Payments", ({"type": "divider"},)).as_dict()
    assert sent == {"text": "Payments", "blocks": [{"type": "divider"}]}


def test_a_message_may_do_without_blocks() -> None:
    assert Message("Payments", ()).as_dict() == {"text": "Payments", "blocks": []}


KINDS = {
    "header": {"type": "header", "text": plain("Payments"), "block_id": "title"},
    "section with a button": asking(),
    "section with a menu": overflow(option()),
    "section of fields": {"type": "section", "fields": [mrkdwn("*184* sessions"), plain("Payments")]},
    "context": context(plain("As of Friday"), mrkdwn("More: `help`")),
    "actions": actions(button(), select(initial_option=option())),
    "divider": {"type": "divider"},
    "styles": rich_text(paragraph({**words(), "style": {"bold": True, "italic": True, "strike": True, "code": False}})),
    "link": rich_text(paragraph({"type": "link", "url": "https://example.com", "text": "Help"})),
    "channel": rich_text(paragraph({"type": "channel", "channel_id": "C1"})),
    "list": rich_text(bullets(paragraph(words()))),
    "listing": rich_text({"type": "rich_text_preformatted", "elements": [words("/devin-metrics")]}),
    "quote": rich_text({"type": "rich_text_quote", "elements": [words()]}),
    "table": {**table(cells(2, 2)), "column_settings": [None, {"align": "right", "is_wrapped": True}]},
    "table of uneven rows": table([[cell()], [cell(), cell()]]),
    "table of rich text": table([[rich_text(paragraph(words()))]]),
    "data table": data_table([[cell()], [{"type": "raw_number", "value": 50.8, "text": "50.8%"}]], page_size=5),
    "bar chart": chart(["W46", "W47"], line("Sessions", ["W46", "W47"]), line("Shipped", ["W47", "W46"])),
    "line chart": one_line(kind="line", x_label="Week", y_label="Sessions"),
}


@pytest.mark.parametrize("block", KINDS.values(), ids=KINDS)
def test_these_are_the_kinds_of_blocks(block: Block) -> None:
    assert faults(block) == []


# The place, the most that it holds, and a block that holds so much there.
MOST: list[tuple[str, int, Callable[[int], Block]]] = [
    ("/block_id", 255, lambda n: {"type": "divider", "block_id": "x" * n}),
    ("/text", 150, lambda n: {"type": "header", "text": plain("x" * n)}),
    ("/text/text", 3000, lambda n: section(text=plain("x" * n))),
    ("/text/text", 3000, lambda n: section(text=mrkdwn("x" * n))),
    ("/fields", 10, lambda n: section(fields=[plain("x")] * n)),
    ("/fields/0", 2000, lambda n: section(fields=[mrkdwn("x" * n)])),
    ("/elements", 10, lambda n: context(*[plain("x")] * n)),
    ("/elements/0/text", 3000, lambda n: context(plain("x" * n))),
    ("/elements", 25, lambda n: actions(*(button(action_id=name) for name in numbered(n)))),
    ("/elements/0/action_id", 255, lambda n: actions(button(action_id="x" * n))),
    ("/elements/0/text", 75, lambda n: actions(button(text=plain("x" * n)))),
    ("/elements/0/value", 2000, lambda n: actions(button(value="x" * n))),
    ("/elements/0/accessibility_label", 75, lambda n: actions(button(accessibility_label="x" * n))),
    ("/accessory/confirm/title", 100, lambda n: asking(title=plain("x" * n))),
    ("/accessory/confirm/text", 300, lambda n: asking(text=mrkdwn("x" * n))),
    ("/accessory/confirm/confirm", 30, lambda n: asking(confirm=plain("x" * n))),
    ("/accessory/confirm/deny", 30, lambda n: asking(deny=plain("x" * n))),
    ("/accessory/options", 5, lambda n: overflow(*[option()] * n)),
    ("/accessory/options/0/text", 75, lambda n: overflow(option(text="x" * n))),
    ("/accessory/options/0/value", 75, lambda n: overflow(option(value="x" * n))),
    ("/elements/0/options", 100, lambda n: actions(select(options=[option()] * n))),
    ("/elements/0/placeholder", 150, lambda n: actions(select(placeholder=plain("x" * n)))),
    ("/rows", 100, lambda n: table(cells(n, 1))),
    ("/rows/0", 20, lambda n: table(cells(1, n))),
    ("/column_settings", 20, lambda n: {**table(cells(1, 1)), "column_settings": [None] * n}),
    ("/rows", 201, lambda n: data_table(cells(n, 1))),
    ("/rows/0", 20, lambda n: data_table(cells(2, n))),
    ("/page_size", 100, lambda n: data_table(page_size=n)),
    ("/title", 50, lambda n: one_line(title="x" * n)),
    ("/chart/axis_config/x_label", 50, lambda n: one_line(x_label="x" * n)),
    ("/chart/axis_config/y_label", 50, lambda n: one_line(y_label="x" * n)),
    ("/chart/axis_config/categories", 20, lambda n: chart(numbered(n), line("Sessions", numbered(n)))),
    ("/chart/axis_config/categories/0", 20, lambda n: chart(["x" * n], line("Sessions", ["x" * n]))),
    ("/chart/series", 6, lambda n: chart(["W46"], *(line(name, ["W46"]) for name in numbered(n)))),
    ("/chart/series/0/name", 20, lambda n: chart(["W46"], line("x" * n, ["W46"]))),
]


@pytest.mark.parametrize(("place", "most", "block"), MOST)
def test_a_place_holds_as_much_as_slack_takes_and_no_more(place: str, most: int, block: Callable[[int], Block]) -> None:
    assert faults(block(most)) == []
    assert faults(block(most + 1))[0].startswith(f"/blocks/0{place}: ")


# The place, the least that it holds, and a block that holds so much there.
LEAST: list[tuple[str, int, Callable[[int], Block]]] = [
    ("/block_id", 1, lambda n: {"type": "divider", "block_id": "x" * n}),
    ("/text/text", 1, lambda n: {"type": "header", "text": plain("x" * n)}),
    ("/text/text", 1, lambda n: section(text=mrkdwn("x" * n))),
    ("/fields", 1, lambda n: section(fields=[plain("x")] * n)),
    ("/elements", 1, lambda n: context(*[plain("x")] * n)),
    ("/elements", 1, lambda n: actions(*[button()] * n)),
    ("/elements/0/action_id", 1, lambda n: actions(button(action_id="x" * n))),
    ("/elements/0/value", 1, lambda n: actions(button(value="x" * n))),
    ("/elements/0/accessibility_label", 1, lambda n: actions(button(accessibility_label="x" * n))),
    ("/accessory/options", 1, lambda n: overflow(*[option()] * n)),
    ("/accessory/options/0/value", 1, lambda n: overflow(option(value="x" * n))),
    ("/elements/0/options", 1, lambda n: actions(select(options=[option()] * n))),
    ("/elements", 1, lambda n: rich_text(*[paragraph(words())] * n)),
    ("/elements/0/elements", 1, lambda n: rich_text(paragraph(*[words()] * n))),
    ("/elements/0/elements", 1, lambda n: rich_text(bullets(*[paragraph(words())] * n))),
    ("/elements/0/elements/0/text", 1, lambda n: rich_text(paragraph(words("x" * n)))),
    ("/rows", 1, lambda n: table(cells(n, 1))),
    ("/rows/0", 1, lambda n: table(cells(1, n))),
    ("/rows/0/0/text", 1, lambda n: table([[cell("x" * n)]])),
    ("/caption", 1, lambda n: data_table(caption="x" * n)),
    ("/rows", 2, lambda n: data_table(cells(n, 1))),
    ("/rows/0", 1, lambda n: data_table(cells(2, n))),
    ("/page_size", 1, lambda n: data_table(page_size=n)),
    ("/row_header_column_index", 0, lambda n: data_table(row_header_column_index=n)),
    ("/title", 1, lambda n: one_line(title="x" * n)),
    ("/chart/axis_config/categories", 1, lambda n: chart(numbered(n), line("Sessions", numbered(n)))),
    ("/chart/series", 1, lambda n: chart(["W46"], *[line("Sessions", ["W46"])] * n)),
    ("/chart/series/0/name", 1, lambda n: chart(["W46"], line("x" * n, ["W46"]))),
]


@pytest.mark.parametrize(("place", "least", "block"), LEAST)
def test_a_place_holds_something(place: str, least: int, block: Callable[[int], Block]) -> None:
    assert faults(block(least)) == []
    assert faults(block(least - 1))[0].startswith(f"/blocks/0{place}: ")


def test_a_text_has_4000_characters_at_most_so_that_it_can_be_updated() -> None:
    assert faults(text="x" * 4000) == []
    assert faults(text="x" * 4001) == ["/text: Text should have 1 to 4000 characters"]


def test_a_text_is_never_empty() -> None:
    assert faults(text="") == ["/text: Text should have 1 to 4000 characters"]


# A rule, blocks that keep it, and blocks that do not.
TOGETHER: dict[str, tuple[list[Block], list[Block]]] = {
    "List should have at most 50 items after validation, not 51": (
        [{"type": "divider"}] * 50,
        [{"type": "divider"}] * 51,
    ),
    "Message should have at most 1 table": ([table(cells(1, 1))], [table(cells(1, 1))] * 2),
    "Message should have at most 2 data_visualization": ([one_line()] * 2, [one_line()] * 3),
    "Cells in each table should together have at most 10000 characters": (
        [table([[cell("x" * 10_000)]])],
        [table([[cell("x" * 10_000), cell("x")]])],
    ),
    "Cells in each data_table should together have at most 20000 characters": (
        [data_table([[cell("x")], [cell("x" * 9_999)]])] * 2,
        [data_table([[cell("x")], [cell("x" * 9_999)]]), data_table([[cell("x")], [cell("x" * 10_000)]])],
    ),
    "block_ids should be unique": (
        [{"type": "divider"}, {"type": "divider"}, {"type": "divider", "block_id": "a"}],
        [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}],
    ),
}


@pytest.mark.parametrize(("rule", "kept", "broken"), [(rule, *blocks) for rule, blocks in TOGETHER.items()])
def test_blocks_keep_to_the_limits_of_a_message(rule: str, kept: list[Block], broken: list[Block]) -> None:
    assert faults(*kept) == []
    assert faults(*broken) == [f"/blocks: {rule}"]


def test_words_links_and_addresses_in_a_table_count() -> None:
    long = rich_text(paragraph(words("x" * 5000), {"type": "link", "url": "x" * 5000}))
    assert faults(table([[long]])) == []
    assert len(faults(table([[long, cell("x")]]))) == 1


BROKEN = {
    "emoji in plain text": (section(text={**plain("Payments"), "emoji": True}), "/text/emoji: Input should be False"),
    "emoji not excluded": (section(text={"type": "plain_text", "text": "x"}), "/text/emoji: Field required"),
    "mrkdwn not verbatim": (section(text={**mrkdwn("x"), "verbatim": False}), "/text/verbatim: Input should be True"),
    "verbatim not said": (section(text={"type": "mrkdwn", "text": "x"}), "/text/verbatim: Field required"),
    "coloured button": (actions(button(style="danger")), "/elements/0/style: Extra inputs are not permitted"),
    "null": (section(block_id=None), "/block_id: Input should be a valid string"),
    "unknown block": ({"type": "image"}, ": Type should be a known one"),
    "unknown chart": (one_line(kind="pie"), "/chart/type: Input should be 'bar' or 'line'"),
    "empty section": ({"type": "section"}, ": Section should have text or fields"),
    "action_id used twice": (actions(button(), button()), "/elements: action_ids should be unique"),
    "uneven rows": (data_table([[cell()], [cell(), cell()]]), "/rows: Rows should be equally long"),
    "rich text in the header": (
        data_table([[rich_text(paragraph(words()))], [cell()]]),
        "/rows: Header should not be rich_text",
    ),
    "row header beyond the columns": (
        data_table(cells(2, 2), row_header_column_index=2),
        ": row_header_column_index should be that of a column",
    ),
    "number that JSON does not have": (
        table([[{"type": "raw_number", "value": float("nan"), "text": "–"}]]),
        "/rows/0/0/value: Input should be a finite number",
    ),
    "number in quotes": (
        table([[{"type": "raw_number", "value": "421", "text": "421"}]]),
        "/rows/0/0/value: Input should be a valid number",
    ),
    "category twice": (
        chart(["W46", "W46"], line("Sessions", ["W46", "W46"])),
        "/chart/axis_config/categories: Categories should be unique",
    ),
    "series twice": (
        chart(["W46"], line("Sessions", ["W46"]), line("Sessions", ["W46"])),
        "/chart/series: Names of series should be unique",
    ),
    "point left out": (
        chart(["W46", "W47"], line("Sessions", ["W46"])),
        "/chart: Series should have one point per category",
    ),
    "point twice": (
        chart(["W46"], line("Sessions", ["W46", "W46"])),
        "/chart: Series should have one point per category",
    ),
    "point of another category": (
        chart(["W46"], line("Sessions", ["W47"])),
        "/chart: Series should have one point per category",
    ),
}


@pytest.mark.parametrize(("block", "fault"), BROKEN.values(), ids=BROKEN)
def test_a_fault_names_its_place_and_the_rule(block: Block, fault: str) -> None:
    assert faults(block) == [f"/blocks/0{fault}"]


def test_all_faults_are_told_at_once() -> None:
    assert len(faults({"type": "image"}, {"type": "section"}, text="")) == 3


@pytest.mark.parametrize(
    "block",
    [
        {"type": "184 sessions"},
        section(text=plain("184 sessions" * 1000)),
        section(text={**plain("x"), "emoji": "184 sessions"}),
        actions(button(action_id="184 sessions"), button(action_id="184 sessions")),
        one_line(kind="184 sessions"),
        table(cells(100, 20, "184 sessions")),
        chart(["184 sessions"], line("184 sessions", ["W46"])),
        "184 sessions",
    ],
)
def test_a_fault_says_nothing_of_the_content(block: Block) -> None:
    assert "184" not in "".join(faults(block))


def test_no_other_error_with_the_content_comes_along() -> None:
    with pytest.raises(InvalidMessage) as refused:
        Message("Payments", ({"type": "header", "text": plain("184 sessions" * 20)},))
    assert refused.value.__context__ is None
    assert str(refused.value) == "/blocks/0/text: Text should have at most 150 characters"


keys = st.sampled_from(["type", "text", "elements", "rows", "chart", "style", "fields", "options"])
types = st.sampled_from(["text", "section", "plain_text", "rich_text", "rich_text_section", "table", "raw_text"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | types,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(anything, max_size=3))
def test_whatever_the_blocks_are_they_are_taken_or_refused(blocks: list[Any]) -> None:
    assert all(fault.startswith("/blocks") for fault in faults(*blocks))
