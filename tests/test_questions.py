"""What people asked last, as it is kept."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import StatementError

from bot.queries.request import Asked
from bot.store import Store, open_store
from bot.store.questions import LONGEST_QUESTION, StoredQuestions

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def asked(text: str, minute: int = 0, said: str = "Payments: 184 sessions, 91 shipped") -> Asked:
    return Asked(text, said, NOON + timedelta(minutes=minute))


async def texts(questions: StoredQuestions, user: str = "U1") -> list[str]:
    return [question.text for question in await questions.last(user)]


async def test_who_never_asked_has_no_questions(store: Store) -> None:
    assert await StoredQuestions(store, "T1").last("U1") == []


async def test_the_last_three_different_texts_are_kept_the_newest_first(store: Store) -> None:
    questions = StoredQuestions(store, "T1")
    for minute, text in enumerate(["last 7d", "last week", "last 4w", "this month"]):
        await questions.keep("U1", asked(text, minute))
    assert await texts(questions) == ["this month", "last 4w", "last week"]
    await questions.keep("U1", asked("last 12w", 9))
    await questions.keep("U1", asked("last 7d", 8))
    assert await texts(questions) == ["last 12w", "last 7d", "this month"]


async def test_a_text_that_is_asked_again_comes_first_with_its_new_answer(store: Store) -> None:
    questions = StoredQuestions(store, "T1")
    await questions.keep("U1", asked("last 7d", 1))
    await questions.keep("U1", asked("last week", 2))
    again = asked("last 7d", 3, "Payments: 190 sessions, 95 shipped")
    await questions.keep("U1", again)
    assert await questions.last("U1") == [again, asked("last week", 2)]


async def test_everybody_has_their_own_in_each_workspace(store: Store) -> None:
    here, there = StoredQuestions(store, "T1"), StoredQuestions(store, "T2")
    await here.keep("U1", asked("last 7d"))
    await here.keep("U2", asked("last week"))
    await there.keep("U1", asked("last 4w"))
    assert [await texts(here), await texts(here, "U2"), await texts(there)] == [["last 7d"], ["last week"], ["last 4w"]]


async def test_a_text_that_is_too_long_for_a_key_is_not_kept(store: Store) -> None:
    questions = StoredQuestions(store, "T1")
    await questions.keep("U1", asked("数" * LONGEST_QUESTION))
    await questions.keep("U1", asked("x" * (LONGEST_QUESTION + 1), 1))
    assert await texts(questions) == ["数" * LONGEST_QUESTION]


async def test_questions_of_many_people_at_once_are_all_kept(store: Store) -> None:
    questions = StoredQuestions(store, "T1")
    pairs = [(f"U{number}", text) for number in range(20) for text in ("last 7d", "last week")]
    await asyncio.gather(*(questions.keep(user, asked(text, len(text))) for user, text in pairs))
    assert {tuple(await texts(questions, f"U{number}")) for number in range(20)} == {("last week", "last 7d")}


async def test_what_could_not_be_written_does_not_keep_the_next_question(store: Store) -> None:
    questions = StoredQuestions(store, "T1")
    with pytest.raises(StatementError):
        await questions.keep("U1", Asked("last 7d", "", NOON.replace(tzinfo=None)))
    await questions.keep("U1", asked("last week"))
    assert await texts(questions) == ["last week"]


async def test_of_answers_in_two_processes_at_the_same_moment_none_fails(store: Store, database_url: str) -> None:
    async with open_store(database_url) as other, asyncio.TaskGroup() as group:
        processes = StoredQuestions(store, "T1"), StoredQuestions(other, "T1")
        for number in range(10):
            group.create_task(processes[number % 2].keep("U1", asked(f"last {number + 1}d", number)))
    assert (await texts(StoredQuestions(store, "T1")))[0] == "last 10d"
