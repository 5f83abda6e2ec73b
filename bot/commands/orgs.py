"""`orgs`: the organizations that can be asked about, by name."""

from bot.commands.ports import Services
from bot.messages.page import Page
from bot.problems import Problem
from bot.queries.request import Request


async def run(request: Request, text: str, services: Services) -> Page:
    """The aliases of the settings with their Devin ids."""
    if text.strip():
        raise Problem("orgs-alone", text=text.strip())
    account = services.account
    data = {"orgs": list(account.orgs), "own_org": account.own_org}
    return Page("commands/orgs", services.lang_of(request), data, private=True)
