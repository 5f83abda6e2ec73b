"""Forms in Slack, over both transports: opened, followed, refused at a field, and answered like the command."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.playground.devin.standin import DevinFault
from bot.playground.slack.standin import Post, Slack, SlackFault, View
from tests.in_slack import Mode, World, bot_in_slack

pytestmark = pytest.mark.usefixtures("nothing_set")
both = pytest.mark.parametrize("mode", ["socket", "http"])


async def form(world: World) -> View:
    """The form that was opened."""
    return await world.slack.until(lambda: world.slack.modal("U01NEWYORK"))


def typed(view: View) -> str:
    """The command that is the same as the form."""
    [block] = [block for block in view.content["blocks"] if "preformatted" in str(block)]
    text: str = block["elements"][0]["elements"][0]["text"]
    return text


def chosen(view: View, field: str) -> Any:
    """What a field holds."""
    [held] = [value for key, value in view.values[field][field].items() if key != "type"]
    return held["value"] if isinstance(held, dict) else held


def with_button(slack: Slack, value: str, action: str = "build") -> Post:
    """A message as an earlier process has posted it, with a button that opens a form."""
    button = {"type": "button", "action_id": action, "value": value, "text": {"type": "plain_text", "text": "Form"}}
    return slack.post("C01REPORTS", {"text": "?", "blocks": [{"type": "actions", "elements": [button]}]})


def updates(world: World) -> int:
    """How often the form was to be changed."""
    return sum(call.method == "views.update" for call in world.slack.calls)


def given_up(logged: Sequence[Mapping[str, Any]]) -> list[str]:
    """Why changes of a form were not shown, of all that the bot has logged."""
    return [line["reason"] for line in logged if line["event"] == "form-not-followed"]


async def follows(world: World, view: View, command: str) -> None:
    await world.slack.until(lambda: typed(view) == command)


@both
async def test_a_shortcut_opens_the_form_whose_answer_comes_as_a_direct_message(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        assert (await world.slack.shortcut("build")).error is None
        view = await form(world)
        assert typed(view) == "/devin-metrics last 7d"
        await world.slack.act(view, "build-period", "last week")
        await follows(world, view, "/devin-metrics last week")
        await world.slack.act(view, "build-org", ["Payments"])
        await follows(world, view, "/devin-metrics last week org=Payments")
        assert (await world.slack.submit(view)).error is None
        (answer,) = await world.answered("Payments: ")
        assert (answer.channel, answer.ephemeral_to) == ("U01NEWYORK", None)
        assert answer.blocks
        assert world.slack.modals == []


@both
async def test_a_button_of_an_earlier_process_opens_the_form_with_its_text(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        post = with_button(world.slack, "2026-10-01..2026-10-31 org=search by=week vs=none tz=Asia/Tokyo share")
        await world.slack.click(post, "build")
        view = await form(world)
        fields = {field: chosen(view, f"build-{field}") for field in ("period", "first", "last", "by", "vs")}
        assert fields == {
            "period": "dates",
            "first": "2026-10-01",
            "last": "2026-10-31",
            "by": "week",
            "vs": "none",
        }
        assert [option["value"] for option in chosen(view, "build-org")] == ["Search"]
        assert typed(view) == ("/devin-metrics 2026-10-01..2026-10-31 org=Search vs=none by=week tz=Asia/Tokyo")


@both
async def test_what_was_opened_from_a_message_is_answered_there_for_the_asker_alone(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        post = with_button(world.slack, "last week org=payments")
        await world.slack.click(post, "build")
        await world.slack.submit(await form(world))
        (answer,) = await world.answered("Payments: ")
        assert (answer.channel, answer.ephemeral_to) == ("C01REPORTS", "U01NEWYORK")
        assert world.slack.find(post.ts) == post


@both
async def test_own_dates_that_are_wrong_are_an_error_at_the_field(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        await world.slack.shortcut("build")
        view = await form(world)
        await world.slack.act(view, "build-period", "dates")
        await world.slack.until(lambda: "build-last" in view.values)
        await world.slack.submit(view, {"build-first": "2026-10-31", "build-last": "2026-10-01"})
        assert list(view.errors) == ["build-last"]
        assert view.errors["build-last"].startswith("The range ends before it begins")
        await world.slack.submit(view, {"build-first": "2099-01-01", "build-last": "2099-01-02"})
        assert list(view.errors) == ["build-first"]
        assert world.slack.modals == [view]
        assert not world.devin.requests


@both
async def test_of_two_quick_changes_the_line_has_both(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        await world.slack.shortcut("build")
        view = await form(world)
        world.slack.faults["views.update"] += [SlackFault(), SlackFault(delay=0.3)]
        await world.slack.act(view, "build-period", "last week")
        await world.slack.act(view, "build-vs", "none")
        await follows(world, view, "/devin-metrics last week vs=none")


@both
async def test_a_change_that_a_later_one_has_overtaken_is_given_up(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        await world.slack.shortcut("build")
        view = await form(world)
        world.slack.faults["views.update"].append(SlackFault(delay=0.3))
        with capture_logs() as logged:
            await world.slack.act(view, "build-period", "last week")
            await world.slack.act(view, "build-vs", "none")
            async with asyncio.timeout(30):
                while not given_up(logged) and updates(world) < 3:  # noqa: ASYNC110 (a line in a log is no event)
                    await asyncio.sleep(0.01)
        assert given_up(logged) == ["hash_conflict"]
        assert updates(world) == 2
        assert typed(view) == "/devin-metrics last week vs=none"


@both
async def test_a_trigger_that_is_used_too_late_is_told_in_words(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        world.slack.faults["views.open"].append(SlackFault(error="expired_trigger_id"))
        assert (await world.slack.shortcut("build")).error is None
        (told,) = await world.answered("The form could not be opened")
        assert told.channel == "U01NEWYORK"
        assert world.slack.modals == []


async def test_where_slack_does_not_open_the_form_the_words_have_its_reason(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        world.slack.faults["views.open"].append(SlackFault(error="internal_error"))
        await world.slack.click(with_button(world.slack, "last week"), "build")
        (told,) = await world.answered("Slack did not open the form (“internal_error”).")
        assert told.ephemeral_to == "U01NEWYORK"


async def test_the_form_does_not_wait_for_a_slow_profile(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, {"users:read"}, access={"guests": True}) as world:
        world.slack.faults["users.info"].append(SlackFault(delay=5))
        await world.slack.shortcut("build")
        assert "UTC" in str((await form(world)).content)


async def test_a_form_is_in_the_zone_of_whoever_opens_it(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, {"users:read"}) as world:
        await world.slack.shortcut("build")
        view = await form(world)
        assert "New York time" in str(view.content)
        await world.slack.act(view, "build-period", "last week")
        await follows(world, view, "/devin-metrics last week")
        assert "New York time" in str(view.content)


async def test_a_form_of_a_text_that_cannot_be_read_is_told_in_words(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        await world.slack.click(with_button(world.slack, "lst 7d"), "build")
        await world.answered("Did you mean “last 7d”?")


async def test_a_form_that_another_version_has_opened_is_answered(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        await world.slack.shortcut("build")
        view = await form(world)
        view.content["private_metadata"] = json.dumps({"text": "last week org=search", "of_next_year": 1})
        await world.slack.act(view, "build-vs", "none")
        await follows(world, view, "/devin-metrics last 7d vs=none")
        view.content["private_metadata"] = json.dumps({"of_next_year": 1})
        assert (await world.slack.submit(view)).error is None
        await world.answered("Last 7 full days: ")


@pytest.mark.parametrize(
    "kept", ["", "[1]", "5", "null", "no JSON", '{"text": null}', '{"lang": "xx"}', '{"text": "last week"}']
)
async def test_a_form_that_lacks_what_this_version_asks_is_answered(tmp_path: Path, kept: str) -> None:
    async with bot_in_slack("http", tmp_path) as world:
        await world.slack.shortcut("build")
        view = await form(world)
        view.content["private_metadata"] = kept
        view.content["blocks"] = view.content["blocks"][:1]
        view.values = {"build-period": view.values["build-period"]}
        dispatch = await world.slack.submit(view)
        assert (dispatch.status, dispatch.error) == (200, None)
        assert view.errors["build-period"].startswith("This form lacks something that this bot asks")


async def test_a_form_made_by_hand_without_fields_is_answered_directly(tmp_path: Path) -> None:
    async with bot_in_slack("http", tmp_path) as world:
        view = {"id": "V1", "type": "modal", "callback_id": "build", "blocks": [], "state": {}}
        submission = {"type": "view_submission", "user": {"id": "U01NEWYORK"}, "view": view}
        assert (await world.slack.interaction(submission)).status == 200
        (line,) = await world.answered("This form lacks something that this bot asks")
        assert line.channel == "U01NEWYORK"


async def test_beyond_what_can_wait_the_form_stays_with_a_busy_line(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, limits={"concurrent_answers": 1}) as world:
        released = asyncio.Event()
        world.devin.faults.extend([DevinFault(until=released)] * 4)
        for _ in range(2):
            await world.slack.command("last week org=payments")
        await world.slack.shortcut("build")
        view = await form(world)
        await world.slack.submit(view)
        assert view.errors["build-period"].startswith("Many people are asking right now")
        released.set()
        await world.answered("Payments: ", count=2)
        await world.slack.submit(view)
        assert world.slack.modals == []


@both
async def test_a_button_of_a_home_opens_the_form(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        payload = {
            "type": "block_actions",
            "user": {"id": "U01NEWYORK"},
            "container": {"type": "view", "view_id": "V1"},
            "view": {"id": "V1", "type": "home"},
            "actions": [{"type": "button", "action_id": "build", "value": "last month"}],
        }
        await world.slack.interaction(payload)
        view = await form(world)
        assert typed(view) == "/devin-metrics last month"
        await world.slack.submit(view)
        (answer,) = await world.answered("sessions")
        assert answer.channel == "U01NEWYORK"


# Digests

SCOPES = {"users:read", "channels:read"}  # With these, digests may come to a channel, in their steward's zone.


@both
async def test_a_digest_is_set_up_in_a_form_that_shows_its_next_sends(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, SCOPES) as world:
        await world.slack.click(with_button(world.slack, "last 4w org=payments", "digest-form"), "digest-form")
        view = await form(world)
        zone = "tz=America/New_York"
        await follows(
            world, view, f"/devin-metrics digest add weekly monday 09:00 #C01REPORTS {zone} last 4w org=payments"
        )
        await world.slack.act(view, "digest-form-days", ["tuesday", "friday"])
        await world.slack.act(view, "digest-form-time", "16:30")
        await follows(
            world,
            view,
            f"/devin-metrics digest add weekly tuesday,friday 16:30 #C01REPORTS {zone} last 4w org=payments",
        )
        [sends] = [block for block in view.content["blocks"] if "rich_text_list" in str(block)]
        assert len(sends["elements"][0]["elements"]) == 3
        assert "4:30\N{NO-BREAK SPACE}PM (UTC−" in sends["elements"][0]["elements"][0]["elements"][0]["text"]
        await world.slack.submit(view)
        hello, answer = await world.answered("Every Tuesday and Friday at 4:30", count=2)
        assert (hello.ephemeral_to, answer.ephemeral_to) == (None, "U01NEWYORK")
        assert world.slack.modals == []


async def test_a_digest_from_a_shortcut_asks_for_its_channel(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, SCOPES) as world:
        await world.slack.shortcut("digest-form")
        view = await form(world)
        await world.slack.submit(view)
        assert list(view.errors) == ["digest-form-channel"]
        await world.slack.act(view, "digest-form-channel", "C01REPORTS")
        await follows(world, view, "/devin-metrics digest add weekly monday 09:00 #C01REPORTS tz=America/New_York")
        await world.slack.submit(view)
        _, answer = await world.answered("Every Monday at 9:00", count=2)
        assert answer.channel == "U01NEWYORK"


@both
async def test_what_a_digest_cannot_say_is_an_error_at_the_field(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, SCOPES) as world:
        await world.slack.click(with_button(world.slack, "last week", "digest-form"), "digest-form")
        view = await form(world)
        await world.slack.submit(view, {"digest-form-query": "2026-10"})
        assert list(view.errors) == ["digest-form-query"]
        await world.slack.submit(view, {"digest-form-query": None, "digest-form-tz": "Tokio"})
        assert list(view.errors) == ["digest-form-tz"]
        assert "Asia/Tokyo" in view.errors["digest-form-tz"]


async def test_spaces_in_a_field_are_nothing(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, SCOPES) as world:
        await world.slack.click(with_button(world.slack, "last week org=payments", "digest-form"), "digest-form")
        view = await form(world)
        await world.slack.act(view, "digest-form-query", "   ")
        await world.slack.act(view, "digest-form-tz", " ")
        await follows(world, view, "/devin-metrics digest add weekly monday 09:00 #C01REPORTS tz=America/New_York")
        assert not [post for post in world.slack.posts if "went wrong" in post.text]


@both
async def test_a_digest_is_changed_in_the_same_form(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, SCOPES) as world:
        await world.slack.command("digest add every 2 weeks monday 9:00 org=payments vs=year tz=Asia/Tokyo")
        await world.answered("Every 2 weeks on Monday")
        await world.slack.click(with_button(world.slack, "edit 1", "digest-form"), "digest-form")
        view = await form(world)
        assert view.content["title"]["text"] == "Change digest 1"
        assert chosen(view, "digest-form-often") == "every-2"
        assert chosen(view, "digest-form-query") == "org=payments vs=year"
        await world.slack.submit(view, {"digest-form-often": "monthly", "digest-form-query": "vs=year"})
        (answer,) = await world.answered("On day 1 of every month at 9:00")
        assert "all organizations" in answer.text


async def test_a_digest_that_is_gone_is_told_in_words(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        await world.slack.click(with_button(world.slack, "edit 7", "digest-form"), "digest-form")
        await world.answered("There is no digest")
