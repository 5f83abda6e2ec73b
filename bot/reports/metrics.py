"""The catalogue of figures, each with its formula."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from bot.devin import Counts

MetricKind = Literal["count", "rate", "average"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure. A rate and an average are `part` over `whole`; a count is its `part`.

    `matures` marks a figure that still moves for weeks after its window closed, since sessions resume and pull requests
    merge later. `formula` is in the API's field names, the same in every language. Money has a `currency` (ISO 4217).
    """

    name: str
    kind: MetricKind
    formula: str
    part: Callable[[Counts], Fraction | int | None]
    whole: Callable[[Counts], int | None] | None = None
    matures: bool = False
    currency: str | None = None

    def value(self, counts: Counts) -> Fraction | None:
        """The exact figure; None where a field is not reported, or the whole is zero."""
        part = self.part(counts)
        if part is None:
            return None
        if self.whole is None:
            return Fraction(part)
        whole = self.whole(counts)
        return Fraction(part) / whole if whole else None

    def n(self, counts: Counts) -> int | None:
        """The sample size: the whole of a rate or an average, None for a count."""
        return self.whole(counts) if self.whole else None


def _total_acus(counts: Counts) -> Fraction | None:
    return counts.acus


def _sized_sessions(counts: Counts) -> int | None:
    return None if counts.by_size is None else sum(counts.by_size.values())


def _large_sessions(counts: Counts) -> int | None:
    return None if counts.by_size is None else counts.by_size["l"] + counts.by_size["xl"]


def _all_sessions(counts: Counts) -> int | None:
    return counts.sessions


def _shipped_sessions(counts: Counts) -> int | None:
    return counts.shipped


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("sessions", "count", "sessions_created_count", _all_sessions),
        Metric("shipped", "count", "sessions_with_merged_prs_count", _shipped_sessions, matures=True),
        Metric(
            "ship_rate",
            "rate",
            "sessions_with_merged_prs_count / sessions_created_count",
            _shipped_sessions,
            _all_sessions,
            matures=True,
        ),
        Metric("acus", "count", "avg_acus_per_session * sessions_created_count", _total_acus, matures=True),
        Metric("acus_per_session", "average", "avg_acus_per_session", _total_acus, _all_sessions, matures=True),
        Metric(
            "acus_per_shipped",
            "average",
            "avg_acus_per_session * sessions_created_count / sessions_with_merged_prs_count",
            _total_acus,
            _shipped_sessions,
            matures=True,
        ),
        Metric(
            "playbook_share",
            "rate",
            "sessions_created_with_playbook_count / sessions_created_count",
            lambda counts: counts.with_playbook,
            _all_sessions,
        ),
        Metric(
            "search_share",
            "rate",
            "sessions_created_with_search_count / sessions_created_count",
            lambda counts: counts.with_search,
            _all_sessions,
        ),
        Metric(
            "large_share",
            "rate",
            "(sessions_created_by_size.l + .xl) / sum of sessions_created_by_size",
            _large_sessions,
            _sized_sessions,
            matures=True,
        ),
    )
}


def cost(price_per_acu: Fraction, currency: str) -> Metric:
    """The cost of the ACUs at a company's own price, an estimate as the ACUs are. Devin publishes no price."""

    def part(counts: Counts) -> Fraction | None:
        acus = _total_acus(counts)
        return None if acus is None else acus * price_per_acu

    formula = f"{METRICS['acus'].formula} * price_per_acu"
    return Metric("cost", "count", formula, part, matures=True, currency=currency)
