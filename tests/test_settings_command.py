"""`settings`: the zone and language of whoever asks."""

from dataclasses import replace

import pytest

from bot.commands.answer import answer
from bot.messages.render import render
from bot.problems import Problem
from bot.queries.request import Preferences, Request
from tests.asking import AT, Told, ask, services


class MemoryPeople:
    """What people chose, in memory; in Slack, everybody lives in Tokyo."""

    def __init__(self) -> None:
        self.choices: dict[str, Preferences] = {}

    async def chosen(self, user: str) -> Preferences:
        """What somebody chose."""
        return self.choices.get(user, Preferences())

    async def preferences(self, user: str) -> Preferences:
        """What somebody chose, else Tokyo."""
        own = await self.chosen(user)
        return Preferences(own.tz or "Asia/Tokyo", own.lang)

    async def choose(self, user: str, chosen: Preferences) -> None:
        """Keeps a choice."""
        self.choices[user] = chosen


async def settings(text: str, kept: MemoryPeople) -> str:
    """The words that answer `settings …` in Slack."""
    asked = Request(f"settings {text}", AT, user="U1")
    return render(await answer(asked, replace(services(Told()), people=kept))).text


async def test_nothing_chosen_is_as_in_slack() -> None:
    said = await settings("", MemoryPeople())
    assert said.startswith("Your settings\nTime zone: Asia/Tokyo, as in your Slack profile")


async def test_a_choice_is_kept_and_the_other_setting_stays() -> None:
    kept = MemoryPeople()
    await settings("lang=ja", kept)
    assert "Time zone: Europe/Berlin, as you chose" in await settings("tz=europe/berlin", kept)
    assert kept.choices == {"U1": Preferences("Europe/Berlin", "ja")}


async def test_reset_takes_both_back() -> None:
    kept = MemoryPeople()
    await settings("tz=Europe/Berlin lang=ja", kept)
    assert "Time zone: Asia/Tokyo" in await settings("reset", kept)
    assert kept.choices == {"U1": Preferences()}


@pytest.mark.parametrize("text", ["org=payments", "last 7d tz=UTC vs=year", "tz=UTC share"])
async def test_settings_take_nothing_else(text: str) -> None:
    assert "takes a zone and a language, and nothing else" in await settings(text, MemoryPeople())


async def test_in_a_terminal_nobody_is_known() -> None:
    problem = (await ask("settings tz=UTC")).data["problem"]
    assert isinstance(problem, Problem)
    assert problem.key == "settings-in-slack"
