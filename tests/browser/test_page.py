"""What the page draws: every kind of block, foreign words as words, and forms that keep what is typed."""

from typing import Any

from playwright.async_api import Locator, expect

from tests.browser.conftest import Window

DRAW = """async (blocks) => {
    const { drawBlock } = await import("/page/blocks.js");
    const user = { id: "U01TOKYO", tz: "Asia/Tokyo", locale: "en-US" };
    const names = { C01REPORTS: "reports", U01TOKYO: "Reader in Tokyo" };
    const stage = document.createElement("div");
    stage.id = "stage";
    stage.append(...blocks.map((block) => drawBlock(block, { user, names, act: async () => {} })));
    document.body.append(stage);
}"""


async def drawn(window: Window, *blocks: dict[str, Any]) -> Locator:
    """These blocks, below everything else on the page."""
    await window.page.evaluate(DRAW, list(blocks))
    return window.page.locator("#stage")


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def data_table(page_size: int) -> dict[str, Any]:
    rows = [[("Mon", None), ("9", 9)], [("Tue", None), ("100", 100)], [("Wed", None), ("20", 20)]]
    return {
        "type": "data_table",
        "caption": "Sessions by day",
        "page_size": page_size,
        "rows": [
            [{"type": "raw_text", "text": "Day"}, {"type": "raw_text", "text": "Sessions"}],
            *(
                [
                    {"type": "raw_text", "text": text}
                    if value is None
                    else {"type": "raw_number", "text": text, "value": value}
                    for text, value in row
                ]
                for row in rows
            ),
        ],
    }


async def test_slacks_own_marks_are_drawn_and_everything_else_stays_words(window: Window) -> None:
    expected = {
        "*12* sessions": "<strong>12</strong> sessions",
        "snake_case_word, 2*3*4": "snake_case_word, 2*3*4",
        "_a_ ~b~ `c *d*`": "<em>a</em> <s>b</s> <code>c *d*</code>",
        "&lt;b&gt; &amp;amp;": "&lt;b&gt; &amp;amp;",
        "<b>": "&lt;b&gt;",
        "<@U01TOKYO>": '<span class="mention">@Reader in Tokyo</span>',
        "<#C01REPORTS>": '<span class="mention">#reports</span>',
        "<#C01SECRET>": '<span class="mention">a private channel</span>',
        "<javascript:alert(1)|here>": "here",
        "&gt; quoted\nnot": "<blockquote>quoted</blockquote>not",
        ":tada:": ":tada:",
    }
    stage = await drawn(window, *map(section, expected))
    html = await stage.locator(".words > div").evaluate_all("nodes => nodes.map((node) => node.innerHTML)")
    assert dict(zip(expected, html, strict=True)) == expected


async def test_a_link_leads_to_the_web_only(window: Window) -> None:
    stage = await drawn(window, section("<https://devin.ai|Devin> <data:text/html,x|no>"))
    assert await stage.locator("a").evaluate_all("links => links.map((link) => link.href)") == ["https://devin.ai/"]


async def test_a_kind_that_the_page_does_not_know_is_shown_as_json(window: Window) -> None:
    stage = await drawn(window, {"type": "carousel", "elements": [{"type": "card"}]}, section("after"))
    await stage.get_by_text("carousel: this page does not draw it").click()
    await expect(stage.locator("pre")).to_contain_text('"type": "card"')
    await expect(stage).to_contain_text("after")


async def test_a_column_of_numbers_is_sorted_by_number_the_largest_first(window: Window) -> None:
    stage = await drawn(window, data_table(5))
    heads = stage.get_by_role("columnheader")
    await heads.nth(1).get_by_role("button").click()
    assert await stage.locator("tbody th").all_inner_texts() == ["Tue", "Wed", "Mon"]
    await expect(heads.nth(1)).to_have_attribute("aria-sort", "descending")


async def test_a_long_table_is_turned_page_by_page(window: Window) -> None:
    stage = await drawn(window, data_table(2))
    await expect(stage).to_contain_text("1 – 2 of 3")
    await stage.get_by_role("button", name="Further rows").click()
    assert await stage.locator("tbody th").all_inner_texts() == ["Wed"]


async def test_the_values_of_a_chart_are_read_with_the_arrow_keys(window: Window) -> None:
    def series(name: str, *values: float) -> dict[str, Any]:
        labels = zip(("Mon", "Tue"), values, strict=True)
        return {"name": name, "data": [{"label": label, "value": value} for label, value in labels]}

    axis = {"categories": ["Mon", "Tue"]}
    chart = {"type": "line", "axis_config": axis, "series": [series("Up", 1, 2000), series("Down", 0, -3)]}
    stage = await drawn(window, {"type": "data_visualization", "title": "Changes", "chart": chart})
    await stage.get_by_role("img", name="Mon: Up 1, Down 0").focus()
    await expect(stage.locator(".values")).to_have_text("Mon: Up 1, Down 0")
    await window.page.keyboard.press("ArrowRight")
    await expect(stage.locator(".values")).to_have_text("Tue: Up 2,000, Down −3")


async def test_what_is_typed_stays_when_the_form_changes_under_it(window: Window) -> None:
    await window.choose("Shortcuts", "Set up a digest")
    report = window.form.get_by_label("Report")
    await report.fill("last 4w org=search")
    await window.form.get_by_label("How often").select_option(label="Every month")
    await expect(window.form).to_contain_text("digest add monthly 1 09:00 tz=America/New_York last 4w org=search")
    await expect(report).to_have_value("last 4w org=search")


async def test_next_monday_at_nine_is_that_of_the_readers_zone(window: Window) -> None:
    expected = {
        ("2026-11-20T19:05:00Z", "America/New_York"): "2026-11-23T14:00:00.000Z",
        ("2026-11-23T13:59:00Z", "America/New_York"): "2026-11-23T14:00:00.000Z",
        ("2026-11-23T14:00:00Z", "America/New_York"): "2026-11-30T14:00:00.000Z",
        ("2026-11-22T16:00:00Z", "Asia/Tokyo"): "2026-11-23T00:00:00.000Z",
        ("2027-03-12T15:00:00Z", "America/New_York"): "2027-03-15T13:00:00.000Z",  # The clocks change on the way.
    }
    told = await window.page.evaluate(
        """async (cases) => {
            const { nextMonday } = await import("/page/moments.js");
            return cases.map(([after, zone]) => nextMonday(new Date(after), zone).toISOString());
        }""",
        list(expected),
    )
    assert dict(zip(expected, told, strict=True)) == expected


async def test_on_the_narrowest_phone_nothing_but_a_table_moves_sideways(window: Window) -> None:
    await window.page.set_viewport_size({"width": 320, "height": 640})
    await window.ask("last 12w by=week")
    await expect(window.answer("Last 12 full weeks: ").get_by_role("table")).to_be_visible()
    for part in ("html", "#scroll"):
        assert await window.page.locator(part).evaluate("node => node.scrollWidth <= node.clientWidth")
