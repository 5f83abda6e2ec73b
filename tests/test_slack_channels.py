"""Slack's channels over real sockets: what was posted, what was not, and what nobody knows until it is looked for."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.commands.channel_errors import channel_problem, standing_problem
from bot.commands.ports import Person, Receipt, SlackError, Standing
from bot.messages.message import Message
from bot.playground.slack.standin import Channel, Slack, SlackFault, User
from bot.queries.request import AS_INSTALLED, Names
from bot.slack.channels import SlackChannels
from bot.slack.client import MOST_PAGES, PAGE, auth_test, web_client
from bot.slack.fallback import TABLES, Fallback
from tests.in_slack import bot_in_slack, free_port
from tests.slack_bots import FRIDAY, Clock, client
from tests.test_fallback import CHART, NUMBERS

JSON = {"Content-Type": "application/json"}
SECTION: dict[str, Any] = {"type": "section", "text": {"type": "plain_text", "text": "184 sessions", "emoji": False}}
DIGEST = Message("Last week: 184 sessions", (SECTION,))
CHARTED = Message("389, 207, 1,421, 214", (SECTION, CHART))
HISTORY = {"channels:history", "groups:history"}


@pytest.fixture
def slack(bare_slack: Slack) -> Slack:
    bare_slack.scopes.update({"users:read", "channels:read", "groups:read"} | HISTORY)
    return bare_slack


@pytest.fixture
def fallback() -> Fallback:
    return Fallback()


async def as_installed(_team: str) -> Names:
    return AS_INSTALLED


@pytest.fixture
async def channels(slack: Slack, fallback: Fallback, clock: Clock) -> AsyncIterator[SlackChannels]:
    async with aiohttp.ClientSession() as session:
        yield SlackChannels(web_client(slack.bot_token, slack.api_url, session), fallback, clock, as_installed)


async def failure(call: Any) -> SlackError:
    with pytest.raises(SlackError) as raised:
        await call
    return raised.value


def called(slack: Slack, method: str) -> int:
    return [call.method for call in slack.calls].count(method)


# A post


async def test_a_post_carries_its_delivery_where_nobody_sees_it_and_unfolds_no_links(
    slack: Slack, channels: SlackChannels
) -> None:
    receipt = await channels.post("C01REPORTS", DIGEST, delivery="d1")
    [post] = slack.posts
    assert receipt == Receipt("C01REPORTS", post.ts)
    assert (post.text, post.blocks) == (DIGEST.text, [SECTION])
    assert post.metadata == {"event_type": "devin_metrics_delivery", "event_payload": {"delivery": "d1"}}
    assert slack.calls[0].arguments.items() >= {"unfurl_links": False, "unfurl_media": False}.items()


async def test_what_is_no_delivery_carries_nothing(slack: Slack, channels: SlackChannels) -> None:
    await channels.post("C01REPORTS", DIGEST)
    assert slack.posts[0].metadata is None


async def test_an_addition_goes_into_the_thread_of_its_message(slack: Slack, channels: SlackChannels) -> None:
    first = await channels.post("C01REPORTS", DIGEST)
    await channels.post("C01REPORTS", DIGEST, thread=first.ts)
    assert slack.posts[1].thread_ts == first.ts


async def test_a_person_is_posted_to_by_the_user_id(slack: Slack, channels: SlackChannels) -> None:
    assert (await channels.post("U01TOKYO", DIGEST)).channel == "D01TOKYO"
    assert [post.channel for post in slack.posts] == ["U01TOKYO"]


async def test_where_slack_takes_no_charts_the_numbers_come_in_a_table_and_the_next_ones_begin_there(
    slack: Slack, channels: SlackChannels, fallback: Fallback
) -> None:
    """Complaint 14: what Slack takes changes, and differs from one workspace to the next."""
    slack.refuses.add("data_visualization")
    await channels.post("C01REPORTS", CHARTED, delivery="d1")
    await channels.post("C01REPORTS", CHARTED, delivery="d2")
    assert [[block["type"] for block in post.blocks] for post in slack.posts] == [["section", "table"]] * 2
    assert all(number in str(slack.posts[0].blocks) for number in NUMBERS)
    assert [post.metadata and post.metadata["event_payload"] for post in slack.posts] == [
        {"delivery": "d1"},
        {"delivery": "d2"},
    ]
    assert (called(slack, "chat.postMessage"), fallback.first(FRIDAY)) == (3, TABLES)


@pytest.mark.parametrize("error", ["invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"])
async def test_where_slack_takes_none_of_the_blocks_the_text_has_it_all(
    slack: Slack, channels: SlackChannels, error: str
) -> None:
    slack.faults["chat.postMessage"].extend([SlackFault(error=error)] * 3)
    await channels.post("C01REPORTS", CHARTED)
    assert [(post.text, post.blocks) for post in slack.posts] == [(CHARTED.text, [])]


async def test_on_the_way_down_an_unclear_answer_ends_it(slack: Slack, channels: SlackChannels) -> None:
    slack.faults["chat.postMessage"].extend([SlackFault(error="invalid_blocks"), SlackFault(drop=True, accepted=True)])
    assert (await failure(channels.post("C01REPORTS", CHARTED))).unclear
    assert (called(slack, "chat.postMessage"), len(slack.posts)) == (2, 1)


# What did not send


@pytest.mark.parametrize(
    "code",
    [
        *("channel_not_found", "not_in_channel", "is_archived", "restricted_action", "no_text", "msg_too_long"),
        *("restricted_action_read_only_channel", "restricted_action_thread_locked", "messages_tab_disabled"),
        *("missing_scope", "invalid_auth", "token_revoked", "account_inactive", "not_authed", "metadata_too_large"),
        *("message_limit_exceeded", "ekm_access_denied", "team_access_not_granted", "user_disabled", "no_such_error"),
    ],
)
async def test_a_refusal_with_status_200_is_a_failure_and_is_not_repeated(
    slack: Slack, channels: SlackChannels, code: str
) -> None:
    """Complaints 9 and 14: Slack answers 200 with `ok: false`, and many products booked that as sent."""
    slack.faults["chat.postMessage"].append(SlackFault(error=code))
    error = await failure(channels.post("C01REPORTS", CHARTED, delivery="d1"))
    assert (error.code, error.unclear, called(slack, "chat.postMessage")) == (code, False, 1)


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (SlackFault(status=429, headers={"Retry-After": "7"}), 7),
        (SlackFault(status=429, headers={"Retry-After": "30"}, body=b"<html>"), 30),
        (SlackFault(status=429, headers={"Retry-After": "soon"}), None),
        (SlackFault(error="rate_limited"), None),
        (SlackFault(error="ratelimited"), None),
    ],
)
async def test_too_many_posts_are_a_refusal_that_says_when_to_come_back(
    slack: Slack, channels: SlackChannels, fault: SlackFault, wait: float | None
) -> None:
    slack.faults["chat.postMessage"].append(fault)
    error = await failure(channels.post("C01REPORTS", CHARTED))
    assert (error.code, error.unclear, error.retry_after) == ("ratelimited", False, wait)
    assert called(slack, "chat.postMessage") == 1


@pytest.mark.parametrize("status", [400, 403, 404, 413])
async def test_a_4xx_that_is_not_slacks_own_did_not_send(slack: Slack, channels: SlackChannels, status: int) -> None:
    slack.faults["chat.postMessage"].append(SlackFault(status=status, body=b"<html>Your proxy</html>"))
    error = await failure(channels.post("C01REPORTS", DIGEST))
    assert (error.code, error.unclear) == (f"http_{status}", False)


async def test_where_nobody_listens_nothing_was_sent(fallback: Fallback, clock: Clock) -> None:
    async with aiohttp.ClientSession() as session:
        gone = web_client("xoxb-gone", f"http://127.0.0.1:{free_port()}/api/", session)
        error = await failure(SlackChannels(gone, fallback, clock, as_installed).post("C01REPORTS", DIGEST))
    assert (error.code, error.unclear) == ("unreachable", False)


# What nobody knows


@pytest.mark.parametrize("accepted", [True, False], ids=["there", "not there"])
@pytest.mark.parametrize(
    "fault",
    [
        SlackFault(drop=True),
        SlackFault(delay=5),
        SlackFault(status=500),
        SlackFault(status=502, body=b"<html>"),
        SlackFault(status=503),
        SlackFault(error="fatal_error"),
        SlackFault(error="internal_error"),
        SlackFault(error="service_unavailable"),
        SlackFault(error="request_timeout"),
        SlackFault(body=b'{"ok": true, "channel": "C01REPORTS"}', headers=JSON),
        SlackFault(body=b'{"ok": true, "ts', headers=JSON),
        SlackFault(body=b'{"ok": false}', headers=JSON),
        SlackFault(body=b'["ok"]', headers=JSON),
        SlackFault(body=b"[]", headers=JSON),
        SlackFault(body=b"", headers=JSON),
        SlackFault(body=b"<html>Please log in</html>"),
    ],
    ids=lambda fault: str(fault.error or fault.status or fault.body or ("drop" if fault.drop else "slow")),
)
async def test_a_post_whose_answer_says_nothing_is_unclear_is_not_repeated_and_is_found_where_it_is(
    slack: Slack, channels: SlackChannels, monkeypatch: pytest.MonkeyPatch, fault: SlackFault, accepted: bool
) -> None:
    """Complaints 2 and 9: the server accepts and then drops the reply; nine copies in one case."""
    monkeypatch.setattr("bot.slack.client.DEADLINE", 0.5)
    slack.faults["chat.postMessage"].append(replace(fault, accepted=accepted))
    error = await failure(channels.post("C01REPORTS", CHARTED, delivery="d1"))
    assert (error.unclear, called(slack, "chat.postMessage"), len(slack.posts)) == (True, 1, int(accepted))
    found = await channels.find("C01REPORTS", "d1", FRIDAY)
    assert found == (Receipt("C01REPORTS", slack.posts[0].ts) if accepted else None)


# Looking before a second try


async def test_only_the_bots_own_post_of_this_very_delivery_is_found(slack: Slack, channels: SlackChannels) -> None:
    """Complaint 2: a marker that anybody could have copied proves nothing."""
    await channels.post("C01REPORTS", DIGEST, delivery="d1")
    mark = {"metadata": {"event_type": "devin_metrics_delivery", "event_payload": {"delivery": "d2"}}}
    other = {"metadata": {"event_type": "task_created", "event_payload": {"delivery": "d2"}}}
    slack.post("C01REPORTS", {"text": "Look!", **mark}, author="U01TOKYO")
    slack.post("C01REPORTS", {"text": "184 sessions", **other})
    slack.post("C01RANDOM", {"text": "184 sessions", **mark})
    assert await channels.find("C01REPORTS", "d2", FRIDAY) is None
    ours = slack.post("C01REPORTS", {"text": "184 sessions", **mark})
    assert await channels.find("C01REPORTS", "d2", FRIDAY) == Receipt("C01REPORTS", ours.ts)


async def test_it_is_found_behind_much_else(slack: Slack, channels: SlackChannels) -> None:
    receipt = await channels.post("C01REPORTS", DIGEST, delivery="d1")
    for _ in range(2 * PAGE):
        slack.post("C01REPORTS", {"text": "Good morning"}, author="U01TOKYO")
    assert await channels.find("C01REPORTS", "d1", FRIDAY) == receipt
    assert called(slack, "conversations.history") == 3


async def test_where_there_is_too_much_to_read_nobody_says_that_it_is_not_there(
    slack: Slack, channels: SlackChannels
) -> None:
    """Complaint 2: taken for absent, it would be posted again."""
    await channels.post("C01REPORTS", DIGEST, delivery="d1")
    for _ in range(MOST_PAGES * PAGE):
        slack.post("C01REPORTS", {"text": "Good morning"}, author="U01TOKYO")
    assert (await failure(channels.find("C01REPORTS", "d1", FRIDAY))).code == "history_too_long"
    assert called(slack, "conversations.history") == MOST_PAGES


async def test_what_is_older_is_not_read_though_clocks_may_differ_by_minutes(
    channels: SlackChannels, clock: Clock
) -> None:
    receipt = await channels.post("C01REPORTS", DIGEST, delivery="d1")
    assert await channels.find("C01REPORTS", "d1", clock.at + timedelta(minutes=4)) == receipt
    assert await channels.find("C01REPORTS", "d1", clock.at + timedelta(minutes=6)) is None


async def test_a_reply_is_found_in_its_thread_or_in_the_channel_where_slack_has_put_it(
    slack: Slack, channels: SlackChannels
) -> None:
    root = await channels.post("C01REPORTS", DIGEST, delivery="d1")
    reply = await channels.post("C01REPORTS", DIGEST, delivery="d2", thread=root.ts)
    find = partial(channels.find, "C01REPORTS", since=FRIDAY, thread=root.ts)
    assert (await find("d2"), await find("d3")) == (reply, None)
    assert await channels.find("C01REPORTS", "d2", FRIDAY) is None
    slack.delete(slack.posts[0])
    astray = await channels.post("C01REPORTS", DIGEST, delivery="d3", thread=root.ts)
    assert await find("d3") == astray


async def test_a_direct_message_is_looked_for_where_its_conversation_is_known(
    slack: Slack, channels: SlackChannels
) -> None:
    slack.scopes.add("im:history")
    assert (await failure(channels.find("U01TOKYO", "d1", FRIDAY))).code == "channel_not_found"
    assert slack.calls == []
    receipt = await channels.post("U01TOKYO", DIGEST, delivery="d1")
    assert await channels.find("U01TOKYO", "d1", FRIDAY) == receipt
    assert await channels.find("D01TOKYO", "d1", FRIDAY) == receipt


@pytest.mark.parametrize(
    ("channel", "needed"), [("C01REPORTS", "channels:history"), ("G01BOARD", "groups:history"), ("D01X", "im:history")]
)
async def test_without_the_scope_nobody_says_that_it_is_not_there(
    slack: Slack, channels: SlackChannels, channel: str, needed: str
) -> None:
    slack.channels["G01BOARD"].is_member = True
    slack.users["U01X"] = User("x")
    slack.scopes -= HISTORY
    error = await failure(channels.find(channel, "d1", FRIDAY))
    assert (error.code, error.needed) == ("missing_scope", needed)


@pytest.mark.parametrize(
    ("enterprise", "org_wide", "told"),
    [
        ("", False, ("T01STANDIN", "", False)),
        ("E01GRID", False, ("T01STANDIN", "E01GRID", False)),
        ("E01GRID", True, ("E01GRID", "E01GRID", True)),
    ],
)
async def test_a_token_tells_whether_it_is_a_workspace_s_or_that_of_a_whole_organization(
    slack: Slack, enterprise: str, org_wide: bool, told: tuple[str, str, bool]
) -> None:
    slack.enterprise_id, slack.is_enterprise_install = enterprise, org_wide
    workspace = await auth_test(client(slack))
    assert (workspace.team, workspace.enterprise, workspace.org_wide) == told


@pytest.mark.parametrize("method", ["auth.test", "conversations.replies", "conversations.history"])
@pytest.mark.parametrize(
    "fault", [SlackFault(status=500), SlackFault(status=429), SlackFault(error="fatal_error"), SlackFault(drop=True)]
)
async def test_a_look_that_fails_does_not_say_that_it_is_not_there(
    slack: Slack, channels: SlackChannels, method: str, fault: SlackFault
) -> None:
    root = await channels.post("C01REPORTS", DIGEST)
    slack.faults[method].extend([fault] * 2)  # aiohttp repeats a GET that was dropped, once.
    await failure(channels.find("C01REPORTS", "d1", FRIDAY, thread=root.ts))


# How a channel is


@pytest.mark.parametrize(
    ("channel", "standing", "problem", "refusal"),
    [
        (Channel("joined"), Standing(), None, None),
        (Channel("public", is_member=False), Standing(member=False), "channel-not-joined", "channel-not-joined"),
        (Channel("board", is_private=True), Standing(private=True), None, None),
        (Channel("old", is_archived=True), Standing(archived=True), "channel-archived", "channel-archived"),
        (Channel("partner", is_ext_shared=True), Standing(shared=True), "channel-shared", None),
        (Channel("invited", is_pending_ext_shared=True), Standing(shared=True), "channel-shared", None),
    ],
    ids=lambda value: value.name if isinstance(value, Channel) else "",
)
async def test_how_the_bot_stands_in_a_channel_says_whether_it_can_post_there(
    slack: Slack, channels: SlackChannels, channel: Channel, standing: Standing, problem: Any, refusal: Any
) -> None:
    """Complaint 16: a channel that is private, archived or left; the words say what to type."""
    slack.channels["C01X"] = channel
    found = standing_problem(await channels.standing("C01X"), "C01X")
    assert (await channels.standing("C01X"), found and found.key) == (standing, problem)
    if refusal is None:
        assert (await channels.post("C01X", DIGEST)).channel == "C01X"
    else:
        assert channel_problem(await failure(channels.post("C01X", DIGEST)), "C01X").key == refusal


async def test_a_private_channel_without_the_bot_and_one_that_never_was_look_the_same(channels: SlackChannels) -> None:
    """Complaint 16."""
    for channel in ("G01BOARD", "C01ELSEWHERE"):
        for call in (channels.standing(channel), channels.post(channel, DIGEST)):
            error = await failure(call)
            assert (error.code, channel_problem(error, channel).key) == ("channel_not_found", "channel-not-found")


async def test_where_slack_may_not_tell_the_scope_is_named(slack: Slack, channels: SlackChannels) -> None:
    slack.scopes.remove("channels:read")
    error = await failure(channels.standing("C01REPORTS"))
    assert (error.needed, channel_problem(error, "C01REPORTS").data) == ("channels:read", {"scope": "channels:read"})


async def test_a_direct_message_is_open_without_asking(slack: Slack, channels: SlackChannels) -> None:
    assert (await channels.standing("D01TOKYO"), slack.calls) == (Standing(), [])


async def test_no_channels_and_no_people_are_ever_listed(slack: Slack, channels: SlackChannels) -> None:
    """Complaint 15: the picker of channels that times out."""
    receipt = await channels.post("C01REPORTS", DIGEST, delivery="d1")
    await channels.find("C01REPORTS", "d1", FRIDAY, thread=receipt.ts)
    await channels.standing("C01REPORTS")
    await channels.person("U01TOKYO")
    assert not [call.method for call in slack.calls if "list" in call.method or call.method == "users.conversations"]


# Who somebody is


@pytest.mark.parametrize(
    ("user", "person"),
    [
        (User("eve", real_name="Eve Õunapuu", display_name="eve.o"), Person("Eve Õunapuu")),
        (User("eve", real_name="", display_name="eve.o"), Person("eve.o")),
        (User("eve", real_name=""), Person("eve")),
        (User("eve", real_name="Eve", deleted=True), Person("Eve", gone=True)),
    ],
)
async def test_somebody_has_the_name_that_colleagues_know_and_may_be_gone(
    slack: Slack, channels: SlackChannels, user: User, person: Person
) -> None:
    slack.users["U01EVE"] = user
    assert await channels.person("U01EVE") == person


async def test_of_strangers_and_without_the_scope_there_is_nothing_to_tell(
    slack: Slack, channels: SlackChannels
) -> None:
    assert (await failure(channels.person("U01STRANGER"))).code == "user_not_found"
    slack.scopes.remove("users:read")
    assert (await failure(channels.person("U01TOKYO"))).needed == "users:read"


# Clicks on what was posted


@pytest.mark.usefixtures("nothing_set")
@pytest.mark.parametrize("place", ["C01REPORTS", "U01TOKYO"])
@pytest.mark.parametrize("action", ["ask", "ask-arrived", "ask-again"])
async def test_a_button_on_a_post_asks_what_it_carries_and_leaves_the_post(
    tmp_path: Path, place: str, action: str
) -> None:
    button = {"type": "button", "action_id": action, "value": "help", "text": {"type": "plain_text", "text": "Help"}}
    async with bot_in_slack("socket", tmp_path) as world, aiohttp.ClientSession() as session:
        bot = web_client(world.slack.bot_token, world.slack.api_url, session)
        await SlackChannels(bot, Fallback(), lambda: datetime.now(UTC), as_installed).post(place, DIGEST)
        post = world.slack.posts[0]
        world.slack.rewrite(post, {"text": DIGEST.text, "blocks": [{"type": "actions", "elements": [button]}]})
        assert (await world.slack.click(world.slack.posts[0], action, user="U01TOKYO")).error is None
        (answer,) = await world.answered("Ask for Devin session metrics")
        assert (answer.channel, answer.ephemeral_to) == (place, "U01TOKYO")
        assert [post.text for post in world.slack.posts] == [DIGEST.text, answer.text]
