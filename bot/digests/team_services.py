"""The services of each workspace: what all of them share, with its own digests and questions."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from bot.commands.ports import Services
from bot.digests.engine import Engine
from bot.digests.stored import StoredDigests
from bot.store import Store
from bot.store.questions import StoredQuestions

MOST_TEAMS = 200  # Workspaces whose services are kept. To make them again costs next to nothing.


class TeamServices:
    """`shared` are the services that know of no workspace; `of` gives those of one, by its id."""

    def __init__(self, shared: Services, store: Store, engine: Engine) -> None:
        self.shared = shared
        self.of: Callable[[str], Services] = lru_cache(MOST_TEAMS)(self._of)
        self._store = store
        self._engine = engine

    def _of(self, team: str) -> Services:
        digests = StoredDigests(self._store, team, self._engine)
        return replace(self.shared, digests=digests, questions=StoredQuestions(self._store, team))
