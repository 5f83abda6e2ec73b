"""The stand-in's views: what Slack's methods take and refuse, what a user does in a form, and what the bot is sent."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from bot.playground.slack.standin import Slack, View
from tests.slack_bots import Block, Clock, answering, client, link
from tests.test_standin_slack import refusal


@pytest.fixture
def slack(bare_slack: Slack) -> Slack:
    return bare_slack


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def options(*values: str) -> list[Block]:
    return [{"text": plain(value), "value": value} for value in values]


def asked(element: Block, **keys: Any) -> Block:
    """An input whose ids are the same."""
    return {"type": "input", "block_id": element["action_id"], "label": plain("?"), "element": element, **keys}


PERIOD = {"type": "static_select", "action_id": "period", "options": options("last 7d", "last week")}
NOTE = {"type": "plain_text_input", "action_id": "note"}
BUTTON = {"type": "button", "action_id": "more", "text": plain("More"), "value": "help"}


def modal(*blocks: Block, **keys: Any) -> Block:
    return {"type": "modal", "title": plain("Build"), "submit": plain("Show"), "blocks": list(blocks), **keys}


FORM = modal(
    asked({**PERIOD, "initial_option": options("last 7d")[0]}, dispatch_action=True),
    asked(NOTE, optional=True),
    {"type": "actions", "elements": [BUTTON]},
    callback_id="build",
    private_metadata="C01REPORTS",
)


async def opened(slack: Slack, view: Block = FORM) -> View:
    await client(slack).views_open(trigger_id=slack.trigger("U01NEWYORK"), view=view)
    shown = slack.modal("U01NEWYORK")
    assert shown
    return shown


def payload(body: str) -> Any:
    return json.loads(parse_qs(body)["payload"][0])


# Methods


async def test_a_trigger_opens_one_modal_within_three_seconds(slack: Slack, clock: Clock) -> None:
    trigger = slack.trigger("U01TOKYO")
    answer = await client(slack).views_open(trigger_id=trigger, view=FORM)
    view = slack.modal("U01TOKYO")
    assert view
    assert (answer["view"]["id"], answer["view"]["hash"]) == (view.id, view.hash)
    again = await refusal(client(slack).views_open(trigger_id=trigger, view=FORM))
    assert again["error"] == "exchanged_trigger_id"
    late = slack.trigger("U01TOKYO")
    clock.wait(seconds=3.1)
    assert (await refusal(client(slack).views_open(trigger_id=late, view=FORM)))["error"] == "expired_trigger_id"
    assert (await refusal(client(slack).views_open(trigger_id="t1", view=FORM)))["error"] == "invalid_trigger_id"


async def test_a_view_that_slack_refuses_leaves_the_trigger_as_it_was(slack: Slack) -> None:
    trigger = slack.trigger("U01NEWYORK")
    await refusal(client(slack).views_open(trigger_id=trigger, view=modal(title=plain("x" * 25))))
    await client(slack).views_open(trigger_id=trigger, view=FORM)


@pytest.mark.parametrize(
    ("view", "message"),
    [
        (modal(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(submit=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/submit/text]"),
        (modal(private_metadata="x" * 3001), "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
        (modal(callback_id="x" * 256), "must be less than 256 characters [json-pointer:/view/callback_id]"),
        (modal(*[{"type": "divider"}] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
        ({"type": "home", "blocks": []}, "must be a valid enum value: modal [json-pointer:/view/type]"),
        ({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
        (
            {"type": "modal", "title": plain("?"), "blocks": [asked(NOTE)]},
            "must define `submit` to use an `input` block in modals [json-pointer:/view]",
        ),
        (
            modal({"type": "data_visualization"}),
            "unsupported type: data_visualization [json-pointer:/view/blocks/0]",
        ),
        (modal(asked(BUTTON)), "unsupported type: button [json-pointer:/view/blocks/0/element]"),
        (
            modal(asked({**PERIOD, "initial_option": options("ever")[0]})),
            "initial option must exactly match one of the provided options [json-pointer:/view/blocks/0/element]",
        ),
        (
            modal(asked({**PERIOD, "options": options(*map(str, range(101)))})),
            "no more than 100 items allowed [json-pointer:/view/blocks/0/element/options]",
        ),
        (
            modal({"type": "input", "element": NOTE}),
            "missing required field: label [json-pointer:/view/blocks/0]",
        ),
    ],
)
async def test_an_invalid_view_is_refused_with_a_place(slack: Slack, view: Block, message: str) -> None:
    refused = await refusal(client(slack).views_open(trigger_id=slack.trigger("U01NEWYORK"), view=view))
    assert refused["error"] == "invalid_arguments"
    assert f"[ERROR] {message}" in refused["response_metadata"]["messages"]


async def test_an_update_of_an_older_state_is_refused(slack: Slack) -> None:
    view = await opened(slack)
    first = view.hash
    await client(slack).views_update(view_id=view.id, hash=first, view=modal(asked(NOTE)))
    assert [block["block_id"] for block in view.content["blocks"]] == ["note"]
    assert (await refusal(client(slack).views_update(view_id=view.id, hash=first, view=FORM)))["error"] == (
        "hash_conflict"
    )
    assert (await refusal(client(slack).views_update(view_id="V1", view=FORM)))["error"] == "not_found"


async def test_an_update_keeps_what_was_entered_under_the_same_ids(slack: Slack) -> None:
    view = await opened(slack)
    async with answering(slack):
        await slack.act(view, "period", "last week")
    await client(slack).views_update(view_id=view.id, view=FORM)
    assert view.values["period"]["period"]["selected_option"] == options("last week")[0]


async def test_three_modals_stand_upon_another_and_no_more(slack: Slack) -> None:
    view = await opened(slack)
    for _ in range(2):
        await client(slack).views_push(trigger_id=slack.trigger("U01NEWYORK", view.id), view=FORM)
    fourth = client(slack).views_push(trigger_id=slack.trigger("U01NEWYORK", view.id), view=FORM)
    assert (await refusal(fourth))["error"] == "push_limit_reached"
    assert [shown.root for shown in slack.modals] == [view.id] * 3


async def test_a_home_is_published_for_one_user_and_replaced(slack: Slack) -> None:
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = await client(slack).views_publish(user_id="U01TOKYO", view=home)
    second = await client(slack).views_publish(user_id="U01TOKYO", view=home, hash=first["view"]["hash"])
    assert first["view"]["id"] == second["view"]["id"] == slack.homes["U01TOKYO"].id
    conflict = client(slack).views_publish(user_id="U01TOKYO", view=home, hash=first["view"]["hash"])
    assert (await refusal(conflict))["error"] == "hash_conflict"
    assert (await refusal(client(slack).views_publish(user_id="U1", view=home)))["error"] == "user_not_found"


# What the bot is sent


async def test_a_shortcut_brings_a_trigger_and_no_response_url(slack: Slack) -> None:
    async with answering(slack) as sent:
        delivery = await slack.shortcut("build", user="U01TOKYO")
    told = payload(sent[0])
    assert (told["type"], told["callback_id"], told["user"]["id"]) == ("shortcut", "build", "U01TOKYO")
    assert slack.triggers[told["trigger_id"]].user == "U01TOKYO"
    assert (delivery.response_url, "channel" in told) == (None, False)


async def test_a_choice_in_a_form_brings_the_view_with_all_that_was_entered(slack: Slack) -> None:
    view = await opened(slack)
    async with answering(slack) as sent:
        await slack.act(view, "period", "last week")
    told = payload(sent[0])
    assert told["container"] == {"type": "view", "view_id": view.id}
    assert told["actions"][0]["selected_option"]["value"] == "last week"
    assert (told["view"]["private_metadata"], told["view"]["hash"]) == ("C01REPORTS", view.hash)
    assert told["view"]["state"]["values"]["period"]["period"]["selected_option"]["value"] == "last week"
    assert told["view"]["state"]["values"]["note"]["note"]["value"] is None
    assert "response_url" not in told
    assert slack.triggers[told["trigger_id"]].view == view.id


async def test_an_input_without_dispatch_keeps_its_value_for_the_submission(slack: Slack) -> None:
    view = await opened(slack)
    async with answering(slack) as sent:
        await slack.act(view, "note", "Friday")
        assert not sent
        await slack.submit(view, {"period": "last week"})
    told = payload(sent[0])
    assert (told["type"], told["view"]["callback_id"]) == ("view_submission", "build")
    assert told["view"]["state"]["values"]["note"]["note"]["value"] == "Friday"
    assert slack.modals == []


async def test_a_button_in_a_home_brings_its_value(slack: Slack) -> None:
    await client(slack).views_publish(
        user_id="U01TOKYO", view={"type": "home", "blocks": [{"type": "actions", "elements": [BUTTON]}]}
    )
    async with answering(slack) as sent:
        await slack.act(slack.homes["U01TOKYO"], "more")
    told = payload(sent[0])
    assert (told["actions"][0]["value"], told["view"]["type"], told["user"]["id"]) == ("help", "home", "U01TOKYO")


async def test_an_external_select_asks_for_options_and_takes_one_of_them(slack: Slack) -> None:
    view = await opened(slack, modal(asked({"type": "external_select", "action_id": "zone"})))
    async with answering(slack, {"options": options("Asia/Tokyo")}) as sent:
        delivery = await slack.suggest(view, "zone", "tok")
    assert (payload(sent[0])["type"], payload(sent[0])["value"]) == ("block_suggestion", "tok")
    async with answering(slack) as sent:
        await slack.submit(view, {"zone": delivery.body["options"][0]})
    assert payload(sent[0])["view"]["state"]["values"]["zone"]["zone"]["selected_option"]["value"] == "Asia/Tokyo"


async def test_an_opened_home_is_an_event_as_json(slack: Slack) -> None:
    async with answering(slack) as sent:
        await slack.open_home("U01TOKYO")
    told = json.loads(sent[0])
    assert (told["type"], told["event"]["type"]) == ("event_callback", "app_home_opened")
    assert (told["event"]["user"], told["event"]["tab"]) == ("U01TOKYO", "home")


async def test_over_a_websocket_an_event_takes_no_payload_with_its_ack(slack: Slack) -> None:
    async with link(slack) as socket:
        assert (await socket.receive_json())["type"] == "hello"

        async def ack() -> Any:
            envelope = await socket.receive_json()
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
            return envelope

        reading = asyncio.create_task(ack())
        await slack.open_home()
        envelope = await reading
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("events_api", False)
    assert envelope["payload"]["event"]["type"] == "app_home_opened"


# What the ack of a submission does


async def test_errors_stand_at_their_inputs_and_the_form_stays(slack: Slack) -> None:
    view = await opened(slack)
    async with answering(slack, {"response_action": "errors", "errors": {"note": "Too late."}}):
        delivery = await slack.submit(view)
    assert (delivery.error, view.errors, slack.modals) == (None, {"note": "Too late."}, [view])


async def test_errors_at_what_is_no_input_are_not_understood(slack: Slack) -> None:
    view = await opened(slack)
    async with answering(slack, {"response_action": "errors", "errors": {"nowhere": "Too late."}}):
        delivery = await slack.submit(view)
    assert delivery.error == "invalid_response_action"


async def test_what_has_to_be_filled_in_never_reaches_the_bot_empty(slack: Slack) -> None:
    view = await opened(slack)
    async with answering(slack) as sent:
        await slack.submit(view, {"period": None})
    assert (list(view.errors), sent, slack.modals) == (["period"], [], [view])


async def test_an_answer_may_change_the_form_or_put_another_upon_it_or_close_them_all(slack: Slack) -> None:
    view = await opened(slack)
    async with answering(slack, {"response_action": "update", "view": modal(asked(NOTE, optional=True))}):
        await slack.submit(view)
    assert [block["block_id"] for block in view.content["blocks"]] == ["note"]
    async with answering(slack, {"response_action": "push", "view": modal()}):
        await slack.submit(view)
    assert [shown.previous for shown in slack.modals] == [None, view.id]
    async with answering(slack, {"response_action": "clear"}):
        await slack.submit(slack.modals[-1])
    assert slack.modals == []


async def test_an_answer_with_a_view_that_slack_refuses_is_an_error_for_the_user(slack: Slack) -> None:
    view = await opened(slack)
    async with answering(slack, {"response_action": "update", "view": modal(title=plain("x" * 25))}):
        assert (await slack.submit(view)).error == "invalid_arguments"
