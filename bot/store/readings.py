"""Stores readings: appended and never changed, so that a window can be looked up as it was at a certain age."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import structlog
from pydantic import TypeAdapter
from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    String,
    Table,
    and_,
    delete,
    or_,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.devin import Cell, Counts, Reading
from bot.devin.cache import TimeRange
from bot.problems import Problem
from bot.store import Instant, Store, metadata
from bot.store.cell_key import cell_key

log = structlog.get_logger(__name__)

readings = Table(
    "readings",
    metadata,
    Column("team_id", String, primary_key=True),
    Column("cell", String, primary_key=True),
    Column("source", String, nullable=False),
    Column("after", Instant, nullable=False),
    Column("before", Instant, nullable=False),
    Column("filter", String, nullable=False),
    Column("read_at", Instant, primary_key=True),
    Column("counts", LargeBinary, nullable=False),
)
COUNTS = TypeAdapter(Counts)
MOST_CELLS = 50  # In one statement: each is three parameters, and databases have a limit.


@dataclass(frozen=True, slots=True)
class StoredReadings:
    """Implements `bot.devin.cache.ReadingStore`. While the database is away, Devin is asked instead."""

    store: Store
    team: str

    async def keep(self, made: Iterable[Reading]) -> None:
        """Appends readings. Of a cell that was read twice at the same moment, the first stays."""
        rows = [
            {"team_id": self.team, "read_at": one.read_at, **_cell_columns(one.cell), **_counts_column(one)}
            for one in made
        ]
        with suppress_outage("readings-not-kept"):
            async with self.store.writing() as connection:
                await connection.execute(self.store.insert(readings).on_conflict_do_nothing(), rows)

    async def find(self, wanted: Mapping[Cell, TimeRange]) -> dict[Cell, Reading]:
        """The newest reading of each cell that was made between the moments said; cells without one are left out."""
        found: dict[Cell, Reading] = {}
        cells = list(wanted)
        with suppress_outage("readings-not-found"):
            async with self.store.reading() as connection:
                for start in range(0, len(cells), MOST_CELLS):
                    some = {cell: wanted[cell] for cell in cells[start : start + MOST_CELLS]}
                    found |= await _newest_readings(connection, self.team, some)
        return found


@contextmanager
def suppress_outage(event: str) -> Iterator[None]:
    """Logs that the database is away, and goes on."""
    try:
        yield
    except (DBAPIError, Problem) as error:
        log.warning(event, reason=str(error))


async def delete_old_readings(connection: AsyncConnection, teams: tuple[str, ...], before: datetime) -> None:
    """Deletes what was read before a moment."""
    await connection.execute(delete(readings).where(readings.c.team_id.in_(teams), readings.c.read_at < before))


async def _newest_readings(
    connection: AsyncConnection, team: str, wanted: Mapping[Cell, TimeRange]
) -> dict[Cell, Reading]:
    cells = {cell_key(cell): cell for cell in wanted}
    either = or_(*(_made_between(cell, between) for cell, between in wanted.items()))
    rows = await connection.execute(
        select(readings).where(readings.c.team_id == team, either).order_by(readings.c.read_at)
    )
    found = {}
    for row in rows:  # The last one of each cell is the newest.
        cell = cells[row.cell]
        found[cell] = Reading(cell, row.read_at, COUNTS.validate_json(row.counts))
    return found


def _made_between(cell: Cell, between: TimeRange) -> ColumnElement[bool]:
    return and_(readings.c.cell == cell_key(cell), readings.c.read_at.between(between.first, between.last))


def _cell_columns(cell: Cell) -> dict[str, Any]:
    """Its key, and what that was made of, which the key does not tell."""
    narrowed = json.dumps(asdict(cell.filter), sort_keys=True)
    window = {"after": cell.window.after, "before": cell.window.before}
    return {"cell": cell_key(cell), "source": cell.source, **window, "filter": narrowed}


def _counts_column(reading: Reading) -> dict[str, bytes]:
    return {"counts": COUNTS.dump_json(reading.counts)}
