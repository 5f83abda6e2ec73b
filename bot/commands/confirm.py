"""Asks whether a text that changes something is meant: in a mention it may be quoted."""

from bot.commands.ports import Services
from bot.messages.page import Page
from bot.queries.request import Request
from bot.queries.spelling import normalise


def confirm(request: Request, services: Services) -> Page:
    """The question, to the asker alone, with a button that carries the text. Raises Problem for what cannot be read."""
    data = {"asked": request.text, "shown": normalise(request.text)}
    return Page("slack/confirm", services.lang_of(request), data, private=True)
