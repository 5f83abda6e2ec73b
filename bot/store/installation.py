"""The workspaces that an installation of the bot works for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.store import Store
from bot.store.workspaces import workspaces_of

KNOWN_FOR = timedelta(seconds=10)  # How long a workspace in which a first user asks may stay unknown.


@dataclass(slots=True)
class Installation:
    """One workspace; or, `org_wide`, those of an Enterprise Grid organization that are `named`, or where none is named,
    all in which a user has asked.

    `key` is the id of the workspace (T…) or of the organization (E…): what all its workspaces share is stored under it.
    """

    store: Store
    key: str
    now: Callable[[], datetime]
    org_wide: bool = False
    named: frozenset[str] = frozenset()
    _asked_in: tuple[str, ...] = field(default=(), init=False)
    _read_at: datetime | None = field(default=None, init=False)

    @property
    def only(self) -> str | None:
        """Its workspace, where it can have no other."""
        if not self.org_wide:
            return self.key
        return next(iter(self.named)) if len(self.named) == 1 else None

    def holds(self, team: str) -> bool:
        """Whether the bot works for a workspace that Slack has sent something from."""
        if not self.org_wide:
            return team == self.key
        return team in self.named if self.named else team.startswith("T")

    async def all(self) -> tuple[str, ...]:
        """The ids of its workspaces, sorted. One in which a first user asks is among them KNOWN_FOR later."""
        if not self.org_wide:
            return (self.key,)
        if self.named:
            return tuple(sorted(self.named))
        at = self.now()
        if self._read_at is None or at - self._read_at >= KNOWN_FOR:
            self._asked_in = tuple(sorted(await workspaces_of(self.store, self.key)))
            self._read_at = at
        return self._asked_in
