"""`csv …` in Slack: a file for whoever asks, and the figures as text where there can be none."""

import csv
from pathlib import Path

import pytest

from bot.playground.slack.standin import Post, SlackFault
from tests.in_slack import Mode, World, bot_in_slack

pytestmark = pytest.mark.usefixtures("nothing_set")
HEADER = "row,label,after,before,figure,value,previous,n"
DAYS = "2026-11-09..2026-11-15"
NAME = "devin-metrics_2026-11-09_2026-11-15_payments.csv"


def records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def preformatted(post: Post) -> str:
    """What stands in the preformatted part of a post."""
    (block,) = [one for one in post.blocks if one["elements"][0]["type"] == "rich_text_preformatted"]
    return "".join(element["text"] for element in block["elements"][0]["elements"])


def words(post: Post) -> str:
    """What stands above that part."""
    return "".join(element["text"] for element in post.blocks[0]["elements"][0]["elements"])


async def answer(world: World, text: str) -> Post:
    """What the asker reads in the end."""
    await world.slack.command(text)
    return await world.slack.until(lambda: _answer(world))


def _answer(world: World) -> Post | None:
    found = [post for post in world.slack.posts if post.ephemeral_to and not post.text.startswith("Asking Devin")]
    return found[0] if found else None


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_the_file_goes_to_direct_messages_and_a_private_line_says_so(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, scopes=["files:write"]) as world:
        line = await answer(world, f"csv {DAYS} org=payments")
        (file,) = world.slack.files
        assert (file.name, file.place) == (NAME, "U01NEWYORK")
        assert file.content is not None
        content = file.content.decode("utf-8-sig")
        assert content.startswith(f"{HEADER}\ntotal,,2026-11-09T00:00:00+00:00,2026-11-16T00:00:00+00:00,sessions,")
        assert line.text == f"“{NAME}” is in your direct messages with this bot: 9 rows."
        assert len(records(content)) == 9
        above, shown = [post for post in world.slack.posts if not post.ephemeral_to]
        assert above.text.splitlines()[0] == "You asked for a CSV. Payments: Nov 9 – 15, 2026"
        assert [above.channel, shown.channel] == ["U01NEWYORK"] * 2


async def test_a_file_begins_with_the_mark_by_which_spreadsheets_know_its_encoding(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=["files:write"]) as world:
        await answer(world, f"csv {DAYS}")
        assert (world.slack.files[0].content or b"").startswith(b"\xef\xbb\xbfrow,label,")


async def test_without_the_scope_the_figures_come_as_text_where_it_was_asked(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        post = await answer(world, f"csv {DAYS} org=payments")
        assert (post.channel, post.ephemeral_to) == ("C01REPORTS", "U01NEWYORK")
        assert words(post) == (
            f"{NAME}: 9 rows.\nIt comes as text, since this app may not send files here. "
            "Whoever runs it can give it the scope files:write, and install it anew."
        )
        assert len(records(preformatted(post))) == 9
        assert post.text.endswith(preformatted(post))
        assert [call.method for call in world.slack.calls if call.method.startswith("files.")] == []
        assert world.slack.posts == [post]


@pytest.mark.parametrize(
    ("where", "fault", "why"),
    [
        ("files.getUploadURLExternal", SlackFault(error="file_uploads_disabled"), "file_uploads_disabled"),
        ("upload", SlackFault(status=413), "upload_http_413"),
        ("upload", SlackFault(drop=True), "upload_broke_off"),
        ("chat.postMessage", SlackFault(error="user_disabled"), "user_disabled"),
        ("files.completeUploadExternal", SlackFault(error="posting_to_channel_denied"), "posting_to_channel_denied"),
    ],
)
async def test_where_slack_refuses_the_file_the_figures_come_as_text(
    tmp_path: Path, where: str, fault: SlackFault, why: str
) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=["files:write"], faults={where: [fault]}) as world:
        post = await answer(world, f"csv {DAYS}")
        assert words(post).endswith(f"It comes as text, since Slack did not take the file ({why}).")
        assert len(records(preformatted(post))) == 9
        assert [file.place for file in world.slack.files if file.place] == []


async def test_where_nobody_knows_whether_slack_took_the_file_it_says_so(tmp_path: Path) -> None:
    faults = {"files.completeUploadExternal": [SlackFault(drop=True, accepted=True)]}
    async with bot_in_slack("socket", tmp_path, scopes=["files:write"], faults=faults) as world:
        post = await answer(world, f"csv {DAYS}")
        assert words(post).endswith("since Slack did not say whether it took the file (broke_off).")
        assert [call.method for call in world.slack.calls].count("files.completeUploadExternal") == 1


MANY = "csv 2026-03-01..2026-07-03 by=day vs=none"
MANY_NAME, MANY_ROWS = "devin-metrics_2026-03-01_2026-07-03.csv", 9 + 125 * 9


async def test_a_file_has_all_of_a_thousand_rows(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=["files:write"], limits={"max_calls": 200}) as world:
        line = await answer(world, MANY)
        assert line.text == f"“{MANY_NAME}” is in your direct messages with this bot: {MANY_ROWS:,} rows."
        (file,) = world.slack.files
        assert len(records((file.content or b"").decode("utf-8-sig"))) == MANY_ROWS


async def test_a_text_has_as_many_whole_rows_of_a_thousand_as_fit_and_says_how_to_get_all(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, limits={"max_calls": 200}) as world:
        post = await answer(world, MANY)
        shown = preformatted(post)
        assert 9_800 < len(shown) <= 10_000
        assert words(post).startswith(f"{MANY_NAME}: the first {len(records(shown))} of {MANY_ROWS:,} rows.")
        assert words(post).endswith('All of them: devin-metrics ask "…" --format csv in a terminal prints them.')
        assert all(record["n"] is not None for record in records(shown))


async def test_where_slack_refuses_the_blocks_the_text_has_whole_rows_too(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        world.slack.refuses.add("rich_text")
        post = await answer(world, "csv 2026-03-01..2026-03-31 by=day vs=none")
        assert post.blocks == []
        listed = records(post.text.partition("prints them.\n")[2])
        assert f"the first {len(listed)} of 288 rows" in post.text
        assert all(record["n"] is not None for record in listed)


HOSTILE = {
    '=HYPERLINK("https://a.example","b")': "org-payments",
    "<!channel> & *bold*\r\n=1+1": "org-search",
    "../../\u202ereports,x": "org-platform",
}


@pytest.mark.parametrize("scopes", [[], ["files:write"]], ids=["text", "file"])
async def test_names_from_outside_are_no_formulas_and_no_markup(tmp_path: Path, scopes: list[str]) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=scopes, orgs=HOSTILE) as world:
        post = await answer(world, f"csv {DAYS} by=org vs=none")
        shown = (world.slack.files[0].content or b"").decode("utf-8-sig") if scopes else preformatted(post)
        labels = {record["label"] for record in records(shown) if record["row"] != "total"}
        assert {'\'=HYPERLINK("https://a.example","b")', "<!channel> & *bold* =1+1"} <= labels
        assert not [cell for record in records(shown) for cell in record.values() if cell.startswith(("=", "@", "+"))]
        assert "<!channel>" not in post.text


async def test_a_name_from_outside_is_no_path(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=["files:write"], orgs=HOSTILE) as world:
        await answer(world, f'csv {DAYS} org="../../reports,x"')
        assert world.slack.files[0].name == "devin-metrics_2026-11-09_2026-11-15_reports-x.csv"


async def test_it_cannot_be_shared(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=["files:write"]) as world:
        await world.slack.command("csv last week share")
        await world.answered("“share” is not possible with it.")
        assert world.devin.requests == []
