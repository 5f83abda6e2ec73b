"""Events from the stand-in for Slack: mentions, direct messages, repetitions, and what stands around each."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from slack_bolt.request import internals
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.playground.slack.standin import Channel, Slack, User
from tests.slack_bots import REPORT, Clock, answering, client, link

OTHER_COMPANY = User("partner", team_id="T03PARTNER")
OTHER_GRID = User("partner", team_id="T03PARTNER", enterprise_id="E03PARTNER")
SIBLING = User("sibling", team_id="T02SIBLING", enterprise_id="E01STANDIN")


@pytest.fixture
def slack(bare_slack: Slack) -> Slack:
    bare_slack.scopes |= {"app_mentions:read", "im:history"}
    bare_slack.channels["C03SHARED"] = Channel("shared", is_ext_shared=True)
    return bare_slack


@pytest.fixture
async def sent(slack: Slack) -> AsyncIterator[list[str]]:
    """The bodies that a bot is sent over HTTP."""
    async with answering(slack) as bodies:
        yield bodies


# Mentions and direct messages


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("last 7d", "<@U01METRICS> last 7d"),
        ("@devin_metrics last 7d", "<@U01METRICS> last 7d"),
        ("please, @Devin Metrics: last 7d", "please, <@U01METRICS>: last 7d"),
        ("@devin_metricsx a & b <c>", "<@U01METRICS> @devin_metricsx a &amp; b &lt;c&gt;"),
        ("last 7d @tokyo #reports", "<@U01METRICS> last 7d <@U01TOKYO> <#C01REPORTS|reports>"),
    ],
)
async def test_a_mention_is_posted_and_told_as_slack_writes_it(
    slack: Slack, sent: list[str], typed: str, told: str
) -> None:
    dispatch = await slack.mention(typed, user="U01TOKYO")
    event = dispatch.payload["event"]
    assert (event["type"], event["text"], event["user"], event["channel"]) == (
        "app_mention",
        told,
        "U01TOKYO",
        "C01REPORTS",
    )
    [post] = slack.posts
    assert (post.text, post.author, post.ts, event["event_ts"]) == (told, "U01TOKYO", event["ts"], event["ts"])
    assert (dispatch.kind, dispatch.status, len(sent)) == ("events_api", 200, 1)


async def test_a_direct_message_is_told_as_one(slack: Slack, sent: list[str]) -> None:
    event = (await slack.direct_message("last 7d", user="U01TOKYO")).payload["event"]
    assert (event["type"], event["channel_type"], event["channel"]) == ("message", "im", "D01TOKYO")
    assert ("subtype" in event, "bot_id" in event, len(sent)) == (False, False, 1)


async def test_a_mention_in_a_direct_message_is_no_app_mention(slack: Slack, sent: list[str]) -> None:
    event = (await slack.direct_message("@devin_metrics last 7d")).payload["event"]
    assert (event["type"], event["text"], len(sent)) == ("message", "<@U01METRICS> last 7d", 1)


async def test_a_message_with_files_has_a_subtype(slack: Slack, sent: list[str]) -> None:
    event = (await slack.direct_message("", files=[{"id": "F1"}])).payload["event"]
    assert (event["subtype"], event["files"], event["text"], len(sent)) == ("file_share", [{"id": "F1"}], "", 1)


@pytest.mark.parametrize("scope", ["app_mentions:read", "im:history"])
async def test_without_the_scope_the_bot_hears_nothing(slack: Slack, sent: list[str], scope: str) -> None:
    slack.scopes.remove(scope)
    said = await (slack.mention("last 7d") if scope == "app_mentions:read" else slack.direct_message("last 7d"))
    assert (said.kind, sent, len(slack.posts)) == (None, [], 1)


async def test_of_a_channel_it_is_not_in_and_of_other_messages_the_bot_hears_nothing(
    slack: Slack, sent: list[str]
) -> None:
    await slack.mention("last 7d", channel="C01RANDOM")
    await slack.say("last 7d")
    assert (sent, len(slack.posts)) == ([], 2)


async def test_a_mention_in_a_thread_names_the_message_that_the_thread_began_with(
    slack: Slack, sent: list[str]
) -> None:
    root = slack.post("C01REPORTS", {"text": "last week"})
    reply = slack.post("C01REPORTS", {"text": "by size", "thread_ts": root.ts})
    event = (await slack.mention("by org", thread=reply.ts)).payload["event"]
    assert (event["thread_ts"], event["parent_user_id"], len(sent)) == (root.ts, slack.bot_user_id, 1)
    assert slack.posts[-1].thread_ts == root.ts
    with pytest.raises(LookupError):
        await slack.mention("by org", thread="1.000001")


async def test_a_click_in_a_thread_tells_of_the_thread_even_on_a_private_message(slack: Slack, sent: list[str]) -> None:
    root = slack.post("C01REPORTS", {"text": "last week"})
    private = slack.post("C01REPORTS", {"blocks": REPORT, "thread_ts": root.ts}, "U01NEWYORK")
    told = (await slack.click(private, "why")).payload
    assert (told["container"]["thread_ts"], "message" in told, len(sent)) == (root.ts, False, 1)


async def test_anything_else_can_be_told_too(slack: Slack, sent: list[str]) -> None:
    joined = {"type": "message", "subtype": "channel_join", "user": "U01TOKYO", "channel": "C01REPORTS"}
    told = await slack.event(joined, event_id="Ev1", event_time=1)
    assert (told.payload["event"], told.payload["event_id"], told.payload["event_time"]) == (joined, "Ev1", 1)
    assert len(sent) == 1


# Once more


async def test_an_event_comes_again_with_its_id_and_over_http_a_header_counts(slack: Slack, clock: Clock) -> None:
    headers: list[Mapping[str, str]] = []
    async with answering(slack, headers=headers) as sent:
        first = await slack.mention("last 7d")
        clock.wait(minutes=1)
        await slack.repeat(first)
        await slack.repeat(first, 2, "http_error")
    assert (sent[0], sent[0], len(slack.posts)) == (sent[1], sent[2], 1)
    assert [told.get("X-Slack-Retry-Num") for told in headers] == [None, "1", "2"]
    assert [told.get("X-Slack-Retry-Reason") for told in headers] == [None, "http_timeout", "http_error"]
    assert headers[0]["X-Slack-Request-Timestamp"] != headers[1]["X-Slack-Request-Timestamp"]


async def test_over_a_socket_the_envelope_counts_and_has_an_id_of_its_own(slack: Slack) -> None:
    slack.ack_timeout = 0.02
    async with link(slack) as socket:
        first = await slack.mention("last 7d")
        await slack.repeat(first, 3)
        await socket.receive()
        told = [await socket.receive_json() for _ in range(2)]
    assert [(one["retry_attempt"], one["retry_reason"]) for one in told] == [(0, ""), (3, "http_timeout")]
    assert told[0]["payload"] == told[1]["payload"]
    assert told[0]["envelope_id"] != told[1]["envelope_id"]


# The bot's own direct messages


async def test_the_bot_hears_its_own_direct_messages(slack: Slack) -> None:
    told: list[Any] = []
    slack.tell = told.append
    await client(slack).chat_postMessage(channel="U01TOKYO", text="Good morning")
    await client(slack).chat_postMessage(channel="C01REPORTS", text="Good morning")
    [event] = told
    assert (event["type"], event["channel_type"], event["channel"]) == ("message", "im", "D01TOKYO")
    assert (event["bot_id"], event["user"], "subtype" in event) == (slack.bot_id, slack.bot_user_id, False)
    slack.scopes.remove("im:history")
    await client(slack).chat_postMessage(channel="U01TOKYO", text="Good night")
    assert len(told) == 1


async def test_its_own_direct_message_reaches_the_bot_after_the_call_has_been_answered(slack: Slack) -> None:
    async with link(slack) as socket:
        await socket.receive()
        await client(slack).chat_postMessage(channel="U01TOKYO", text="Good morning")
        envelope = await socket.receive_json()
    assert (envelope["type"], envelope["payload"]["event"]["text"]) == ("events_api", "Good morning")


async def test_its_own_direct_message_by_a_response_url_has_a_subtype_and_no_user(slack: Slack) -> None:
    told: list[Any] = []
    slack.tell = told.append
    async with answering(slack):
        url = (await slack.command("last 7d", channel="D01NEWYORK")).response_url
    await AsyncWebhookClient(url or "").send(text="for one person")
    await AsyncWebhookClient(url or "").send(text="184 sessions", response_type="in_channel")
    [event] = told
    assert (event["subtype"], event["bot_id"], event["text"]) == ("bot_message", slack.bot_id, "184 sessions")
    assert "user" not in event


# Workspaces and organizations


async def told(slack: Slack, user: str, channel: str = "C03SHARED", **how: Any) -> Any:
    """What is sent of a mention by a user."""
    async with answering(slack):
        return (await slack.mention("last 7d", user=user, channel=channel, **how)).payload


async def test_an_event_tells_for_which_installation_it_is(slack: Slack) -> None:
    payload = await told(slack, "U01TOKYO", "C01REPORTS")
    assert (payload["team_id"], payload["context_team_id"]) == (slack.team_id, slack.team_id)
    assert (payload["context_enterprise_id"], payload["is_ext_shared_channel"]) == (None, False)
    authorization = {"enterprise_id": None, "team_id": slack.team_id, "is_bot": True, "is_enterprise_install": False}
    assert payload["authorizations"] == [authorization | {"user_id": slack.bot_user_id}]
    assert payload["event"]["team"] == slack.team_id
    assert {"user_team", "source_team", "user_profile"} & payload["event"].keys() == set()


async def test_where_the_app_is_in_a_whole_organization_the_authorization_has_no_team(slack: Slack) -> None:
    slack.enterprise_id, slack.is_enterprise_install = "E01STANDIN", True
    payload = await told(slack, "U01TOKYO", "C01REPORTS")
    assert (payload["team_id"], payload["enterprise_id"]) == (slack.team_id, "E01STANDIN")
    [authorization] = payload["authorizations"]
    assert (authorization["team_id"], authorization["enterprise_id"]) == (None, "E01STANDIN")
    assert internals.extract_is_enterprise_install(payload) is True


@pytest.mark.parametrize(
    ("user", "known", "actor"),
    [
        (OTHER_COMPANY, "T03PARTNER", ("T03PARTNER", None)),
        (OTHER_GRID, "E03PARTNER", (None, "E03PARTNER")),
    ],
)
async def test_a_mention_by_another_company_s_user_has_the_installation_s_team_and_beside_it_the_user_s(
    slack: Slack, user: User, known: str, actor: tuple[str | None, str | None]
) -> None:
    slack.users["U03PARTNER"] = user
    payload = await told(slack, "U03PARTNER")
    event = payload["event"]
    assert (payload["team_id"], event["team"], payload["is_ext_shared_channel"]) == (slack.team_id, slack.team_id, True)
    assert (event["user_team"], event["source_team"], event["user_profile"]) == (known, known, {"team": known})
    assert internals.extract_team_id(payload) == slack.team_id
    assert internals.extract_actor_team_id(payload) == actor[0]
    assert internals.extract_actor_enterprise_id(payload) == actor[1]


async def test_a_direct_message_by_another_company_s_user_has_the_user_s_team_outside(slack: Slack) -> None:
    slack.users["U03PARTNER"] = OTHER_GRID
    async with answering(slack):
        payload = (await slack.direct_message("last 7d", user="U03PARTNER")).payload
    assert (payload["team_id"], payload["enterprise_id"]) == ("T03PARTNER", "E03PARTNER")
    assert (payload["context_team_id"], payload["is_ext_shared_channel"]) == (slack.team_id, True)
    assert (payload["event"]["team"], internals.extract_team_id(payload)) == ("T03PARTNER", slack.team_id)


@pytest.mark.parametrize("how", [{"user": "U02SIBLING"}, {"user": "U01TOKYO", "team": "T02SIBLING"}])
async def test_an_event_may_come_from_another_workspace_of_the_organization(slack: Slack, how: dict[str, str]) -> None:
    slack.enterprise_id = "E01STANDIN"
    slack.users["U02SIBLING"] = SIBLING
    payload = await told(slack, channel="C01REPORTS", **how)
    assert (payload["team_id"], payload["event"]["team"]) == ("T02SIBLING", "T02SIBLING")
    assert (payload["event"]["user_team"], payload["enterprise_id"]) == ("T02SIBLING", "E01STANDIN")
    assert payload["is_ext_shared_channel"] is False
