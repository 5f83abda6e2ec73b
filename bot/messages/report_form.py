"""The fields of the report form: from a query, and back to one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot.messages.labels import shorten_all
from bot.periods.period import Days, Period
from bot.queries.phrases import read_period
from bot.queries.query import DEFAULT_PERIOD, Query
from bot.queries.request import Account
from bot.reports.plan import ALL_ORGS
from bot.reports.split import ROW_UNITS

ReportChoices = Mapping[str, Any]  # By field: what was chosen, as Slack tells of it.

DATES = "dates"  # Chosen instead of a period: own dates.
TOTALS = "none"  # Chosen instead of a split.
LONGEST_VALUE = 75  # Of an option.
MOST_OPTIONS = 99  # And all of them together.


def report_fields(query: Query, account: Account) -> dict[str, Any]:
    """What stands in the fields for a query. Dates are there only where it asks for a range of days."""
    orgs = [_org_value(found.label, found.id) if (found := account.orgs.find(name)) else name for name in query.orgs]
    orgs = [ALL_ORGS] if ALL_ORGS in map(str.casefold, orgs) else orgs
    chosen = {"period": str(query.period), "org": orgs, "by": query.by or TOTALS, "vs": query.vs}
    if isinstance(query.period, Days):
        chosen |= {"period": DATES, "first": str(query.period.first), "last": str(query.period.last)}
    return chosen


def filled(query: Query, chosen: ReportChoices) -> Query:
    """A query with what was chosen in place of what it had; for a field that is not shown it keeps its own.

    It is asked anew, for the asker: nothing of a form is shared unseen. A `top` that the split does not take is left
    out.
    """
    by = None if chosen["by"] == TOTALS else chosen["by"]
    return replace(
        query,
        period=_chosen_period(chosen),
        orgs=tuple(chosen["org"]) if "org" in chosen else query.orgs,
        by=by,
        vs=chosen["vs"],
        top=query.top if by and by not in ROW_UNITS else None,
        share=False,
        of=None,
    )


def organizations(account: Account, chosen: ReportChoices) -> list[tuple[str, str]]:
    """The organizations that can be chosen, each with its name; empty where none has a name, or too many have one.

    One that was asked for by its id can be chosen, too.
    """
    known = {_org_value(org.label, org.id): org.label for org in account.orgs}
    others = {
        name: name for name in chosen.get("org", ()) if name.casefold() != ALL_ORGS and len(name) <= LONGEST_VALUE
    }
    offered = {**others, **known}
    if not known or len(offered) > MOST_OPTIONS:
        return []
    return list(zip(offered, shorten_all(list(offered.values()), LONGEST_VALUE), strict=True))


def _org_value(label: str, devin_id: str) -> str:
    return label if len(label) <= LONGEST_VALUE else devin_id


def _chosen_period(chosen: ReportChoices) -> Period:
    if chosen["period"] != DATES:
        return read_period(chosen["period"]) or DEFAULT_PERIOD
    return Days(date.fromisoformat(chosen["first"]), date.fromisoformat(chosen["last"]))
