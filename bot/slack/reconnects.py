"""When the next Socket Mode connection may be opened, and what an operator is told of one that Slack refuses."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.telemetry import jitter

log = structlog.get_logger(__name__)

SETTLED_AFTER = timedelta(minutes=1)
FIRST_PAUSE = 1.0  # Seconds; each is twice as long as the one before.
LONGEST_PAUSE = 60.0
MOST_DOUBLINGS = 6

# Slack renews a connection, and says so in good time: docs.slack.dev, "Using Socket Mode".
RENEWALS = frozenset({"warning", "refresh_requested"})
ENDED = "closed"  # Without a word from Slack.

# Ten connections an app: slackapi/bolt-js issue 2225.
TEN = "An app may have ten connections: stop the other processes that use this app token, or use HTTP."
NETWORK = (
    "Check that this machine reaches slack.com, and that proxies and firewalls let websockets to *.slack.com pass."
)
REMEDIES = {
    "too_many_websockets": TEN,
    "link_disabled": "Socket Mode was switched off in the app's settings: switch it on there, or use HTTP.",
    "ratelimited": TEN,
    **dict.fromkeys(("unreachable", "timeout", ENDED), NETWORK),
}
OTHER_REMEDY = (
    "Check SLACK_APP_TOKEN and the app's settings; docs.slack.dev tells of the code at apps.connections.open."
)


class Reconnects:
    """Each connection that ends early, and each that is refused, makes the next one wait longer."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._opened_at: datetime | None = None
        self._early = 0  # How many since the last one that lived for a while.
        self._told: set[str] = set()

    def opened(self) -> None:
        """A connection is up."""
        self._opened_at = self._now()

    def pause(self, reason: str, asked: float | None = None) -> float:
        """Seconds until the next one may be opened, after one has ended or was refused; Slack may have asked for more.

        Says once why, until a connection has lived for a while.
        """
        lived = self._opened_at is not None and self._now() - self._opened_at >= SETTLED_AFTER
        self._opened_at = None
        if lived:
            self._early = 0
            self._told.clear()
            if reason in RENEWALS or reason == ENDED:
                return 0
        self._early += 1
        if reason in RENEWALS:
            return self._grown() if self._early > 1 else 0  # Slack's word alone does not start a loop.
        self._tell(reason)
        return max(self._grown(), asked or 0)

    def _grown(self) -> float:
        """The second half of it is random: replicas that were refused together do not come back together."""
        longest = min(FIRST_PAUSE * 2.0 ** min(self._early - 1, MOST_DOUBLINGS), LONGEST_PAUSE)
        return longest / 2 + jitter(longest / 2)

    def _tell(self, reason: str) -> None:
        if reason not in self._told:
            self._told.add(reason)
            log.warning("socket-refused", reason=reason, remedy=REMEDIES.get(reason, OTHER_REMEDY))
