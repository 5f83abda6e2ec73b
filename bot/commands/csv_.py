"""`csv last 4w by=week`: the same report as a file."""

from dataclasses import replace

from bot.commands import report
from bot.commands.ports import Services
from bot.messages.export import as_file
from bot.messages.page import Page
from bot.problems import Problem
from bot.queries.query import parse_normalised
from bot.queries.request import Request
from bot.reports.report import Report


async def run(request: Request, text: str, services: Services) -> Page:
    """A report's figures as CSV, which only the asker gets."""
    if parse_normalised(text, corrections=services.corrections()).share:
        raise Problem("csv-is-private")
    made = await report.run(replace(request, public=False), text, services)
    told = made.data["report"]
    assert isinstance(told, Report)
    data = {"report": told, "file": as_file(told, made.lang), "sent": False, "why": None}
    return Page("report/csv", made.lang, data, private=True)
