"""Refuses to let people of another company read what is shared in a channel."""

from bot.commands.channel_errors import channel_problem
from bot.commands.ports import Services, SlackError
from bot.problems import Problem


async def check_readers(channel: str, services: Services, shared: bool | None = None) -> None:
    """Raises Problem where another company may read a channel that is not among the `shared_channels`.

    `shared` is what an event has told. Where Slack does not tell, the channel counts as shared.
    """
    if channel in services.shared_channels or services.channels is None:
        return
    if channel.startswith("D"):  # Of which Slack tells a bot nothing, unless it takes part.
        raise Problem("nothing-to-share")
    if shared is None:
        try:
            shared = (await services.channels.standing(channel)).shared
        except SlackError as error:
            raise channel_problem(error, channel) from error
    if shared:
        raise Problem("channel-shared", channel=channel)
