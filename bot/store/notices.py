"""Stores the queue of notices to stewards."""

import json
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Column, Index, Integer, String, Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.problems import Problem
from bot.store import Instant, Store, metadata

DATE_KEY, MOMENT_KEY = "$date", "$moment"  # How values with these types are marked in JSON.

NoticeKind = Literal["failed", "paused", "uncertain", "handover"]

notices = Table(
    "notices",
    metadata,
    Column("team_id", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("digest_id", Integer, nullable=False),
    Column("delivery_id", String),
    Column("kind", String, nullable=False),
    Column("problem", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("run_at", Instant),
    Index("ix_notices_run_at", "team_id", "run_at"),
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to the steward of a digest about it, or about one delivery of it, with the reason. `team` and
    `id` are those of its row, once it has one.
    """

    digest: int
    kind: NoticeKind
    problem: Problem
    at: datetime
    delivery: str | None = None
    team: str = ""
    id: str = ""


async def add_notice(connection: AsyncConnection, team: str, notice: Notice) -> None:
    """Adds a notice, to be sent at once."""
    problem = json.dumps([notice.problem.key, notice.problem.data], default=_as_json)
    about = {"team_id": team, "id": uuid.uuid4().hex, "digest_id": notice.digest, "delivery_id": notice.delivery}
    row = {**about, "kind": notice.kind, "problem": problem, "at": notice.at, "run_at": notice.at}
    await connection.execute(insert(notices).values(row))


async def claim_notice(store: Store, teams: tuple[str, ...], at: datetime, lease: timedelta) -> Notice | None:
    """Claims the next notice of some workspaces that is due. When the lease has ended, it can be claimed again."""
    is_due = notices.c.team_id.in_(teams), notices.c.run_at <= at
    due = select(notices.c.id).where(*is_due).order_by(notices.c.run_at)
    first = due.limit(1).with_for_update(skip_locked=True).scalar_subquery()
    taken = update(notices).where(*is_due, notices.c.id == first).values(run_at=at + lease)
    async with store.writing() as connection:
        row = (await connection.execute(taken.returning(notices))).one_or_none()
    return _notice_of(row) if row else None


async def reschedule_notice(store: Store, notice: Notice, until: datetime | None) -> None:
    """Sets when a notice is sent again; None where it was sent, or cannot be."""
    row = update(notices).where(notices.c.team_id == notice.team, notices.c.id == notice.id)
    async with store.writing() as connection:
        await connection.execute(row.values(run_at=until))


async def delete_old_notices(connection: AsyncConnection, teams: tuple[str, ...], before: datetime) -> None:
    """Deletes what is older than a moment."""
    await connection.execute(delete(notices).where(notices.c.team_id.in_(teams), notices.c.at < before))


def _as_json(value: object) -> object:
    """A value that JSON has no type for. Dates come back as what they were, since words print them in a language."""
    if isinstance(value, datetime):
        return {MOMENT_KEY: value.isoformat()}
    return {DATE_KEY: value.isoformat()} if isinstance(value, date) else str(value)


def _from_json(value: dict[str, Any]) -> object:
    if value.keys() == {MOMENT_KEY}:
        return datetime.fromisoformat(value[MOMENT_KEY])
    return date.fromisoformat(value[DATE_KEY]) if value.keys() == {DATE_KEY} else value


def _notice_of(row: Any) -> Notice:
    key, data = json.loads(row.problem, object_hook=_from_json)
    return Notice(row.digest_id, row.kind, Problem(key, **data), row.at, row.delivery_id, row.team_id, row.id)
