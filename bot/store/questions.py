"""Stores the last questions of each user."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Select, String, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.queries.request import Asked
from bot.store import Instant, Store, metadata
from bot.store.readings import suppress_outage

# The table was created as `asked`.
questions = Table(
    "asked",
    metadata,
    Column("team_id", String, primary_key=True),
    Column("user_id", String, primary_key=True),
    Column("text", String, primary_key=True),
    Column("said", String, nullable=False),
    Column("at", Instant, nullable=False),
)
MOST_QUESTIONS = 3  # Texts a person.
# Characters: PostgreSQL refuses a key of more than about 2,700 bytes, and a character may take four.
LONGEST_QUESTION = 500


class StoredQuestions:
    """Implements `bot.commands.ports.Questions` on a database.

    Questions that arrive during a write are written together after it.
    """

    def __init__(self, store: Store, team: str) -> None:
        self._store = store
        self._team = team
        self._waiting: dict[tuple[str, str], Asked] = {}  # By user and text.
        self._write_lock = asyncio.Lock()

    async def last(self, user: str) -> list[Asked]:
        """The last three different texts of a user, the newest first."""
        found = _newest_questions(self._team, user, questions.c.text, questions.c.said, questions.c.at)
        async with self._store.reading() as connection:
            return [Asked(row.text, row.said, row.at) for row in await connection.execute(found)]

    async def keep(self, user: str, question: Asked) -> None:
        """Stores a question with its answer, and deletes what is no longer among the user's last three.

        Nothing is stored while the database is away: the user has the answer.
        """
        if len(question.text) > LONGEST_QUESTION:
            return
        self._waiting[user, question.text] = question
        async with self._write_lock:
            taken, self._waiting = self._waiting, {}
            if taken:  # Else the write before has included it.
                with suppress_outage("questions-not-kept"):
                    await self._write(taken)

    async def _write(self, taken: Mapping[tuple[str, str], Asked]) -> None:
        async with self._store.writing(exclusive=True) as connection:
            for (user, text), question in taken.items():
                row = {"team_id": self._team, "user_id": user, "text": text, "said": question.said, "at": question.at}
                await connection.execute(self._store.upsert(questions, row, changing=("said", "at")))
            for user in {user for user, _ in taken}:
                newest = select(_newest_questions(self._team, user, questions.c.text).subquery().c.text)
                mine = questions.c.team_id == self._team, questions.c.user_id == user
                await connection.execute(delete(questions).where(*mine, questions.c.text.not_in(newest)))


async def delete_old_questions(connection: AsyncConnection, teams: tuple[str, ...], before: datetime) -> None:
    """Deletes the questions of users who have not asked since a moment."""
    await connection.execute(delete(questions).where(questions.c.team_id.in_(teams), questions.c.at < before))


def _newest_questions(team: str, user: str, *columns: Column[Any]) -> Select[Any]:
    theirs = select(*columns).where(questions.c.team_id == team, questions.c.user_id == user)
    return theirs.order_by(questions.c.at.desc(), questions.c.text).limit(MOST_QUESTIONS)
