"""Stores the workspaces in which people have asked, and the command's name in each."""

from datetime import datetime

from sqlalchemy import Column, String, Table, select

from bot.store import Instant, Store, metadata

workspaces = Table(
    "workspaces",
    metadata,
    Column("team_id", String, primary_key=True),
    Column("enterprise_id", String),
    Column("command", String),
    Column("seen_at", Instant, nullable=False),
)


async def store_workspace(store: Store, team: str, enterprise: str | None, command: str | None, at: datetime) -> None:
    """Stores that a user asked in a workspace. `command` is what was typed, such as `/devin-metrics`; None, as of a
    click, leaves the name that was stored.
    """
    row = {"team_id": team, "enterprise_id": enterprise, "command": command, "seen_at": at}
    changing = ("enterprise_id", "seen_at", *(("command",) if command else ()))
    async with store.writing() as connection:
        await connection.execute(store.upsert(workspaces, row, changing=changing))


async def stored_command(store: Store, team: str) -> str | None:
    """The command's name in a workspace, as it was typed last; None where it was never typed."""
    async with store.reading() as connection:
        name: str | None = await connection.scalar(select(workspaces.c.command).where(workspaces.c.team_id == team))
        return name


async def workspaces_of(store: Store, enterprise: str) -> set[str]:
    """The ids of an organization's workspaces in which a user has asked."""
    theirs = select(workspaces.c.team_id).where(workspaces.c.enterprise_id == enterprise)
    async with store.reading() as connection:
        return set(await connection.scalars(theirs))
