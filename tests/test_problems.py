"""Under which problems the same question can be asked again: those that may have passed in a minute."""

import pytest

from bot.messages.page import Page
from bot.messages.render import render
from bot.problems import PASSING, Problem

PASSES: dict[str, dict[str, object]] = {
    "devin-busy": {"tries": 3, "seconds": None, "status": 429, "detail": None},
    "devin-down": {"tries": 3, "seconds": None, "status": 503, "detail": None},
    "devin-slow": {"tries": 3, "seconds": 10},
    "devin-unreachable": {"tries": 3, "host": "api.devin.ai"},
    "devin-broke-off": {"tries": 3},
    "devin-garbled": {"tries": 1},
    "devin-odd-answer": {"tries": 1, "field": "sessions_created_count"},
    "profile-not-read": {},
}
LASTS: dict[str, dict[str, object]] = {
    "devin-unauthorized": {"tries": 1, "status": 401, "detail": None},
    "devin-rejected": {"tries": 1, "status": 422, "detail": None},
    "devin-redirect": {"tries": 1, "host": "elsewhere.example"},
    "form-too-late": {},
    "bug": {"reference": "a1b2c3"},
}


def buttons(key: str, data: dict[str, object], asked: str | None) -> list[tuple[str, str]]:
    """Action and text of the buttons under a problem."""
    message = render(Page("problems/problem", "en", {"problem": Problem(key, **data), "asked": asked}))
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [(button["action_id"], button["value"]) for row in rows for button in row]


@pytest.mark.parametrize("key", PASSES)
def test_under_a_problem_that_passes_the_same_question_can_be_asked_again(key: str) -> None:
    assert buttons(key, PASSES[key], "last week org=payments") == [("ask-again", "last week org=payments")]


@pytest.mark.parametrize("key", LASTS)
def test_under_a_problem_that_lasts_it_cannot(key: str) -> None:
    assert buttons(key, LASTS[key], "last week org=payments") == []


@pytest.mark.parametrize("key", PASSES)
def test_where_nobody_can_click_there_is_no_button(key: str) -> None:
    assert buttons(key, PASSES[key], None) == []


def test_every_problem_that_passes_is_in_the_table_above() -> None:
    assert PASSES.keys() == PASSING
