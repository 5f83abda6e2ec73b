"""`settings [tz=…] [lang=…] | reset`: the asker's own settings."""

from bot.commands.ports import Services
from bot.messages.page import Page
from bot.problems import Problem
from bot.queries.query import Query, parse_normalised
from bot.queries.request import Preferences, Request
from bot.queries.spelling import fold

RESET = "reset"


async def run(request: Request, text: str, services: Services) -> Page:
    """Shows what holds for the asker, or keeps what they choose. What a text does not name stays as it was."""
    if services.people is None or request.user is None:
        raise Problem("settings-in-slack")
    chosen = await services.people.chosen(request.user)
    wanted = _wanted(text, chosen)
    if wanted != chosen:
        await services.people.choose(request.user, wanted)
    holds = await services.people.preferences(request.user)
    data = {
        "chosen": wanted,
        "tz": holds.tz or services.tz,
        "lang": holds.lang or services.lang,
        "changed": wanted != chosen,
    }
    return Page("commands/settings", holds.lang or services.lang, data, private=True)


def _wanted(text: str, chosen: Preferences) -> Preferences:
    if fold(text) == RESET:
        return Preferences()
    query = parse_normalised(text)
    if query != Query(tz=query.tz, lang=query.lang):
        raise Problem("settings-alone")
    return Preferences(query.tz or chosen.tz, query.lang or chosen.lang)
