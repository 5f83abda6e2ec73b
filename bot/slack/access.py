"""Refuses people of other companies, and guests."""

from bot.commands.answer import is_for_partners
from bot.problems import Problem
from bot.slack.asker import Asker, is_colleague
from bot.slack.bot import Bot
from bot.slack.client import Profile
from bot.slack.people import LONGEST_LOOK


async def check_asker(asker: Asker, bot: Bot, question: str | None = None, within: float = LONGEST_LOOK) -> None:
    """Raises Problem for a user who may not do something: ask a `question`, or anything else. Slack is given `within`
    seconds to say who they are.

    In `shared_channels` people of another company may ask for figures.
    """
    profile = await bot.profiles.of(asker.user, within)
    if not is_colleague(asker, profile or Profile(), bot.workspace):
        shared = asker.channel in bot.services.shared_channels
        if question is None or not (shared and is_for_partners(question)):
            raise Problem("other-company")
    elif bot.workspace.org_wide and not bot.holds(asker.team):
        raise Problem("other-workspace")
    elif not bot.guests and profile is None:
        raise Problem("profile-not-read")
    elif not bot.guests and profile and profile.guest:
        raise Problem("guest")
