"""The form for digests: from words to its fields, and from its fields to a command."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.app import sample_services
from bot.messages.render import render_modal
from bot.problems import Problem
from bot.queries.request import AS_INSTALLED, Request
from bot.slack.forms import digest as digest_form
from bot.slack.forms.digest import asked

AT = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)
SERVICES = sample_services(AT)
EDIT = "edit 3 every 2 weeks monday 09:00 from 2026-W47 #C01REPORTS tz=America/New_York last 2w org=payments by=week"


async def fields(text: str) -> dict[str, Any]:
    """What stands in the fields at first."""
    _, values = await digest_form.begin(request(text), SERVICES)
    return values


def request(text: str) -> Request:
    return Request(text, AT, channel="C01REPORTS", tz="America/New_York")


def shown(text: str, chosen: dict[str, Any]) -> str:
    """The form as Slack gets it."""
    return str(render_modal(digest_form.page(request(text), chosen, SERVICES), AS_INSTALLED, "digest-form").as_dict())


async def test_without_words_it_is_monday_at_nine_here() -> None:
    assert await fields("") == {
        "query": None,
        "channel": "C01REPORTS",
        "often": "weekly",
        "days": ["monday"],
        "day": None,
        "time": "09:00",
        "tz": "America/New_York",
    }


@pytest.mark.parametrize(
    ("chosen", "command"),
    [
        ({}, "weekly monday 09:00 #C01REPORTS tz=America/New_York"),
        ({"often": "daily"}, "daily 09:00 #C01REPORTS tz=America/New_York"),
        ({"often": "weekdays"}, "weekdays 09:00 #C01REPORTS tz=America/New_York"),
        ({"often": "every-3"}, "every 3 weeks monday 09:00 #C01REPORTS tz=America/New_York"),
        ({"often": "monthly", "day": "last"}, "monthly last 09:00 #C01REPORTS tz=America/New_York"),
        (
            {"query": "last week org=payments"},
            "weekly monday 09:00 #C01REPORTS tz=America/New_York last week org=payments",
        ),
        ({"tz": "Asia/Tokyo", "time": "16:30"}, "weekly monday 16:30 #C01REPORTS tz=Asia/Tokyo"),
    ],
)
async def test_what_is_chosen_becomes_a_command(chosen: dict[str, Any], command: str) -> None:
    assert asked(request(""), {**await fields(""), **chosen}, SERVICES) == f"digest add {command}"


async def test_a_field_that_was_emptied_does_no_harm() -> None:
    emptied = {**await fields(""), "channel": None, "days": [], "time": None, "tz": None}
    assert "/devin-metrics digest add weekly monday 09:00 tz=America/New_York" in shown("", emptied)


async def test_the_language_of_the_words_stands_in_the_form_and_can_be_another() -> None:
    assert (await fields("lang=ja"))["query"] == "lang=ja"
    assert asked(request("lang=ja"), await fields("lang=ja"), SERVICES).endswith(" lang=ja")
    assert asked(request("lang=ja"), {**await fields("lang=ja"), "query": "lang=zh"}, SERVICES).endswith(" lang=zh")


@pytest.mark.parametrize(
    ("chosen", "key"),
    [
        ({"query": "2026-10"}, "digest-period-fixed"),
        ({"query": "org=nobody"}, "unknown-org"),
        ({"query": "friday 16:00"}, "rule-two"),
        ({"query": "C01OTHER org=payments"}, "two-channels"),
        ({"tz": "Nowhere"}, "unknown-zone"),
    ],
)
async def test_what_a_digest_cannot_be_is_a_problem_before_it_is_saved(chosen: dict[str, Any], key: str) -> None:
    with pytest.raises(Problem) as refused:
        asked(request(""), {**await fields(""), **chosen}, SERVICES)
    assert refused.value.key == key


async def test_words_that_no_digest_can_have_stand_in_the_form_to_be_mended() -> None:
    words = "2026-11-13..2026-11-19 org=payments"
    chosen = await fields(words)
    assert chosen["query"] == words
    assert "is the same days whenever it is sent." in shown(words, chosen)


# Changes


async def changed(**chosen: Any) -> str:
    values = digest_form.values(EDIT, request(EDIT), SERVICES)
    return asked(request(EDIT), {**values, **chosen}, SERVICES)


async def test_a_change_names_all_that_holds_then() -> None:
    assert await changed(time="10:00") == (
        "digest edit 3 every 2 weeks monday 10:00 from 2026-W47 tz=America/New_York last 2w org=payments by=week"
    )


async def test_another_rhythm_counts_anew() -> None:
    assert (await changed(often="every-3")).startswith("digest edit 3 every 3 weeks monday 09:00 tz=America/New_York ")


async def test_a_filter_that_is_gone_is_taken_away() -> None:
    assert (await changed(query="by=week")).endswith(" last 2w by=week org=all")


async def test_a_change_names_the_language_that_is_asked_for() -> None:
    assert (await changed(query="last 2w org=payments by=week lang=ja")).endswith(" by=week lang=ja")


async def test_a_change_moves_no_digest_to_a_channel_that_is_typed_into_it() -> None:
    with pytest.raises(Problem, match="digest-moves"):
        await changed(query="last 2w org=payments by=week C01OTHER")


async def test_a_split_cannot_be_taken_away() -> None:
    with pytest.raises(Problem, match="digest-split-stays"):
        await changed(query="org=payments")


async def test_a_form_for_a_change_asks_for_no_channel() -> None:
    values = await fields("")
    assert "digest-form-channel" in shown("", values)
    assert "digest-form-channel" not in shown(EDIT, values)


async def test_three_sends_are_shown() -> None:
    form = shown("", await fields("")).replace("\\xa0", " ")
    assert "Mon, Nov 23, 9:00 AM (UTC−5): Nov 16 – 22" in form
    assert form.count("(UTC−5)") == 3


async def test_without_a_database_nothing_can_be_changed() -> None:
    with pytest.raises(Problem, match="digests-need-database"):
        await digest_form.begin(request("edit 3"), SERVICES)
