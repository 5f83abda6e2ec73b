"""What a view may hold, and how it is refused."""

from typing import Any

import pytest

from bot.messages.view import Home, InvalidView, Modal

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def option(value: str) -> Block:
    return {"text": plain(value), "value": value}


def asked(element: Block, **keys: Any) -> Block:
    return {"type": "input", "block_id": "period", "label": plain("Period"), "element": element, **keys}


def select(kind: str = "static_select", **keys: Any) -> Block:
    return {"type": kind, "action_id": "period", "placeholder": plain("?"), "options": [option("last 7d")], **keys}


def radio(**keys: Any) -> Block:
    return {"type": "radio_buttons", "action_id": "vs", "options": [option("year")], **keys}


def modal(*blocks: Block, **keys: Any) -> Modal:
    words = {"callback_id": "build", "title": "Build a report", "submit": "Show", "close": "Cancel"}
    return Modal(**{**words, **keys}, blocks=blocks)


def faults(*blocks: Block, **keys: Any) -> list[str]:
    with pytest.raises(InvalidView) as refused:
        modal(*blocks, **keys)
    return refused.value.faults


def test_a_modal_is_what_views_open_takes() -> None:
    view = modal(asked(select()), private_metadata="last 7d").as_dict()
    assert (view["type"], view["title"]) == ("modal", plain("Build a report"))
    assert (view["private_metadata"], view["blocks"]) == ("last 7d", [asked(select())])


def test_a_home_is_what_views_publish_takes() -> None:
    assert Home(({"type": "divider"},)).as_dict() == {"type": "home", "blocks": [{"type": "divider"}]}


@pytest.mark.parametrize(
    "element",
    [
        select(initial_option=option("last 7d")),
        select("multi_static_select", initial_options=[option("last 7d")]),
        {"type": "external_select", "action_id": "zone", "placeholder": plain("Zone")},
        {
            "type": "conversations_select",
            "action_id": "channel",
            "placeholder": plain("Channel"),
            "filter": {"include": ["public", "private"]},
            "initial_conversation": "C01REPORTS",
        },
        radio(initial_option=option("year")),
        {"type": "plain_text_input", "action_id": "text", "initial_value": "last 7d", "max_length": 1500},
        {"type": "datepicker", "action_id": "first", "initial_date": "2026-11-20"},
        {"type": "timepicker", "action_id": "time", "initial_time": "09:00"},
    ],
    ids=lambda element: element["type"],
)
def test_a_form_asks_with_each_of_these(element: Block) -> None:
    modal(asked(element, dispatch_action=True, optional=True))


@pytest.mark.parametrize(
    ("keys", "pointer"),
    [
        ({"title": "x" * 25}, "/title"),
        ({"submit": "x" * 25}, "/submit"),
        ({"close": "x" * 25}, "/close"),
        ({"callback_id": "x" * 256}, "/callback_id"),
        ({"private_metadata": "x" * 3001}, "/private_metadata"),
    ],
)
def test_what_stands_around_the_blocks_is_limited(keys: Block, pointer: str) -> None:
    (fault,) = faults(**keys)
    assert fault.startswith(f"{pointer}: ")


def test_a_view_has_a_hundred_blocks_at_most() -> None:
    divider: Block = {"type": "divider"}
    modal(*[divider] * 100)
    assert faults(*[divider] * 101)


@pytest.mark.parametrize(
    "element",
    [
        select(options=[option(str(number)) for number in range(101)]),
        select(initial_option=option("last week")),
        select("multi_static_select", initial_options=[option("last week")]),
        radio(options=[option(str(number)) for number in range(11)]),
        {"type": "button", "action_id": "share", "text": plain("Share")},
        {"type": "datepicker", "action_id": "first", "initial_date": "today"},
    ],
)
def test_an_input_is_refused_at_its_place(element: Block) -> None:
    (fault,) = faults(asked(element))
    assert fault.startswith("/blocks/0/element")


def test_charts_and_tables_stand_in_messages_only() -> None:
    assert faults({"type": "data_visualization"}) == ["/blocks/0: Type should be a known one"]


def test_no_two_inputs_have_the_same_block_id() -> None:
    assert faults(asked(select()), asked(select())) == ["/blocks: block_ids should be unique"]


def test_a_view_has_250_kilobytes_at_most() -> None:
    assert faults(*[{"type": "section", "text": plain("x" * 3000)}] * 100) == [
        ": View should have at most 250000 characters"
    ]
