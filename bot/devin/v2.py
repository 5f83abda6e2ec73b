"""The v2 enterprise endpoint: request parameters from a cell, counts from its answer."""

from pydantic import BaseModel

from bot.devin import Cell, Counts
from bot.devin.v3 import Count


class _SessionsMetrics(BaseModel):
    """`SessionsMetrics` of the v2 specification: one number."""

    sessions_count: Count | None = None


def path(_cell: Cell) -> str:
    """The endpoint's path, the same for every cell."""
    return "/v2/enterprise/metrics/sessions"


def params(cell: Cell) -> list[tuple[str, str]]:
    """The query: bounds as ISO 8601 with an offset (without one v2 reads them as UTC days), lists as repeated keys."""
    return [
        ("start_date", cell.window.after.isoformat()),
        ("end_date", cell.window.before.isoformat()),
        *(("org_ids", org) for org in cell.filter.orgs),
        *(("user_ids", user) for user in cell.filter.users),
    ]


def counts(body: bytes) -> Counts:
    """The counts of an answer. Raises pydantic's ValidationError where it is not what the specification says."""
    return Counts(sessions=_SessionsMetrics.model_validate_json(body).sessions_count)
