"""What a visitor of the playground can make go wrong, until it is switched off again."""

import json
from dataclasses import dataclass, field
from http import HTTPStatus

from bot.playground.devin.standin import Fault, Standin
from bot.playground.slack.workspace import Workspace

SLOW = 5.0  # Seconds for each call.
DEVIN = {
    "devin-403": HTTPStatus.FORBIDDEN,
    "devin-500": HTTPStatus.INTERNAL_SERVER_ERROR,
    "devin-429": HTTPStatus.TOO_MANY_REQUESTS,
}
REFUSED = {
    "slack-no-charts": {"data_visualization"},
    "slack-no-tables": {"data_visualization", "data_table", "table"},
}
KEYS = ("devin-slow", *reversed(DEVIN), *REFUSED)


@dataclass(slots=True)
class Switches:
    """Those that are on decide what both stand-ins do: of several answers the first in DEVIN counts, slow or not."""

    slack: Workspace
    devin: Standin
    on: set[str] = field(default_factory=set)

    def turn(self, key: str, on: bool) -> None:
        """Turns one on or off. LookupError: there is none of that key."""
        if key not in KEYS:
            raise LookupError(key)
        (self.on.add if on else self.on.discard)(key)
        self.devin.lasting = self._fault()
        self.slack.refuses = set().union(*(kinds for key, kinds in REFUSED.items() if key in self.on))
        self.slack.changed()

    def _fault(self) -> Fault:
        delay = SLOW if "devin-slow" in self.on else 0
        status = next((status for key, status in DEVIN.items() if key in self.on), None)
        if status is None:
            return Fault(delay=delay)
        headers = {"Content-Type": "application/problem+json"}
        headers |= {"Retry-After": "1"} if status is HTTPStatus.TOO_MANY_REQUESTS else {}
        body = json.dumps({"type": "about:blank", "title": status.phrase, "status": status})
        return Fault(status, headers, body.encode(), delay)
