"""The playground over HTTP, as its page uses it: the bot answers, the clock is moved, and things go wrong."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from bot.cli import demo
from bot.cli.demo import playground
from bot.playground import clock as clocks
from bot.playground.simulation import EXAMPLE_COMMANDS
from bot.problems import Problem
from tests.in_slack import free_port

pytestmark = pytest.mark.usefixtures("nothing_set", "time_enough")
Json = dict[str, Any]
FRIDAY = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)
BEFORE_SPRING = datetime(2027, 3, 12, 15, 0, tzinfo=UTC)  # In New York the clocks change on March 14.
NEW_YORK, TOKYO = "U01NEWYORK", "U01TOKYO"
REPORTS = "C01REPORTS"
PATIENCE = 60  # Seconds until a test gives up.


@dataclass
class Visitor:
    """A page in somebody's browser."""

    url: str
    session: aiohttp.ClientSession
    user: str = NEW_YORK

    async def state(self) -> Json:
        async with self.session.get(f"{self.url}/api/state", params={"user": self.user}) as response:
            told: Json = await response.json()
            return told

    async def sees(self, holds: Callable[[Json], Any]) -> Any:
        """What holds of the state, as soon as it does: the events say when there is another one to look at."""
        async with asyncio.timeout(PATIENCE), self.session.get(f"{self.url}/api/events") as events:
            async for line in events.content:
                if line.startswith(b"data:") and (found := holds(await self.state())):
                    return found
        raise AssertionError("the events ended")

    async def message(self, text: str, count: int = 1) -> Json:
        """The newest message with this text, as soon as there are so many."""

        def found(state: Json) -> Json | None:
            messages = [message for message in state["messages"] if text in message["text"]]
            return messages[-1] if len(messages) >= count else None

        message: Json = await self.sees(found)
        return message

    async def post(self, path: str, **body: Any) -> Json:
        """A request that works."""
        status, answer = await self.try_to_post(path, **body)
        assert (status, answer.get("error")) == (200, None)
        return answer

    async def try_to_post(self, path: str, headers: dict[str, str] | None = None, **body: Any) -> tuple[int, Json]:
        own = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"} if headers is None else headers
        async with self.session.post(f"{self.url}/api/{path}", json=body, headers=own) as response:
            return response.status, await response.json()

    async def ask(self, text: str, channel: str = REPORTS) -> None:
        await self.post("command", user=self.user, channel=channel, text=text)

    async def modal(self) -> Json:
        view: Json = await self.sees(lambda state: state["modals"] and state["modals"][-1])
        return view


@asynccontextmanager
async def visiting(begin: datetime = FRIDAY) -> AsyncIterator[Visitor]:
    """A visitor of a playground that begins at a moment."""
    began = datetime.now(UTC)
    async with (
        playground(0, lambda: begin + (datetime.now(UTC) - began)) as opened,
        aiohttp.ClientSession() as session,
    ):
        yield Visitor(opened.url, session)


def at(message: Json, zone: str = "America/New_York") -> datetime:
    return datetime.fromtimestamp(float(message["ts"]), ZoneInfo(zone))


def kinds(message: Json) -> set[str]:
    return {block["type"] for block in message["blocks"]}


@pytest.fixture
def time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine may take longer for what a visitor would not wait for."""
    monkeypatch.setattr(clocks, "LONGEST_MOVE", PATIENCE)
    monkeypatch.setattr(demo, "STOP_TIMEOUT", PATIENCE)


async def test_a_command_is_answered_to_whoever_typed_it_with_numbers_that_are_marked_as_made_up() -> None:
    async with visiting() as visitor:
        await visitor.ask("last week org=payments")
        answer = await visitor.message("Payments: ")
        assert "These numbers are made up" in answer["text"]
        assert (answer["channel"], answer["ephemeral"], answer["user"]) == (REPORTS, True, "U01METRICS")
        for visitor.user in (TOKYO, ""):
            assert not (await visitor.state())["messages"]


async def test_the_state_tells_who_and_what_is_there() -> None:
    async with visiting() as visitor:
        state = await visitor.state()
        assert {user["tz"] for user in state["users"]} == {"America/New_York", "Asia/Tokyo", "Europe/Berlin"}
        assert [channel["name"] for channel in state["channels"]] == ["reports", "leadership", "random"]
        assert (state["command"], state["hint"]) == ("/devin-metrics", "last 7d org=payments")
        assert state["bot"] == {"id": "U01METRICS", "name": "Devin Metrics"}
        assert [shortcut["callback_id"] for shortcut in state["shortcuts"]] == ["build", "digest-form"]
        assert datetime.fromisoformat(state["now"]) - FRIDAY < timedelta(minutes=5)
        assert all(fault["label"] and not fault["on"] for fault in state["faults"])
        assert (state["home"], state["modals"]) == (None, [])


async def test_all_that_a_newcomer_is_told_to_type_is_answered() -> None:
    async with visiting() as visitor:
        for count, text in enumerate(EXAMPLE_COMMANDS, 1):
            await visitor.ask(text)
            state = await visitor.sees(lambda state: _answers(state) >= count and state)  # noqa: B023 (used at once)
            assert not [message["text"] for message in state["messages"] if "did not understand" in message["text"]]


def _answers(state: Json) -> int:
    """Messages to the asker that are no lines of progress; the file comes to the direct messages beside its note."""
    private = [message for message in state["messages"] if message["ephemeral"]]
    return len([message for message in private if message["blocks"]])


async def test_a_button_under_a_private_answer_shares_it_with_everybody() -> None:
    async with visiting() as visitor:
        await visitor.ask("last week org=payments")
        answer = await visitor.message("Payments: ")
        await visitor.post("click", user=NEW_YORK, channel=REPORTS, ts=answer["ts"], action_id="share")
        visitor.user = TOKYO
        shared = await visitor.message("Payments: ")
        assert (shared["ephemeral"], shared["edited"]) == (False, False)


async def test_what_somebody_cannot_see_they_cannot_click() -> None:
    async with visiting() as visitor:
        await visitor.ask("last week org=payments")
        answer = await visitor.message("Payments: ")
        click = {"channel": REPORTS, "ts": answer["ts"], "action_id": "share"}
        assert (await visitor.try_to_post("click", user=TOKYO, **click))[0] == 404
        status, told = await visitor.try_to_post("click", user=NEW_YORK, **{**click, "action_id": "nothing"})
        assert (status, told["error"]) == (404, "That is not there any more. The page shows what is.")


async def test_what_the_bot_does_not_acknowledge_is_said_to_whoever_typed_it() -> None:
    async with playground(0, lambda: FRIDAY) as opened, aiohttp.ClientSession() as session:
        opened.simulation.slack.drop_envelopes()
        body: Json = {"user": NEW_YORK, "channel": REPORTS, "text": "help"}
        status, told = await Visitor(opened.url, session).try_to_post("command", **body)
        assert status == 409
        assert told["error"].startswith("The bot did not acknowledge that in time")


async def test_words_without_a_command_are_a_message_and_a_direct_message_stays_between_two() -> None:
    async with visiting() as visitor:
        await visitor.post("message", user=NEW_YORK, channel=REPORTS, message="Who looks at this?")
        await visitor.post("message", user=NEW_YORK, channel=NEW_YORK, message="Only the bot reads this")
        await visitor.ask("last 7d", channel=NEW_YORK)
        answer = await visitor.message("Last 7 full days: ")
        assert answer["channel"] == NEW_YORK
        visitor.user = TOKYO
        (message,) = (await visitor.state())["messages"]
        assert (message["user"], message["text"]) == (NEW_YORK, "Who looks at this?")


async def test_the_reader_in_tokyo_is_answered_in_tokyo_time() -> None:
    async with visiting() as visitor:
        visitor.user = TOKYO
        await visitor.ask("last 7d lang=en")
        assert "Tokyo time" in (await visitor.message("Last 7 full days: "))["text"]


async def test_a_form_says_what_is_missing_follows_what_is_chosen_and_is_submitted() -> None:
    async with visiting() as visitor:
        await visitor.post("shortcut", user=NEW_YORK, callback_id="digest-form")
        form = await visitor.modal()
        in_form = {"user": NEW_YORK, "view_id": form["id"]}
        answer = await visitor.post("submit", **in_form, values={})
        assert answer["errors"] == {"digest-form-channel": "Please complete this required field."}
        assert (await visitor.modal())["errors"] == answer["errors"]
        await visitor.post("act", **in_form, action_id="digest-form-channel", value=REPORTS)
        entered = (await visitor.sees(lambda state: state["modals"][-1]["state"]["values"]))["digest-form-channel"]
        assert entered["digest-form-channel"]["selected_conversation"] == REPORTS
        answer = await visitor.post("submit", **in_form, values={"digest-form-channel": REPORTS})
        assert answer["errors"] is None
        await visitor.message("Digest 1 is set up")
        assert not (await visitor.state())["modals"]


async def test_words_that_are_still_being_typed_count_when_something_else_is_chosen() -> None:
    async with visiting() as visitor:
        await visitor.post("shortcut", user=NEW_YORK, callback_id="digest-form")
        in_form = {"user": NEW_YORK, "view_id": (await visitor.modal())["id"]}
        typed = {"digest-form-query": "last 4w org=search"}
        await visitor.post("act", **in_form, action_id="digest-form-often", value="daily", values=typed)
        await visitor.sees(
            lambda state: "daily 09:00 tz=America/New_York last 4w org=search" in json.dumps(state["modals"])
        )


async def test_a_form_that_is_closed_is_gone() -> None:
    async with visiting() as visitor:
        await visitor.post("shortcut", user=NEW_YORK, callback_id="build")
        form = await visitor.modal()
        await visitor.post("close", user=NEW_YORK, view_id=form["id"])
        assert not (await visitor.state())["modals"]
        assert (await visitor.try_to_post("close", user=NEW_YORK, view_id=form["id"]))[0] == 404


async def test_a_message_names_the_bot_as_slack_writes_it_and_may_be_a_reply() -> None:
    async with visiting() as visitor:
        said: Json = {"user": NEW_YORK, "channel": REPORTS}
        await visitor.post("message", **said, message="@Devin Metrics <b> & @tokyo")
        root = await visitor.message("<@U01METRICS> &lt;b&gt; &amp; <@U01TOKYO>")
        await visitor.post("message", **said, message="And by size?", thread=root["ts"])
        assert (await visitor.message("And by size?"))["thread_ts"] == root["ts"]
        assert (await visitor.try_to_post("message", **said, message="Hello", thread="1.000001"))[0] == 404


async def test_home_is_shown_when_it_is_opened_and_answers_in_the_direct_messages() -> None:
    async with visiting() as visitor:
        await visitor.post("home", user=NEW_YORK)
        home = await visitor.sees(lambda state: state["home"])
        await visitor.post("act", user=NEW_YORK, view_id=home["id"], action_id="ask-7d")
        answer = await visitor.message("Last 7 full days: ")
        assert (answer["channel"], answer["ephemeral"]) == (NEW_YORK, False)
        assert (await visitor.try_to_post("act", user=TOKYO, view_id=home["id"], action_id="ask-7d"))[0] == 404


async def test_a_csv_comes_as_a_file_that_can_be_fetched() -> None:
    async with visiting() as visitor:
        await visitor.post("message", user=NEW_YORK, channel=NEW_YORK, message="Hello")
        await visitor.ask("csv last 4w by=week")
        files = await visitor.sees(lambda state: [file for message in state["messages"] for file in message["files"]])
        async with visitor.session.get(visitor.url + files[0]["url"]) as response:
            content = await response.read()
        assert files[0]["name"].endswith(".csv")
        assert (len(content), content.count(b"row,label,after")) == (files[0]["size"], 1)


async def test_a_digest_comes_when_the_clock_is_moved_a_week_at_its_own_time() -> None:
    async with visiting() as visitor:
        await visitor.ask("digest add weekly monday 9:00")
        await visitor.message("Digest 1 is set up")
        now = await visitor.post("clock", days=7)
        assert datetime.fromisoformat(now["now"]) >= FRIDAY + timedelta(days=7)
        visitor.user = TOKYO
        digest = await visitor.message("Last week: ")
        assert (digest["channel"], digest["ephemeral"]) == (REPORTS, False)
        assert f"{at(digest):%a %H:%M}" == "Mon 09:00"
        assert "late" not in digest["text"]
        assert "These numbers are made up" in digest["text"]


async def test_a_digest_stays_at_nine_when_the_clocks_change() -> None:
    async with visiting(BEFORE_SPRING) as visitor:
        await visitor.ask("digest add daily 9:00 yesterday")
        await visitor.message("Digest 1 is set up")
        await visitor.post("clock", to="2027-03-15T12:00:00-04:00")
        posts = await visitor.sees(_digests_of(3))
        assert [f"{at(post):%d %H:%M %z}" for post in posts] == ["13 09:00 -0500", "14 09:00 -0400", "15 09:00 -0400"]


def _digests_of(count: int) -> Callable[[Json], list[Json]]:
    """What a digest has posted into its channel, after its first words there, as soon as that is so much."""

    def found(state: Json) -> list[Json]:
        posts = [message for message in state["messages"] if not message["ephemeral"] and message["metadata"]]
        roots = [post for post in posts if not post["thread_ts"]]
        return roots if len(roots) >= count else []

    return found


async def test_of_a_long_way_the_end_is_caught_up_as_after_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "MOST_SENDS_IN_A_MOVE", 2)
    async with visiting() as visitor:
        await visitor.ask("digest add daily 9:00 yesterday")
        await visitor.message("Digest 1 is set up")
        await visitor.post("clock", days=90)
        *_, last = posts = await visitor.sees(_digests_of(3))
        assert len(posts) == 3
        assert at(last) - at(posts[1]) > timedelta(days=80)
        assert "late" in last["text"]


@pytest.mark.parametrize(
    ("path", "body"), [("clock", {"hours": 1}), ("fault", {"key": "devin-slow", "on": True})], ids=["clock", "fault"]
)
async def test_a_page_that_is_open_hears_of_what_was_changed_in_another_one(path: str, body: Json) -> None:
    async with visiting() as visitor, visitor.session.get(f"{visitor.url}/api/events") as events:
        first = await events.content.readuntil(b"\n\n")
        await visitor.post(path, **body)
        async with asyncio.timeout(PATIENCE):
            assert await events.content.readuntil(b"\n\n") != first


@pytest.mark.parametrize("move", [{"days": -1}, {"days": 400}, {"to": "2020-01-01T00:00:00Z"}, {}])
async def test_the_clock_goes_forward_only_and_not_for_ever(move: Json) -> None:
    async with visiting() as visitor:
        status, told = await visitor.try_to_post("clock", **move)
        assert (status, told["error"][:32]) == (409, "The clock only goes forward, and")


async def test_a_fault_holds_until_it_is_switched_off() -> None:
    async with visiting() as visitor:
        await visitor.post("fault", key="devin-403", on=True)
        assert [fault["key"] for fault in (await visitor.state())["faults"] if fault["on"]] == ["devin-403"]
        await visitor.ask("last week org=payments")
        await visitor.message("403")
        await visitor.ask("last week org=search")
        await visitor.message("403", count=2)
        await visitor.post("fault", key="devin-403", on=False)
        await visitor.ask("last week org=payments")
        await visitor.message("Payments: ")
        assert (await visitor.try_to_post("fault", key="nothing", on=True))[0] == 404


async def test_where_slack_refuses_charts_or_tables_the_numbers_come_in_plainer_blocks() -> None:
    async with visiting() as visitor:
        await visitor.ask("last 4w by=week")
        assert "data_visualization" in kinds(await visitor.message("Last 4 full weeks: "))
        await visitor.post("fault", key="slack-no-charts", on=True)
        await visitor.ask("last 4w by=week")
        plainer = kinds(await visitor.message("Last 4 full weeks: ", count=2))
        assert "data_visualization" not in plainer
        assert "table" in plainer
        await visitor.post("fault", key="slack-no-tables", on=True)
        await visitor.ask("last 4w by=week")
        assert not {"table", "data_table"} & kinds(await visitor.message("Last 4 full weeks: ", count=3))


async def test_another_site_in_the_same_browser_cannot_drive_the_playground() -> None:
    async with visiting() as visitor:
        own = {"Origin": visitor.url}
        port = visitor.url.rpartition(":")[2]
        for headers in (
            {"Origin": "https://example.com"},
            {"Origin": "null"},
            {},
            {**own, "Sec-Fetch-Site": "cross-site"},
            {**own, "Content-Type": "text/plain"},
            {"Origin": f"http://rebound.example:{port}", "Host": f"rebound.example:{port}"},
        ):
            body = {"user": NEW_YORK, "channel": REPORTS, "text": "help"}
            status, told = await visitor.try_to_post("command", headers, **body)
            assert (status, told["error"]) == (403, "Only the playground’s own page may ask that.")
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Host": "rebound.example"}):
            read = visitor.session.get(f"{visitor.url}/api/state", params={"user": NEW_YORK}, headers=headers)
            async with read as response:
                assert response.status == 403
        assert not (await visitor.state())["messages"]


async def test_the_page_loads_nothing_from_elsewhere_and_no_other_file_is_served() -> None:
    async with visiting() as visitor:
        async with visitor.session.get(visitor.url) as response:
            assert response.content_type == "text/html"
            assert response.headers["Content-Security-Policy"].startswith("default-src 'self'")
            assert response.headers["Cache-Control"] == "no-store"
        for path in ("/page/nothing.js", "/page/..%2Fsite.py", "/page/%2Fetc%2Fpasswd", "/site.py", "/api/nothing"):
            async with visitor.session.get(visitor.url + path) as response:
                assert response.status == 404
                assert (await response.json())["error"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("command", {"user": NEW_YORK}, 400),
        ("command", {"user": NEW_YORK, "channel": REPORTS, "text": "x" * 4001}, 400),
        ("command", {"user": "U0", "channel": REPORTS, "text": ""}, 404),
        ("command", {"user": NEW_YORK, "channel": TOKYO, "text": ""}, 404),
        ("message", {"user": NEW_YORK, "channel": REPORTS, "message": ""}, 400),
        ("shortcut", {"user": NEW_YORK, "callback_id": "nothing"}, 404),
        ("submit", {"user": NEW_YORK, "view_id": "V0", "values": {"x": 1}}, 400),
        ("submit", {"user": NEW_YORK, "view_id": "V0"}, 404),
        ("clock", {"to": "2026-12-01"}, 400),
        ("clock", {"days": "many"}, 400),
    ],
)
async def test_a_request_that_makes_no_sense_is_refused_in_words(path: str, body: Json, status: int) -> None:
    async with visiting() as visitor:
        told, answer = await visitor.try_to_post(path, **body)
        assert (told, bool(answer["error"])) == (status, True)


async def test_a_port_that_is_taken_is_said_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Problem) as refused:
            async with playground(taken.getsockname()[1], lambda: FRIDAY):
                pass
    assert refused.value.key == "cannot-listen"


async def test_real_credentials_in_the_environment_have_no_part_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DEVIN_API_KEY"):
        monkeypatch.setenv(name, "of-somebody")
    for name in ("SLACK_API_URL", "DEVIN_API_URL"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}/")
    async with visiting() as visitor:
        await visitor.ask("last week org=payments")
        await visitor.message("Payments: ")


def test_told_to_end_it_ends_at_once_though_an_answer_is_under_way() -> None:
    command = [sys.executable, "-m", "bot", "demo", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        first = process.stdout.readline()
        url = first.split()[1]
        assert first == f"Playground: {url} (made-up data, no key needed)\n"
        asyncio.run(_ask_slowly(url))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, said) == (0, "")


async def _ask_slowly(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        visitor = Visitor(url, session)
        await visitor.post("fault", key="devin-slow", on=True)
        await visitor.ask("last 7d")
        assert json.dumps(await visitor.state())
