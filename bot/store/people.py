"""Stores the settings of each user."""

from datetime import datetime
from typing import TypedDict, Unpack

from sqlalchemy import Column, String, Table, select

from bot.queries.request import Preferences
from bot.store import Instant, Store, metadata

people = Table(
    "people",
    metadata,
    Column("team_id", String, primary_key=True),
    Column("user_id", String, primary_key=True),
    Column("tz", String),
    Column("lang", String),
    Column("updated_at", Instant, nullable=False),
)


class Changes(TypedDict, total=False):
    """The settings that a change is about; None sets one back to "as in Slack"."""

    tz: str | None
    lang: str | None


async def own_settings(store: Store, team: str, user: str) -> Preferences:
    """What a person has set, which is nothing where they are unknown."""
    theirs = select(people.c.tz, people.c.lang).where(people.c.team_id == team, people.c.user_id == user)
    async with store.reading() as connection:
        row = (await connection.execute(theirs)).one_or_none()
    return Preferences(row.tz, row.lang) if row else Preferences()


async def save_settings(store: Store, team: str, user: str, at: datetime, **changes: Unpack[Changes]) -> None:
    """Changes what is given, and only that: a change of the other at the same moment is kept."""
    row = {"team_id": team, "user_id": user, "updated_at": at, **changes}
    async with store.writing() as connection:
        await connection.execute(store.upsert(people, row, changing=[*changes, "updated_at"]))
