"""What a digest command asks of Slack."""

from typing import Literal

import structlog

from bot.commands.channel_errors import channel_problem, standing_problem
from bot.commands.digest_page import hello
from bot.commands.ports import Services, SlackError
from bot.messages.render import render
from bot.problems import Problem
from bot.queries.request import Request
from bot.schedules.delivery import Digest

log = structlog.get_logger(__name__)

# Whether the hello is in the channel: it is, it is unclear, or there is no Slack to post it to.
Hello = Literal["posted", "unclear", "none"]
UNKNOWN_USER = {"user_not_found", "users_not_found", "user_not_visible"}


async def check_channel(channel: str, services: Services) -> None:
    """Refuses a channel that gets no digest. Where Slack does not tell, it counts as shared with another company."""
    if services.channels is None or channel.startswith("D"):
        return
    allowed = channel in services.shared_channels
    try:
        standing = await services.channels.standing(channel)
    except SlackError as error:
        if allowed and error.code == "missing_scope":
            return
        raise channel_problem(error, channel) from error
    if problem := standing_problem(standing, channel, allowed):
        raise problem


async def say_hello(digest: Digest, request: Request, services: Services, moved: bool = False) -> Hello:
    """Posts the first words to the digest's channel: proof that the bot can. Raises Problem where it cannot."""
    if services.channels is None:
        return "none"
    message = render(hello(digest, request.at, services, moved), request.names)
    try:
        await services.channels.post(digest.channel, message)
    except SlackError as error:
        if error.unclear:
            return "unclear"
        raise channel_problem(error, digest.channel) from error
    return "posted"


async def name_of(user: str | None, services: Services) -> str | None:
    """A user's name in Slack; None where Slack does not say."""
    try:
        return await steward_name(user, services) if user else None
    except Problem:
        return None


async def steward_name(user: str, services: Services) -> str | None:
    """The same for a digest's steward. Raises Problem for a user who is not in the workspace."""
    if services.channels is None:
        return None
    try:
        found = await services.channels.person(user)
    except SlackError as error:
        if error.code in UNKNOWN_USER:
            raise Problem("unknown-person", user=user) from error
        log.info("steward-not-named", reason=error.code)
        return None
    if found.gone:
        raise Problem("person-gone", name=found.name)
    return found.name
