"""Stores the question with its answer for the asker."""

from dataclasses import replace

from bot.commands.digest_text import stands_still
from bot.commands.ports import Services
from bot.messages.page import Page
from bot.queries.request import Asked
from bot.reports.report import Report
from bot.slack.reply import Reply


async def remember(page: Page, said: str, reply: Reply, services: Services) -> None:
    """Keeps the question of a report, and the first line of what was said."""
    report = page.data.get("report")
    if services.questions is None or not isinstance(report, Report) or "digest" in page.data:
        return
    under_an_answer = reply.url and reply.clicked
    if under_an_answer and stands_still(report.query.period):  # What it asks stands above it already, in other days.
        return
    text = ("csv " if "file" in page.data else "") + str(replace(report.query, share=False))
    await services.questions.keep(reply.user, Asked(text, said.partition("\n")[0], reply.asked_at))
