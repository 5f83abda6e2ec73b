"""Notices when Slack counts connections that no process has: what people click may go to one of them."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

log = structlog.get_logger(__name__)

RECONNECT_TAKES = timedelta(minutes=2)  # At most. While a process is replaced, Slack counts the old one too.
REMEDY = (
    "Stop other processes that use this app token. If there are none, Slack drops such connections in time;"
    " HTTP has none of them."
)


class Ghosts:
    """Compares what `hello` counts with the most that there can be; None where it is unknown.

    Envelopes go to any connection that Slack counts, and clicks are not repeated: slackapi/python-slack-sdk issue 1940.
    """

    def __init__(self, most: int | None, now: Callable[[], datetime]) -> None:
        self._most = most
        self._now = now
        self._since: datetime | None = None
        self._told = False

    def heard(self, connections: int) -> int:
        """How many of these connections are ghosts. Warns once, if there were too many a while ago already."""
        if self._most is None or connections <= self._most:
            self._gone()
            return 0
        self._since = self._since or self._now()
        if not self._lasting():
            return 0
        self._tell(connections)
        return connections - self._most

    def doubtful(self) -> bool:
        """Whether it is time to hear the count once more: only the `hello` of a new connection tells it."""
        return self._lasting() and not self._told

    def _lasting(self) -> bool:
        return self._since is not None and self._now() - self._since >= RECONNECT_TAKES

    def _tell(self, connections: int) -> None:
        if not self._told:
            self._told = True
            effect = "What people type and click may go to a process that does not answer."
            log.warning("socket-ghosts", connections=connections, known=self._most, effect=effect, remedy=REMEDY)

    def _gone(self) -> None:
        if self._told:
            log.info("socket-ghosts-gone")
        self._since, self._told = None, False
