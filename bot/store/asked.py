"""What people asked last, so that they need not type it again."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Select, String, Table, delete, select

from bot.request import Asked
from bot.store import Instant, Store, metadata

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


@dataclass(frozen=True, slots=True)
class KeptQuestions:
    """Implements `bot.services.Questions` on a database."""

    store: Store
    team: str

    async def last(self, user: str) -> list[Asked]:
        """The last three different texts of somebody, the newest first."""
        found = _newest(self.team, user, asked.c.text, asked.c.said, asked.c.at)
        async with self.store.reading() as connection:
            return [Asked(row.text, row.said, row.at) for row in await connection.execute(found)]

    async def keep(self, user: str, question: Asked) -> None:
        """Keeps a question and its answer, and forgets what is no longer among the last three."""
        if len(question.text) > LONGEST:
            return
        row = {"team_id": self.team, "user_id": user, "text": question.text, "said": question.said, "at": question.at}
        kept = _newest(self.team, user, asked.c.text).subquery()
        mine = asked.c.team_id == self.team, asked.c.user_id == user
        async with self.store.writing(alone=True) as connection:
            await connection.execute(self.store.upsert(asked, row, changing=("said", "at")))
            await connection.execute(delete(asked).where(*mine, asked.c.text.not_in(select(kept.c.text))))


def _newest(team: str, user: str, *columns: Column[Any]) -> Select[Any]:
    theirs = select(*columns).where(asked.c.team_id == team, asked.c.user_id == user)
    return theirs.order_by(asked.c.at.desc(), asked.c.text).limit(MOST)
