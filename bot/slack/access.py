"""Refuses people of other companies, and guests."""

from bot.commands.answer import only_asks
from bot.problems import Problem
from bot.slack.asker import Asker, is_colleague
from bot.slack.bot import Bot


async def check_asker(asker: Asker, text: str | None, bot: Bot) -> None:
    """Raises Problem for a user who may not ask a text; None stands for anything that is not a question.

    In `shared_channels` people of another company may ask, and change nothing.
    """
    profile = await bot.profiles.of(asker.user)
    if not is_colleague(asker, profile, bot.workspace):
        shared = asker.channel in bot.services.shared_channels
        if not (shared and text is not None and only_asks(text)):
            raise Problem("other-company")
    elif profile.guest and not bot.guests:
        raise Problem("guest")
    elif bot.workspace.org_wide and not bot.holds(asker.team):
        raise Problem("other-workspace")
