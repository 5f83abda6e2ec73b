"""`csv last 4w by=week`: the same report as a file."""

from bot.commands import report
from bot.export import as_file
from bot.page import Page
from bot.problems import Problem
from bot.query import read
from bot.report import Report
from bot.request import Request
from bot.services import Services


async def run(request: Request, text: str, services: Services) -> Page:
    """A report's figures as CSV, which only whoever asks gets."""
    if read(text, also=report.names(services.account)).share:
        raise Problem("csv-is-private")
    made = await report.run(request, text, services)
    told = made.data["report"]
    assert isinstance(told, Report)
    return Page("csv", made.lang, {"report": told, "file": as_file(told, made.lang), "sent": False, "why": None})
