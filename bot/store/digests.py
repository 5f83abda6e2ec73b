"""Stores digests."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.problems import Problem
from bot.queries.query import parse_normalised
from bot.schedules.delivery import BY_HAND, Digest, new_secret
from bot.schedules.schedule import occurrences, read_rule
from bot.store import Instant, Store, metadata
from bot.store.deliveries import deliveries
from bot.store.slots import slots

log = structlog.get_logger(__name__)

# `since`: occurrences after it have no delivery yet. `next_due` is the first of them, kept for finding what is due.
digests = Table(
    "digests",
    metadata,
    Column("team_id", String, primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("rule", String, nullable=False),
    Column("tz", String, nullable=False),
    Column("query", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("lang", String, nullable=False),
    Column("steward", String),
    Column("steward_name", String),
    Column("paused", String),
    Column("removed", Boolean, nullable=False),
    Column("since", Instant, nullable=False),
    Column("next_due", Instant, nullable=False),
    Column("secret", String, nullable=False),
    Column("version", Integer, nullable=False),
    Index("ix_digests_next_due", "team_id", "next_due"),
)
CONTENT_COLUMNS = {"rule", "tz", "query", "channel", "lang"}


async def all_digests(connection: AsyncConnection, team: str) -> list[Digest]:
    """Every digest that was not removed, by id."""
    rows = await connection.execute(_select_digests(team).where(digests.c.removed.is_(False)).order_by(digests.c.id))
    return _readable_digests(rows)


async def places_of_digests(connection: AsyncConnection, teams: Collection[str], most: int) -> Sequence[Row[Any]]:
    """Workspace, id, channel and steward of the first digests that were not paused by hand."""
    running = digests.c.removed.is_(False), func.coalesce(digests.c.paused, "") != BY_HAND
    told = select(*(digests.c[name] for name in ("team_id", "id", "channel", "steward", "steward_name")))
    chosen = told.where(digests.c.team_id.in_(teams), *running).order_by(digests.c.team_id, digests.c.id).limit(most)
    found: Sequence[Row[Any]] = (await connection.execute(chosen)).all()
    return found


async def find_digest(connection: AsyncConnection, team: str, digest_id: int) -> Digest | None:
    """One digest, where it was not removed."""
    found = _select_digests(team).where(digests.c.id == digest_id, digests.c.removed.is_(False))
    row = (await connection.execute(found)).one_or_none()
    return digest_of(row) if row else None


async def add_digest(connection: AsyncConnection, team: str, digest: Digest) -> Digest:
    """Stores a digest under its id, or under the next one where it has none or that one is taken.

    The connection has to be alone. Raises Problem where another digest is the same.
    """
    await _refuse_duplicate(connection, team, replace(digest, id=0))
    rows = (await connection.execute(select(digests.c.id, digests.c.secret).where(digests.c.team_id == team))).all()
    taken, secrets = {row.id for row in rows}, {row.secret for row in rows}
    free = digest.id if digest.id and digest.id not in taken else max(taken, default=0) + 1
    # An older export of a digest that was changed since: the two must not share the ids of their deliveries.
    secret = digest.secret if digest.secret and digest.secret not in secrets else new_secret()
    stored = replace(digest, id=free, version=1, secret=secret)
    await connection.execute(insert(digests).values(team_id=team, removed=False, **_digest_columns(stored)))
    return stored


async def change_digest(connection: AsyncConnection, team: str, changed: Digest) -> Digest:
    """Stores a changed digest. The connection has to be alone.

    Raises Problem where its version is no longer the stored one, and where another digest is the same.
    """
    await _refuse_duplicate(connection, team, changed)
    stored = replace(changed, version=changed.version + 1)
    row = update(digests).where(*_is_digest(team, changed.id), digests.c.version == changed.version)
    done = await connection.execute(row.values(_digest_columns(stored)).returning(digests.c.id))
    if done.one_or_none() is None:
        raise Problem("digest-changed-meanwhile", id=changed.id)
    return stored


async def remove_digest(connection: AsyncConnection, team: str, digest_id: int) -> None:
    """Marks a digest as removed, as its deliveries can still be asked about. One without any leaves nothing behind."""
    mine = deliveries.c.team_id == team, deliveries.c.digest_id == digest_id
    if await connection.scalar(select(deliveries.c.id).where(*mine).limit(1)):
        await connection.execute(update(digests).where(*_is_digest(team, digest_id)).values(removed=True))
    else:
        await connection.execute(delete(digests).where(*_is_digest(team, digest_id)))


async def pause_digest(connection: AsyncConnection, team: str, digest_id: int, reason: str) -> None:
    """Pauses a digest for a reason, whatever its version; one that is paused already stays so for its own."""
    row = update(digests).where(*_is_digest(team, digest_id), digests.c.paused.is_(None))
    await connection.execute(row.values(paused=reason, version=digests.c.version + 1))


async def due_digests(
    connection: AsyncConnection, teams: tuple[str, ...], at: datetime, most: int
) -> Sequence[Row[Any]]:
    """The rows of digests of some workspaces with an occurrence that is due, the longest waiting first. Other replicas
    get others.
    """
    running = digests.c.team_id.in_(teams), digests.c.removed.is_(False), digests.c.paused.is_(None)
    due = select(digests).where(*running, digests.c.next_due <= at)
    first = due.order_by(digests.c.next_due).limit(most).with_for_update(skip_locked=True)
    found: Sequence[Row[Any]] = (await connection.execute(first)).all()
    return found


async def mark_planned(connection: AsyncConnection, team: str, digest: Digest, since: datetime) -> None:
    """Notes that every occurrence up to a moment has its delivery. That is no change of the digest."""
    moved = replace(digest, since=since)
    row = update(digests).where(*_is_digest(team, digest.id))
    await connection.execute(row.values(since=since, next_due=next_due(moved)))


async def postpone_planning(connection: AsyncConnection, team: str, digest_id: int, at: datetime) -> None:
    """Has a digest that cannot be planned now looked at again at a moment. What is due stays due."""
    await connection.execute(update(digests).where(*_is_digest(team, digest_id)).values(next_due=at))


async def drop_steward(connection: AsyncConnection, team: str, digest_id: int) -> None:
    """Leaves a digest without a steward; the name stays, to be told."""
    row = update(digests).where(*_is_digest(team, digest_id))
    await connection.execute(row.values(steward=None, version=digests.c.version + 1))


async def assign_team(store: Store, team: str) -> None:
    """Gives the digests that were added before the bot knew its workspace to that workspace, under free ids."""
    async with store.writing(exclusive=True) as connection:
        for digest in await all_digests(connection, ""):
            await connection.execute(delete(digests).where(*_is_digest("", digest.id)))
            with suppress(Problem):  # The workspace has the same digest already.
                adopted = await add_digest(connection, team, digest)
                theirs = deliveries.c.team_id == "", deliveries.c.digest_id == digest.id
                await connection.execute(update(deliveries).where(*theirs).values(team_id=team, digest_id=adopted.id))


async def teams(store: Store) -> set[str]:
    """The workspaces whose bots have used this database."""
    async with store.reading() as connection:
        found = await connection.scalars(union(select(digests.c.team_id), select(slots.c.team_id)))
        return {team for team in found if team.startswith("T")}  # What is an organization's own begins with E.


def next_due(digest: Digest) -> datetime:
    """When the next occurrence is; no calendar ends before this does."""
    return next(occurrences(digest.rule, digest.tz, digest.since)).at


def digest_of(row: Row[Any]) -> Digest:
    """A stored digest as a value."""
    return Digest(
        rule=read_rule(row.rule, row.since.date()),
        tz=ZoneInfo(row.tz),
        query=parse_normalised(row.query),  # Which has no limit, as what people type has.
        channel=row.channel,
        lang=row.lang,
        since=row.since,
        steward=row.steward,
        steward_name=row.steward_name,
        paused=row.paused,
        id=row.id,
        version=row.version,
        secret=row.secret,
    )


def _readable_digests(rows: Iterable[Row[Any]]) -> list[Digest]:
    """The digests of rows. One that cannot be read, for its zone for example, is logged and left out."""
    readable: list[Digest] = []
    for row in rows:
        try:
            readable.append(digest_of(row))
        except (Problem, ZoneInfoNotFoundError, ValueError) as error:
            log.warning("digest-unreadable", digest=row.id, reason=str(error))
    return readable


def _digest_columns(digest: Digest) -> dict[str, object]:
    return {
        "id": digest.id,
        "rule": str(digest.rule),
        "tz": digest.tz.key,
        "query": str(digest.query),
        "channel": digest.channel,
        "lang": digest.lang,
        "steward": digest.steward,
        "steward_name": digest.steward_name,
        "paused": digest.paused,
        "since": digest.since,
        "next_due": next_due(digest),
        "secret": digest.secret,
        "version": digest.version,
    }


async def _refuse_duplicate(connection: AsyncConnection, team: str, digest: Digest) -> None:
    """Two digests are the same where they say the same, at the same time, in the same channel and language."""
    same = select(func.min(digests.c.id)).where(
        digests.c.team_id == team,
        digests.c.removed.is_(False),
        digests.c.id != digest.id,
        *(digests.c[name] == value for name, value in _digest_columns(digest).items() if name in CONTENT_COLUMNS),
    )
    if (other := await connection.scalar(same)) is not None:
        raise Problem("digest-exists", id=other)


def _select_digests(team: str) -> Select[Any]:
    return select(digests).where(digests.c.team_id == team)


def _is_digest(team: str, digest_id: int) -> tuple[Any, Any]:
    return digests.c.team_id == team, digests.c.id == digest_id
