"""What people asked last, so that they need not type it again."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Select, String, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.queries.request import Asked
from bot.store import Instant, Store, metadata
from bot.store.readings import suppress_away

asked = Table(
    "asked",
    metadata,
    Column("team_id", String, primary_key=True),
    Column("user_id", String, primary_key=True),
    Column("text", String, primary_key=True),
    Column("said", String, nullable=False),
    Column("at", Instant, nullable=False),
)
MOST = 3  # Texts a person.
LONGEST = 500  # Characters: PostgreSQL refuses a key of more than about 2,700 bytes, and a character may take four.


class KeptQuestions:
    """Implements `bot.commands.ports.Questions` on a database.

    Those that come while one is written are written together.
    """

    def __init__(self, store: Store, team: str) -> None:
        self._store = store
        self._team = team
        self._waiting: dict[tuple[str, str], Asked] = {}  # By user and text.
        self._turn = asyncio.Lock()

    async def last(self, user: str) -> list[Asked]:
        """The last three different texts of a user, the newest first."""
        found = _newest(self._team, user, asked.c.text, asked.c.said, asked.c.at)
        async with self._store.reading() as connection:
            return [Asked(row.text, row.said, row.at) for row in await connection.execute(found)]

    async def keep(self, user: str, question: Asked) -> None:
        """Keeps a question and its answer, and forgets what is no longer among the last three. Where the database is
        away that is no matter: the asker has the answer.
        """
        if len(question.text) > LONGEST:
            return
        self._waiting[user, question.text] = question
        async with self._turn:
            taken, self._waiting = self._waiting, {}
            if taken:  # Else the writer before has written it.
                with suppress_away("questions-not-kept"):
                    await self._write(taken)

    async def _write(self, taken: Mapping[tuple[str, str], Asked]) -> None:
        async with self._store.writing(alone=True) as connection:
            for (user, text), question in taken.items():
                row = {"team_id": self._team, "user_id": user, "text": text, "said": question.said, "at": question.at}
                await connection.execute(self._store.upsert(asked, row, changing=("said", "at")))
            for user in {user for user, _ in taken}:
                kept = select(_newest(self._team, user, asked.c.text).subquery().c.text)
                mine = asked.c.team_id == self._team, asked.c.user_id == user
                await connection.execute(delete(asked).where(*mine, asked.c.text.not_in(kept)))


async def forget_questions(connection: AsyncConnection, team: str, before: datetime) -> None:
    """Deletes the questions of users who have not asked since a moment."""
    await connection.execute(delete(asked).where(asked.c.team_id == team, asked.c.at < before))


def _newest(team: str, user: str, *columns: Column[Any]) -> Select[Any]:
    theirs = select(*columns).where(asked.c.team_id == team, asked.c.user_id == user)
    return theirs.order_by(asked.c.at.desc(), asked.c.text).limit(MOST)
