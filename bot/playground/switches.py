"""Switches faults of the stand-ins on and off."""

import json
from dataclasses import dataclass, field
from http import HTTPStatus

from bot.playground.devin.standin import DevinFault, DevinStandin
from bot.playground.slack.workspace import StandinWorkspace

SLOW_CALL = 5.0  # Seconds for each call.
DEVIN_STATUS = {
    "devin-403": HTTPStatus.FORBIDDEN,
    "devin-500": HTTPStatus.INTERNAL_SERVER_ERROR,
    "devin-429": HTTPStatus.TOO_MANY_REQUESTS,
}
REFUSED_BLOCKS = {
    "slack-no-charts": {"data_visualization"},
    "slack-no-tables": {"data_visualization", "data_table", "table"},
}
SWITCH_KEYS = ("devin-slow", *reversed(DEVIN_STATUS), *REFUSED_BLOCKS)


@dataclass(slots=True)
class Switches:
    """The faults that are on. Of several that set Devin's status the first in DEVIN_STATUS counts."""

    slack: StandinWorkspace
    devin: DevinStandin
    on: set[str] = field(default_factory=set)

    def switch(self, key: str, on: bool) -> None:
        """Turns one on or off. LookupError: there is none of that key."""
        if key not in SWITCH_KEYS:
            raise LookupError(key)
        (self.on.add if on else self.on.discard)(key)
        self.devin.default_fault = self._fault()
        self.slack.refuses = set().union(*(kinds for key, kinds in REFUSED_BLOCKS.items() if key in self.on))
        self.slack.changed()

    def _fault(self) -> DevinFault:
        delay = SLOW_CALL if "devin-slow" in self.on else 0
        status = next((status for key, status in DEVIN_STATUS.items() if key in self.on), None)
        if status is None:
            return DevinFault(delay=delay)
        headers = {"Content-Type": "application/problem+json"}
        headers |= {"Retry-After": "1"} if status is HTTPStatus.TOO_MANY_REQUESTS else {}
        body = json.dumps({"type": "about:blank", "title": status.phrase, "status": status})
        return DevinFault(status, headers, body.encode(), delay)
