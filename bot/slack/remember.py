"""Stores the question with its answer for the asker."""

from dataclasses import replace

from bot.commands.digest_text import stands_still
from bot.commands.ports import Services
from bot.messages.page import Page
from bot.queries.request import Asked, Request
from bot.reports.report import Report
from bot.slack.reply import Reply


async def remember(page: Page, said: str, request: Request, reply: Reply, services: Services) -> None:
    """Keeps the question of a report, and the first line of what was said."""
    report = page.data.get("report")
    user, questions = request.user, services.questions
    if questions is None or user is None or not isinstance(report, Report) or "digest" in page.data:
        return
    if reply.under_answer and stands_still(report.query.period):  # It stands above it already, in other days.
        return
    text = ("csv " if "file" in page.data else "") + str(replace(report.query, share=False))
    await questions.keep(user, Asked(text, said.partition("\n")[0], request.at))
