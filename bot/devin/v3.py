"""The v3 endpoints, enterprise or organization: request parameters from a cell, counts from the answer."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated
from urllib.parse import quote

from pydantic import BaseModel, Field

from bot.devin import SIZES, Cell, Counts, Size

# Devin publishes no upper bounds. A count fits in 64 bits; an average beyond a billion is an error.
Count = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
Average = Annotated[Decimal, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)]
MOST_ORIGINS = 200  # Devin documents nine; far more are an error.


class _Sizes(BaseModel):
    xs: Count = 0
    s: Count = 0
    m: Count = 0
    l: Count = 0  # noqa: E741 (Devin's own name for a large session)
    xl: Count = 0

    def counts(self) -> Mapping[Size, int]:
        return {size: getattr(self, size) for size in SIZES}


class _SessionMetrics(BaseModel):
    """`SessionMetricsResponse` of the v3 specification, with every field optional: absent is not zero."""

    sessions_created_count: Count | None = None
    sessions_created_by_size: _Sizes | None = None
    sessions_created_by_origin: Annotated[dict[str, Count], Field(max_length=MOST_ORIGINS)] | None = None
    sessions_created_with_playbook_count: Count | None = None
    sessions_created_with_search_count: Count | None = None
    sessions_with_merged_prs_count: Count | None = None
    sessions_with_merged_prs_by_size: _Sizes | None = None
    avg_acus_per_session: Average | None = None


def path(cell: Cell) -> str:
    """The endpoint's path; an organization stands in it, percent-encoded."""
    if cell.source == "v3-organization":
        (org,) = cell.filter.orgs
        return f"/v3/organizations/{quote(org, safe='')}/metrics/sessions"
    return "/v3/enterprise/metrics/sessions"


def params(cell: Cell) -> list[tuple[str, str]]:
    """The query: bounds in whole Unix seconds, lists as repeated keys."""
    window, ids = cell.window, cell.filter
    orgs = () if cell.source == "v3-organization" else ids.orgs
    return [
        ("time_after", str(int(window.after.timestamp()))),
        ("time_before", str(int(window.before.timestamp()))),
        *(("org_ids", org) for org in orgs),
        *(("user_ids", user) for user in ids.users),
        *(("service_user_ids", user) for user in ids.service_users),
        *([("playbook_id", ids.playbook)] if ids.playbook else []),
    ]


def counts(body: bytes) -> Counts:
    """The counts of an answer. Raises pydantic's ValidationError where it is not what the specification says."""
    metrics = _SessionMetrics.model_validate_json(body)
    sizes, shipped_sizes = metrics.sessions_created_by_size, metrics.sessions_with_merged_prs_by_size
    return Counts(
        sessions=metrics.sessions_created_count,
        by_size=sizes.counts() if sizes else None,
        by_origin=metrics.sessions_created_by_origin,
        with_playbook=metrics.sessions_created_with_playbook_count,
        with_search=metrics.sessions_created_with_search_count,
        shipped=metrics.sessions_with_merged_prs_count,
        shipped_by_size=shipped_sizes.counts() if shipped_sizes else None,
        average_acus=metrics.avg_acus_per_session,
    )
