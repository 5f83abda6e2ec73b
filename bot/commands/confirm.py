"""Asks whether a text that changes something is meant: in a mention it may be quoted."""

from bot.commands.ports import Services
from bot.messages.page import Page
from bot.queries.request import Request


async def confirm(request: Request, text: str, services: Services) -> Page:  # noqa: ARG001 (as a command's `run`)
    """The question, to the asker alone, with a button that carries the text."""
    return Page("slack/confirm", services.lang_of(request), {"asked": request.text}, private=True)
