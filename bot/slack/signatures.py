"""Whether Slack has signed a request, and if not, why not."""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

import structlog
from prometheus_client import Counter

from bot.telemetry import Seldom

log = structlog.get_logger(__name__)

LONGEST_AGE = 300  # Seconds, of a stamp: docs.slack.dev, "Verifying requests from Slack".
MOST_KEPT = 20_000  # Signatures, which are one request each: more than thirty a second for ten minutes.
STAMP = re.compile(r"\d{1,12}", re.ASCII)

RefusalReason = Literal["signature-missing", "signature-stale", "signature-wrong"]
HINTS: dict[RefusalReason, str] = {
    "signature-missing": "not from Slack, or a proxy has dropped the headers X-Slack-Signature and "
    "X-Slack-Request-Timestamp",
    "signature-stale": "this machine's clock is {off} s off Slack's, or the request is old",
    "signature-wrong": "not from Slack, or SLACK_SIGNING_SECRET is another app's, or a proxy has changed the body",
}


class Refusal(NamedTuple):
    """Why a request does not count as Slack's, and by how many seconds its stamp is off where that is why."""

    reason: RefusalReason
    off: int = 0


class Signed(NamedTuple):
    """What proves a request to be Slack's."""

    signature: str
    stamp: int


def verify(secret: str, body: bytes, headers: Mapping[str, str], at: datetime) -> Signed | Refusal:
    """Reads the two headers of a signed request.

    The signature comes before the stamp: only a stamp that Slack has signed tells anything of this machine's clock.
    """
    stamp, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
    if not signature or not STAMP.fullmatch(stamp):
        return Refusal("signature-missing")
    digest = hmac.new(secret.encode(), b"v0:%s:%s" % (stamp.encode(), body), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"v0={digest}".encode(), signature.encode(errors="replace")):
        return Refusal("signature-wrong")
    off = abs(int(at.timestamp()) - int(stamp))
    return Signed(signature, int(stamp)) if off <= LONGEST_AGE else Refusal("signature-stale", off)


class Refusals:
    """Counts the requests that were refused, and tells of each reason once a minute."""

    def __init__(self, counter: Counter, clock: Callable[[], datetime]) -> None:
        self._counter, self._clock, self._seldom = counter, clock, Seldom()
        for reason in HINTS:
            counter.labels(reason)  # So that Prometheus has each of them from the start, at 0.

    def tell(self, refusal: Refusal) -> None:
        """One more."""
        self._counter.labels(refusal.reason).inc()
        if count := self._seldom.due(refusal.reason, self._clock().timestamp()):
            log.warning(refusal.reason, count=count, hint=HINTS[refusal.reason].format(off=refusal.off))


class Repeats:
    """The signatures that were answered, each for as long as its stamp is good. Slack's own repeat of an event has a
    new stamp, and so another signature; what comes with the same one was recorded on its way, or sent again by a proxy.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._stamps: dict[str, int] = {}

    def first(self, signed: Signed, at: datetime) -> bool:
        """Whether a request comes for the first time; from now on it does not."""
        if signed.signature in self._stamps:
            return False
        if len(self._stamps) >= self._most:
            self._forget(at)
        self._stamps[signed.signature] = signed.stamp
        return True

    def _forget(self, at: datetime) -> None:
        """Leaves out what is stale by now; where all are good, the half that came first."""
        good = [kept for kept in self._stamps.items() if at.timestamp() - kept[1] <= LONGEST_AGE]
        self._stamps = dict(good[-(self._most // 2) :])
