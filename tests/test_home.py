"""What somebody sees in the bot's own tab."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.commands.answer import answer
from bot.commands.home import MOST_DIGESTS, home, in_order
from bot.commands.ports import Services
from bot.messages.render import render_home
from bot.queries.request import AS_INSTALLED, Asked, Preferences, Request
from bot.schedules.delivery import BY_HAND, Delivery, Digest
from tests.asking import AT, BEFORE, NOW, Told, services
from tests.digests_told import ToldDigests
from tests.test_digest_messages import delivery, digest
from tests.test_messages import HOSTILE
from tests.test_settings_command import MemoryPeople

Block = dict[str, Any]
LAST_WEEK = Asked("last week org=payments", "Payments: 161 sessions, 93 shipped", AT - timedelta(hours=1))


@dataclass
class ToldQuestions:
    """What was asked, the newest first."""

    asked: Sequence[Asked] = ()

    async def last(self, user: str) -> list[Asked]:
        """What anybody asked."""
        assert user
        return list(self.asked)

    async def keep(self, user: str, question: Asked) -> None:
        """Nothing is kept by looking."""
        raise AssertionError(user, question)


def workspace(
    digests: Iterable[Digest] = (),
    asked: Sequence[Asked] = (),
    sent: Iterable[Delivery] = (),
    chosen: Preferences | None = None,
) -> Services:
    told, kept = ToldDigests({one.id: one for one in digests}, list(sent)), MemoryPeople()
    kept.choices["U1"] = chosen or Preferences()
    asking = services(Told(*[NOW, BEFORE] * 30))
    return replace(asking, digests=told, questions=ToldQuestions(asked), people=kept)


async def blocks(**known: Any) -> list[Block]:
    """Home, as Ada sees it."""
    page = await home(Request("", AT, user="U1", tz="America/New_York"), workspace(**known))
    made: list[Block] = render_home(page, AS_INSTALLED).as_dict()["blocks"]
    return made


def texts(part: Any) -> Iterator[str]:
    """All words of a block or of several, a paragraph or a label each."""
    if isinstance(part, list):
        for one in part:
            yield from texts(one)
    elif part.get("type") == "rich_text_section":
        yield "".join(run.get("text", f"<#{run.get('channel_id')}>") for run in part["elements"])
    elif isinstance(part.get("text"), str):
        yield part["text"]
    else:
        for key in ("text", "elements", "accessory"):
            yield from texts(part.get(key, []))


async def words(**known: Any) -> str:
    return "\n".join(texts(await blocks(**known))).replace("\N{NO-BREAK SPACE}", " ")


def asking(made: Iterable[Block]) -> dict[str, str]:
    """The text that each button and each choice of a menu asks, by its action_id and its words."""
    found = [element for block in made for element in [*block.get("elements", []), block.get("accessory", {})]]
    buttons = {element["action_id"]: element["value"] for element in found if element.get("type") == "button"}
    menus = [(element["action_id"], element["options"]) for element in found if element.get("type") == "overflow"]
    return buttons | {f"{name}: {one['text']['text']}": one["value"] for name, options in menus for one in options}


async def test_a_newcomer_sees_buttons_first_steps_and_settings() -> None:
    told = await words()
    assert "First steps" in told
    assert "/devin-metrics digest add weekly monday 9:00" in told
    assert "Your settings" in told
    assert "Digests" not in told
    assert "Sends of all" not in told


async def test_quick_buttons_ask_as_if_it_had_been_typed() -> None:
    assert asking(await blocks()) == {
        "ask-7d": "last 7d",
        "ask-week": "this week",
        "ask-trend": "last 12w by=week",
        "build": "last 7d",
        "digest-form": "weekly monday 9:00",
    }


async def test_what_was_asked_last_can_be_asked_again() -> None:
    asked = [replace(LAST_WEEK, text=text) for text in ("last 4w", "last week org=payments", "this month vs=year")]
    made = await blocks(asked=asked)
    again = [text for action, text in asking(made).items() if action.startswith("ask-again")]
    assert again == ["last 4w", "last week org=payments", "this month vs=year"]
    told = "\n".join(texts(made)).replace("\N{NO-BREAK SPACE}", " ")
    assert "last 4w\nPayments: 161 sessions, 93 shipped · Fri, Nov 20, 1:05 PM" in told
    assert "First steps" not in told


async def test_what_was_asked_in_another_year_says_so() -> None:
    told = await words(asked=[replace(LAST_WEEK, at=AT - timedelta(days=365))])
    assert "93 shipped · Thu, Nov 20, 2025, 2:05 PM" in told


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_was_typed_stands_in_plain_text(name: str) -> None:
    made = await blocks(asked=[Asked(f"org={name}", f"{name}: no sessions", AT)])
    shown = next(block["text"] for block in made if block["type"] == "section")
    assert shown["type"] == "plain_text"
    assert shown["text"].startswith(f"org={name[:20]}".replace("\u202e", ""))  # Which would turn what follows round.


async def test_a_digest_has_its_rhythm_its_question_its_sends_and_a_menu() -> None:
    made = await blocks(digests=[digest(query="last week org=payments")], sent=[delivery(state="sent")])
    told = "\n".join(texts(made)).replace("\N{NO-BREAK SPACE}", " ")
    assert "Every Monday at 9:00 AM, New York time, in <#C1>" in told
    assert "“last week org=payments”" in told
    assert "Next: Mon, Nov 23, 9:00 AM (UTC−5). Last one: sent Mon, Nov 16, 9:00 AM." in told
    assert "Digest 3, steward Ada Lovelace" in told
    menu = [(name, text) for name, text in asking(made).items() if name.startswith("ask-digest")]
    assert menu == [
        ("ask-digest-3: Preview", "digest preview 3"),
        ("ask-digest-3: Show", "digest show 3"),
        ("ask-digest-3: Pause", "digest pause 3"),
    ]


async def test_a_digest_that_slack_has_stopped_shows_its_remedy_in_place() -> None:
    made = await blocks(digests=[digest(paused="channel-not-joined")])
    told = "\n".join(texts(made))
    assert "It is paused, and this is why:\nThis bot is not in <#C1>." in told
    assert "/invite @Devin Metrics" in told
    assert asking(made)["ask-digest-3: Resume"] == "digest resume 3"


async def test_a_digest_whose_last_send_failed_says_what_to_do() -> None:
    failed = delivery(state="failed", reason="channel-archived")
    told = await words(digests=[digest()], sent=[failed])
    assert "Last one: not sent." in told
    assert "The last one was not sent:" in told


async def test_a_report_that_failed_is_not_hidden_by_reasons_that_could_not_follow_it() -> None:
    failed = delivery(state="failed", reason="channel-archived")
    missed = replace(failed, state="missed", reason="nothing-to-follow", occurrence=f"reasons-{failed.occurrence}")
    assert await words(digests=[digest()], sent=[missed, failed]) == await words(digests=[digest()], sent=[failed])


async def test_a_digest_that_somebody_paused_is_not_blamed_for_its_last_send() -> None:
    failed = delivery(state="failed", reason="channel-archived")
    told = await words(digests=[digest(paused=BY_HAND)], sent=[failed])
    assert "It is paused until /devin-metrics digest resume 3." in told
    assert "this is why" not in told


def test_a_readers_own_digests_come_first_then_their_channels_and_broken_ones_before_sound_ones() -> None:
    of_others = digest(id=1, steward="U2", channel="C9")
    in_her_channel = digest(id=2, steward="U2", channel="C1")
    hers, broken = digest(id=3, channel="C1"), digest(id=4, channel="C2", paused="channel-archived")
    found = in_order([of_others, in_her_channel, hers, broken], "U1")
    assert [one.id for one in found] == [4, 3, 2, 1]


async def test_sixty_broken_digests_with_long_questions_stay_within_slacks_limits() -> None:
    query = f"last week org={','.join(f'team-{number}' for number in range(90))}"
    many = [digest(id=number, query=query, paused="channel-not-joined") for number in range(1, 61)]
    made = await blocks(digests=many, asked=[replace(LAST_WEEK, text="x" * 500, said="y" * 150)] * 3)
    assert len(made) < 50
    assert f"and {60 - MOST_DIGESTS} more: /devin-metrics digest list" in "\n".join(texts(made))


async def test_whoever_asked_and_has_no_digest_learns_how_to_set_one_up() -> None:
    assert "No digest is set up yet. In a channel, /devin-metrics digest add" in await words(asked=[LAST_WEEK])


async def test_settings_say_what_was_chosen() -> None:
    told = await words(chosen=Preferences(lang="en"))
    assert "Time zone: America/New_York, as in your Slack profile" in told
    assert "Language: English, as you chose" in told
    assert "/devin-metrics settings tz=Asia/Tokyo lang=ja" in told


async def test_whoever_answers_for_a_digest_sees_how_the_whole_workspaces_deliveries_go() -> None:
    sent = [delivery(state="sent"), delivery(id="d2", state="failed", digest=9)]
    assert "Sends of all digests, last 7 days\n1 sent, 0 of them late; 1 not sent.\nNone is waiting." in (
        await words(digests=[digest()], sent=sent)
    )
    assert "Sends of all" not in await words(digests=[digest(steward="U2")], sent=sent)


async def test_every_button_that_opens_no_form_asks_something_that_is_answered() -> None:
    known = workspace([digest()], [LAST_WEEK])
    page = await home(Request("", AT, user="U1"), known)
    asked = asking(render_home(page, AS_INSTALLED).as_dict()["blocks"])
    for text in (text for action, text in asked.items() if action != "digest-form"):
        assert (await answer(Request(text, AT, user="U1"), known)).template != "problems/problem"
